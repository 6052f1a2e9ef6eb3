//! META_SEG version 1: metadata per vector and per file, as a snapshot and the changes since.

mod labels;

pub use labels::{Labels, ids_of_labels, labels_of};

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{
    LABEL_FIELD_ID, LABEL_FIELD_KEY, META_FOOTER_MAGIC, META_MAGIC, META_VERSION, SegmentType,
};
use crate::limits::{MAX_META_BYTES, MAX_META_CHAIN};
use crate::read::file::{File, Segment, hash_error};
use crate::wire::Cursor;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

/// A value of a field, or of a key of the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// Text.
    String(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A signed number.
    I64(i64),
    /// A number.
    U64(u64),
    /// A finite float.
    F64(f64),
    /// Yes or no.
    Bool(bool),
}

/// One change of one field; `None` deletes it.
type Change<'a> = Option<Value<'a>>;

/// Whether the record of an id is of interest, given what one segment changes in it.
type Keep<'k> = dyn Fn(u64, &[(u16, Change<'_>)]) -> bool + 'k;

/// A field of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// 1 string, 2 bytes, 3 i64, 4 u64, 5 f64, 6 bool.
    pub kind: u8,
    /// True when values may be null.
    pub nullable: bool,
    /// The name; published software writes `field.<id>`.
    pub name: &'a str,
}

/// All metadata of a file, in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata<'a> {
    /// Fields by id.
    pub fields: BTreeMap<u16, Field<'a>>,
    /// Values of the file by key.
    pub file: BTreeMap<&'a str, Value<'a>>,
    /// Values of each vector, ascending by field.
    pub records: BTreeMap<u64, Vec<(u16, Value<'a>)>>,
    /// The first change that could not be read; it and all later ones are left out, as the
    /// published runtime does.
    pub damaged: Option<Error>,
}

impl<'a> Metadata<'a> {
    /// Reads the newest snapshot and what changed since. A file without metadata gives none;
    /// a file whose metadata has no readable snapshot is an error.
    pub fn read(file: &File<'a>) -> Result<Self> {
        Self::read_kept(file, &|_, _| true).map(|(metadata, _)| metadata)
    }

    /// The same, but of the records only those for which `keep` says so of any change; a record that is
    /// kept follows all later changes. Also gives whether there were records at all.
    fn read_kept(file: &File<'a>, keep: &Keep<'_>) -> Result<(Self, bool)> {
        let mut chain = Vec::new();
        let mut total = 0u64;
        for index in (0..file.segment_count()).rev() {
            if file.entry(index).is_none_or(|e| e.segment_type != SegmentType::META) {
                continue;
            }
            let segment = file.segment(index)?;
            total = total.saturating_add(segment.header.payload_len);
            let limit_reached = |what, limit: u64, got| {
                Err(Error::new(segment.offset, what, ErrorKind::TooLarge { limit, got }))
            };
            if total > MAX_META_BYTES {
                return limit_reached("bytes of metadata", MAX_META_BYTES, total);
            }
            if chain.len() == MAX_META_CHAIN {
                return limit_reached("metadata generations", MAX_META_CHAIN as u64, chain.len() as u64 + 1);
            }
            let is_snapshot = Head::parse(&segment).is_ok_and(|(head, _)| head.base.is_none());
            chain.push(segment);
            if is_snapshot {
                break;
            }
        }
        let mut metadata = Self::default();
        let mut generation = None;
        let mut any = false;
        for segment in chain.iter().rev() {
            match metadata.apply(segment, generation, keep) {
                Ok(head) => {
                    generation = Some(head.generation);
                    any |= head.records > 0;
                }
                Err(error) if generation.is_none() => return Err(error),
                Err(error) => {
                    metadata.damaged = Some(error);
                    break;
                }
            }
        }
        Ok((metadata, any))
    }

    /// The field that holds labels.
    #[must_use]
    pub fn label_field(&self) -> u16 {
        match self.file.get(LABEL_FIELD_KEY) {
            Some(Value::U64(id)) => u16::try_from(*id).unwrap_or(LABEL_FIELD_ID),
            _ => LABEL_FIELD_ID,
        }
    }

