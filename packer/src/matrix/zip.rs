//! Members of a zip archive, as NumPy writes them: stored or deflated, with the large-file fields.
//!
//! The archive lies in memory or is mapped; a member is inflated piece by piece as it is read. It never
//! gives more bytes than its directory entry states, and fewer, or others than its check value was made
//! of, are an error.

use std::io::{self, Read};
use std::ops::Deref;
use std::sync::Arc;

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use crate::error::{PackError, Result};
use crate::input::Stream;
use crate::limits::{INFLATE_WINDOW, MAX_INFLATION, MAX_MEMBERS};
use crate::mapped::Mapped;

/// The bytes of an archive.
pub(crate) enum Bytes {
    Mapped(Mapped),
    Held(Vec<u8>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(bytes) => bytes,
            Self::Held(bytes) => bytes,
        }
    }
}

/// An archive and what its directory lists.
pub(crate) struct Archive {
    name: String,
    bytes: Arc<Bytes>,
    pub(crate) members: Vec<Member>,
}

/// A member as the directory states it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    deflated: bool,
    crc: u32,
    packed: u64,
    len: u64,
    /// Offset of the local header.
    at: u64,
}

const END: &[u8; 4] = b"PK\x05\x06";
const END_LEN: usize = 22;
const END64: &[u8; 4] = b"PK\x06\x06";
const END64_LOCATOR: &[u8; 4] = b"PK\x06\x07";
const ENTRY: &[u8; 4] = b"PK\x01\x02";
const LOCAL: &[u8; 4] = b"PK\x03\x04";
const LOCAL_LEN: u64 = 30;
/// Bytes of a comment behind the end record, which 16 bits count.
const MAX_COMMENT: usize = 65_535;
/// Stands for "see the large-file field".
const SEE_EXTRA: u32 = u32::MAX;

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}

impl Archive {
    /// Reads the directory.
    pub(crate) fn open(name: &str, bytes: Arc<Bytes>) -> Result<Self> {
        let refuse =
            |at: usize, what: String| PackError::malformed(what).at(format!("{name}, byte 0x{at:x}"));
        let all: &[u8] = &bytes;
        let from = all.len().saturating_sub(END_LEN + MAX_COMMENT);
        let tail = all.get(from..).unwrap_or_default();
        let end = tail.windows(END_LEN).rposition(|w| w.starts_with(END)).map(|at| from + at);
        let Some(end) = end else {
            return Err(refuse(0, "not an npz: there is no zip directory".to_owned())
                .fix("the file is cut short, or of another format: say which with --format"));
        };
        let (count, start) = directory(all, end)
            .ok_or_else(|| refuse(end, "the end of the zip directory is damaged".to_owned()))?;
        if count > MAX_MEMBERS as u64 {
            return Err(refuse(
                end,
                format!("the archive claims {count} members, at most {MAX_MEMBERS} are read"),
            ));
        }
        let mut at = usize::try_from(start).unwrap_or(usize::MAX);
        let mut members: Vec<Member> = Vec::new();
        for _ in 0..count {
            let (member, next) = entry(all, at).map_err(|what| {
                refuse(at, what.to_owned()).fix("write the file again with scipy.sparse.save_npz")
            })?;
            if members.iter().any(|m| m.name == member.name) {
                return Err(refuse(at, format!("the archive has two members named {}", member.name)));
            }
            members.push(member);
            at = next;
        }
        Ok(Self { name: name.to_owned(), bytes, members })
    }

    /// The member with this name, as a stream of its content.
    pub(crate) fn stream(&self, name: &str) -> Result<Option<Stream>> {
        let Some(member) = self.members.iter().find(|m| m.name == name) else { return Ok(None) };
        let refuse =
            |what: String| PackError::malformed(what).at(format!("{}, byte 0x{:x}", self.name, member.at));
        let head = usize::try_from(member.at).ok().and_then(|at| self.bytes.get(at..)).unwrap_or_default();
        let lens = u16_at(head, 26).zip(u16_at(head, 28)).filter(|_| head.starts_with(LOCAL));
        let (name_len, extra_len) =
            lens.ok_or_else(|| refuse(format!("the member {name} has no header where the directory says")))?;
        let start = member.at.saturating_add(LOCAL_LEN + u64::from(name_len) + u64::from(extra_len));
        let end = start.saturating_add(member.packed);
        if end > self.bytes.len() as u64 {
            return Err(refuse(format!(
                "the member {name} claims {} bytes, and the file ends before",
                member.packed
            )));
        }
        let possible = if member.deflated {
            member.packed.saturating_mul(MAX_INFLATION).saturating_add(MAX_INFLATION)
        } else {
            member.packed
        };
        if member.len > possible || (!member.deflated && member.len != member.packed) {
            let what = format!(
                "the member {name} claims {} bytes from {} packed ones, which is not possible",
                member.len, member.packed
            );
            return Err(refuse(what));
        }
        let reader = MemberReader {
            bytes: Arc::clone(&self.bytes),
            at: usize::try_from(start).unwrap_or(usize::MAX),
            end: usize::try_from(end).unwrap_or(usize::MAX),
            inflater: member.deflated.then(|| InflateState::new_boxed(DataFormat::Raw)),
            left: member.len,
            crc: crc32fast::Hasher::new(),
            expected: member.crc,
            window: Vec::new(),
            used: 0,
        };
        Ok(Some(Stream::new(format!("{}, member {name}", self.name), reader, Some(member.len))))
    }
}