    /// The label of a vector.
    #[must_use]
    pub fn label(&self, id: u64) -> Option<&'a str> {
        let wanted = self.label_field();
        self.records.get(&id)?.iter().find_map(|(field, value)| match value {
            Value::String(text) if *field == wanted => Some(*text),
            _ => None,
        })
    }

    /// The lowest id with this label.
    #[must_use]
    pub fn id_of_label(&self, label: &str) -> Option<u64> {
        self.records.keys().copied().find(|id| self.label(*id) == Some(label))
    }

    /// Vectors that have a label.
    #[must_use]
    pub fn label_count(&self) -> u64 {
        self.records.keys().filter(|id| self.label(**id).is_some()).count() as u64
    }

    /// Applies one segment; `after` is the generation before it, `None` for the snapshot.
    fn apply(&mut self, segment: &Segment<'a>, after: Option<u64>, keep: &Keep<'_>) -> Result<Head> {
        check_footer(segment)?;
        let (head, mut c) = Head::parse(segment)?;
        let at = segment.payload_offset();
        match (after, head.base) {
            (None, None) => {}
            (Some(previous), Some(base)) if base == previous && head.generation == base.wrapping_add(1) => {}
            (None, Some(_)) => return Err(Error::new(at, "metadata snapshot", ErrorKind::Missing)),
            (Some(previous), _) => {
                let kind = ErrorKind::Mismatch { expected: previous.wrapping_add(1), got: head.generation };
                return Err(Error::new(at, "metadata generation", kind));
            }
        }
        let fields = parse_fields(&mut c, head.fields)?;
        let mut file = Vec::new();
        for _ in 0..head.file_values {
            file.push((text16(&mut c, "metadata key")?, value(&mut c)?));
        }
        let mut records: Vec<Record<'a>> = Vec::new();
        let mut changes = Vec::new();
        let mut last = None;
        for _ in 0..head.records {
            let at = c;
            let (id, deleted) = record(&mut c, &fields, &mut changes)?;
            if last.is_some_and(|last| last >= id) {
                let kind = ErrorKind::Invalid { rule: "be above the one before it", got: id };
                return Err(at.error("vector id of the metadata", kind));
            }
            last = Some(id);
            if self.records.contains_key(&id) || (!deleted && keep(id, &changes)) {
                records.push((id, (!deleted).then(|| core::mem::take(&mut changes))));
            }
        }
        if c.remaining() != 0 {
            let kind = ErrorKind::Mismatch { expected: 0, got: c.remaining() as u64 };
            return Err(c.error("bytes behind the metadata records", kind));
        }
        self.fields.extend(fields);
        for (key, change) in file {
            match change {
                Some(value) => self.file.insert(key, value),
                None => self.file.remove(key),
            };
        }
        for (id, changes) in records {
            match changes {
                None => {
                    self.records.remove(&id);
                }
                Some(changes) => merge(self.records.entry(id).or_default(), changes),
            }
        }
        Ok(head)
    }
}

fn merge<'a>(values: &mut Vec<(u16, Value<'a>)>, changes: Vec<(u16, Change<'a>)>) {
    for (field, change) in changes {
        let place = values.binary_search_by_key(&field, |(f, _)| *f);
        match (place, change) {
            (Ok(at), Some(value)) => {
                if let Some(slot) = values.get_mut(at) {
                    slot.1 = value;
                }
            }
            (Ok(at), None) => {
                values.remove(at);
            }
            (Err(at), Some(value)) => values.insert(at, (field, value)),
            (Err(_), None) => {}
        }
    }
}

/// The fixed fields in front.
struct Head {
    generation: u64,
    base: Option<u64>,
    fields: u32,
    file_values: u32,
    records: u32,
}

impl Head {
    /// Reads the head; the cursor that is returned ends before the footer.
    fn parse<'a>(segment: &Segment<'a>) -> Result<(Self, Cursor<'a>)> {
        let at = segment.payload_offset();
        let Some(body) = segment.payload.len().checked_sub(FOOTER_LEN) else {
            let available = segment.payload.len() as u64;
            let kind = ErrorKind::Truncated { needed: FOOTER_LEN as u64, available };
            return Err(Error::new(at, "metadata segment", kind));
        };
        let mut c = Cursor::new(segment.payload.get(..body).unwrap_or_default(), at);
        let magic: [u8; 8] = c.array("metadata magic")?;
        if magic != META_MAGIC {
            let expected = u64::from_le_bytes(META_MAGIC);
            let kind = ErrorKind::Mismatch { expected, got: u64::from_le_bytes(magic) };
            return Err(Error::new(at, "metadata magic", kind));
        }
        let version_at = c;
        let version = c.u16("metadata version")?;
        if version != META_VERSION {
            let kind = ErrorKind::Mismatch { expected: META_VERSION.into(), got: version.into() };
            return Err(version_at.error("metadata version", kind));
        }
        let flags = c.u16("metadata flags")?;
        let generation = c.u64("metadata generation")?;
        let base = c.u64("metadata base generation")?;
        let base = (base != u64::MAX).then_some(base);
        if (flags & 1 == 1) != base.is_none() {
            let kind = ErrorKind::Invalid { rule: "agree with the base generation", got: flags.into() };
            return Err(Error::new(at, "snapshot flag of the metadata", kind));
        }
        let head = Self {
            generation,
            base,
            fields: c.u32("metadata field count")?,
            file_values: c.u32("metadata value count")?,
            records: c.u32("metadata record count")?,
        };
        Ok((head, c))
    }
}