/// Members and the directory's offset, from the end record or its large-file twin.
fn directory(all: &[u8], end: usize) -> Option<(u64, u64)> {
    let (count, start) = (u16_at(all, end + 10)?, u32_at(all, end + 16)?);
    let locator =
        end.checked_sub(20).and_then(|at| all.get(at..end)).filter(|l| l.starts_with(END64_LOCATOR));
    match locator {
        Some(locator) if count == u16::MAX || start == SEE_EXTRA => {
            let at = usize::try_from(u64_at(locator, 8)?).ok()?;
            let record = all.get(at..).filter(|record| record.starts_with(END64))?;
            Some((u64_at(record, 32)?, u64_at(record, 48)?))
        }
        _ => Some((count.into(), start.into())),
    }
}

/// The directory entry at an offset, and where the next one is.
fn entry(all: &[u8], at: usize) -> std::result::Result<(Member, usize), &'static str> {
    const SHORT: &str = "the zip directory is cut short";
    let head = all
        .get(at..)
        .filter(|head| head.starts_with(ENTRY))
        .ok_or("there is no entry where the zip directory should have one")?;
    let (flags, method) = u16_at(head, 8).zip(u16_at(head, 10)).ok_or(SHORT)?;
    if flags & 1 != 0 {
        return Err("a member is encrypted");
    }
    let deflated = match method {
        0 => false,
        8 => true,
        _ => return Err("a member is packed in a way that is neither stored nor deflated"),
    };
    let crc = u32_at(head, 16).ok_or(SHORT)?;
    let sizes = u32_at(head, 20).zip(u32_at(head, 24)).ok_or(SHORT)?;
    let name_len = usize::from(u16_at(head, 28).ok_or(SHORT)?);
    let extra_len = usize::from(u16_at(head, 30).ok_or(SHORT)?);
    let comment_len = usize::from(u16_at(head, 32).ok_or(SHORT)?);
    let offset = u32_at(head, 42).ok_or(SHORT)?;
    let name = head.get(46..46 + name_len).ok_or(SHORT)?;
    let extra = head.get(46 + name_len..46 + name_len + extra_len).ok_or(SHORT)?;
    // The large-file field holds, in this order, those of the three numbers that do not fit.
    let mut wide = large_fields(extra);
    let mut number = |narrow: u32| if narrow == SEE_EXTRA { wide.next() } else { Some(u64::from(narrow)) };
    let (packed, len) = sizes;
    let len = number(len).ok_or(SHORT)?;
    let packed = number(packed).ok_or(SHORT)?;
    let at_local = number(offset).ok_or(SHORT)?;
    let name = String::from_utf8_lossy(name).into_owned();
    let member = Member { name, deflated, crc, packed, len, at: at_local };
    Ok((member, at + 46 + name_len + extra_len + comment_len))
}

/// The numbers of the large-file field.
fn large_fields(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    const LARGE_FILE: u16 = 1;
    let mut found: &[u8] = &[];
    while let Some((id, len)) = u16_at(extra, 0).zip(u16_at(extra, 2)) {
        let body = extra.get(4..4 + usize::from(len)).unwrap_or_default();
        if id == LARGE_FILE {
            found = body;
        }
        extra = extra.get(4 + usize::from(len)..).unwrap_or_default();
    }
    found.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b))
}

/// The content of a member.
struct MemberReader {
    bytes: Arc<Bytes>,
    /// Packed bytes still to be used.
    at: usize,
    end: usize,
    inflater: Option<Box<InflateState>>,
    /// Bytes that are still to come.
    left: u64,
    crc: crc32fast::Hasher,
    expected: u32,
    /// Inflated bytes, and how many of them were handed out.
    window: Vec<u8>,
    used: usize,
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl MemberReader {
    /// Inflates the next piece.
    fn refill(&mut self) -> io::Result<()> {
        let packed = self.bytes.get(self.at..self.end).unwrap_or_default();
        let Some(state) = &mut self.inflater else {
            let piece = packed.get(..INFLATE_WINDOW).unwrap_or(packed);
            self.window.clear();
            self.window.extend_from_slice(piece);
            self.at += piece.len();
            self.used = 0;
            return Ok(());
        };
        self.window.resize(INFLATE_WINDOW, 0);
        let result = inflate(state, packed, &mut self.window, MZFlush::None);
        self.at += result.bytes_consumed;
        self.window.truncate(result.bytes_written);
        self.used = 0;
        match result.status {
            Ok(MZStatus::Ok | MZStatus::StreamEnd) | Err(MZError::Buf) => Ok(()),
            _ => Err(broken("the deflated data are damaged")),
        }
    }
}

impl Read for MemberReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        if self.used == self.window.len() {
            self.refill()?;
            if self.window.is_empty() {
                return Err(broken("the member ends before the length that its directory entry states"));
            }
        }
        let ready = self.window.get(self.used..).unwrap_or_default();
        let wanted =
            usize::try_from(self.left).map_or(buffer.len(), |n| n.min(buffer.len())).min(ready.len());
        let piece = ready.get(..wanted).unwrap_or_default();
        buffer.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
        self.crc.update(piece);
        self.used += wanted;
        self.left -= wanted as u64;
        if self.left == 0 && self.crc.clone().finalize() != self.expected {
            return Err(broken("the member's content does not match its check value"));
        }
        Ok(wanted)
    }
}