const FOOTER_LEN: usize = META_FOOTER_MAGIC.len() + 32;

fn check_footer(segment: &Segment<'_>) -> Result<()> {
    let body_len = segment.payload.len().saturating_sub(FOOTER_LEN);
    let (body, footer) = segment.payload.split_at_checked(body_len).unwrap_or_default();
    let at = segment.payload_offset() + body_len as u64;
    let (mark, stored) = footer.split_at_checked(META_FOOTER_MAGIC.len()).unwrap_or_default();
    if mark != META_FOOTER_MAGIC {
        return Err(Error::new(at, "metadata footer", ErrorKind::Missing));
    }
    let computed: [u8; 32] = Sha256::digest(body).into();
    if stored != computed {
        return Err(hash_error(at, "metadata footer", stored, &computed));
    }
    Ok(())
}

fn parse_fields<'a>(c: &mut Cursor<'a>, count: u32) -> Result<BTreeMap<u16, Field<'a>>> {
    let mut fields = BTreeMap::new();
    for _ in 0..count {
        let id = c.u16("metadata field")?;
        let at = *c;
        let kind = c.u8("metadata field")?;
        if !(1..=6).contains(&kind) {
            return Err(at.error("metadata field type", ErrorKind::Unsupported { got: kind.into() }));
        }
        let nullable = c.u8("metadata field")? != 0;
        fields.insert(id, Field { kind, nullable, name: text16(c, "metadata field name")? });
    }
    Ok(fields)
}

type Record<'a> = (u64, Option<Vec<(u16, Change<'a>)>>);

/// Reads one record: its changes go to `changes`, its id and whether it is a deletion come back.
fn record<'a>(
    c: &mut Cursor<'a>,
    fields: &BTreeMap<u16, Field<'a>>,
    changes: &mut Vec<(u16, Change<'a>)>,
) -> Result<(u64, bool)> {
    changes.clear();
    let id = c.u64("metadata record")?;
    let at = *c;
    let op = c.u8("metadata record")?;
    let count = c.u32("metadata record")?;
    if op == 1 {
        return Ok((id, true));
    }
    if op != 0 {
        return Err(at.error("metadata operation", ErrorKind::Unsupported { got: op.into() }));
    }
    for _ in 0..count {
        let at = *c;
        let field = c.u16("metadata value")?;
        let change = value(c)?;
        let known = fields.get(&field).is_some_and(|f| match change {
            Some(Value::String(_)) => f.kind == 1,
            Some(Value::Bytes(_)) => f.kind == 2,
            Some(Value::I64(_)) => f.kind == 3,
            Some(Value::U64(_)) => f.kind == 4,
            Some(Value::F64(_)) => f.kind == 5,
            Some(Value::Bool(_)) => f.kind == 6,
            Some(Value::Null) | None => true,
        });
        if !known {
            let kind = ErrorKind::Invalid { rule: "be in the schema with this type", got: field.into() };
            return Err(at.error("metadata field of a record", kind));
        }
        changes.push((field, change));
    }
    Ok((id, false))
}

fn value<'a>(c: &mut Cursor<'a>) -> Result<Change<'a>> {
    let at = *c;
    Ok(Some(match c.u8("metadata value")? {
        0 => Value::Null,
        1 => {
            let len = c.u32("metadata text")?;
            Value::String(utf8(c, len.into())?)
        }
        2 => {
            let len = c.u32("metadata bytes")?;
            Value::Bytes(c.sized(len.into(), "metadata bytes")?)
        }
        3 => Value::I64(i64::from_le_bytes(c.array("metadata number")?)),
        4 => Value::U64(c.u64("metadata number")?),
        5 => {
            let float = f64::from_le_bytes(c.array("metadata number")?);
            if !float.is_finite() {
                let kind = ErrorKind::Invalid { rule: "be finite", got: float.to_bits() };
                return Err(at.error("metadata number", kind));
            }
            Value::F64(float)
        }
        6 => Value::Bool(c.u8("metadata flag")? != 0),
        7 => return Ok(None),
        other => return Err(at.error("metadata value type", ErrorKind::Unsupported { got: other.into() })),
    }))
}

fn text16<'a>(c: &mut Cursor<'a>, what: &'static str) -> Result<&'a str> {
    let len = c.u16(what)?;
    utf8(c, len.into())
}

fn utf8<'a>(c: &mut Cursor<'a>, len: u64) -> Result<&'a str> {
    let at = *c;
    let bytes = c.sized(len, "metadata text")?;
    core::str::from_utf8(bytes).map_err(|e| {
        let kind = ErrorKind::Invalid { rule: "be UTF-8", got: e.valid_up_to() as u64 };
        at.error("metadata text (first bad byte)", kind)
    })
}
