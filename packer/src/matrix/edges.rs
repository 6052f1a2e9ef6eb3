//! Edge lists: two nodes and perhaps a weight on each line, `#` and `%` for comments.
//!
//! Nodes that are whole numbers are rows and columns counted from 0. When the first edge has a node
//! that is not, all nodes are names, numbered as they appear, and the names become labels.

use std::collections::HashMap;
use std::sync::Arc;

use rvf_format::read::sparse::Kind;
use rvf_format::write::meta::record_len;

use crate::check::label_is_fit;
use crate::error::{PackError, Result};
use crate::input::Stream;
use crate::limits::{MAX_LABELS, MAX_LINES};
use crate::matrix::gather::{Facts, Gather};
use crate::matrix::text::{Lines, Span, real, whole};

/// How to read edge lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct Edges {
    /// Every edge goes both ways.
    pub undirected: bool,
    /// Nodes are names even when they are whole numbers.
    pub named: bool,
    /// What stands between the fields: by default a tab when the first edge has one, else any space.
    pub delimiter: Option<u8>,
}

/// Names of nodes, in the order of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) list: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    bytes: u64,
}

impl Names {
    fn number(&mut self, name: &str) -> std::result::Result<u64, String> {
        if let Some(number) = self.numbers.get(name) {
            return Ok((*number).into());
        }
        label_is_fit(name)?;
        self.bytes += record_len(name);
        let number = u32::try_from(self.list.len()).ok().filter(|_| self.bytes <= MAX_LABELS);
        let Some(number) = number else {
            return Err(format!(
                "the names of the nodes take more than the {MAX_LABELS} bytes that readers accept"
            ));
        };
        let name: Arc<str> = name.into();
        self.list.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        Ok(number.into())
    }
}

/// What the first edge decides about all.
struct Layout {
    delimiter: Option<u8>,
    weighted: bool,
    names: Option<Names>,
}

/// First lines that name the columns and are no edge.
const HEADERS: [[&str; 2]; 8] = [
    ["source", "target"],
    ["from", "to"],
    ["src", "dst"],
    ["u", "v"],
    ["node1", "node2"],
    ["head", "tail"],
    ["fromnodeid", "tonodeid"],
    ["start", "end"],
];

/// Hands all edges over.
pub(crate) fn read(stream: Stream, options: Edges, gather: &mut Gather<'_>) -> Result<Facts> {
    let mut lines = Lines::new(stream);
    let mut layout: Option<Layout> = None;
    let (mut nodes, mut header_seen) = (0, false);
    while lines.next()? {
        let text = lines.line().trim_ascii();
        if text.is_empty() || text.starts_with(b"#") || text.starts_with(b"%") {
            continue;
        }
        let known = match &mut layout {
            Some(known) => known,
            None => {
                let delimiter = options.delimiter.or(lines.line().contains(&b'\t').then_some(b'\t'));
                let (spans, count) = fields(&lines, delimiter);
                if !header_seen && is_header(&lines, spans) {
                    header_seen = true;
                    continue;
                }
                let [from, to, _] = spans;
                let numbers = [from, to].iter().all(|at| whole(lines.word(*at)).is_some());
                let names = (options.named || !numbers).then(Names::default);
                layout.insert(Layout { delimiter, weighted: count >= 3, names })
            }
        };
        let (from, to, weight) = edge(&lines, known)?;
        nodes = nodes.max(from + 1).max(to + 1);
        gather.tick(lines.position());
        let placed = |e: PackError| e.at(format!("{}, line {}", lines.name(), lines.number()));
        gather.push(from, to, weight).map_err(placed)?;
        if options.undirected && from != to {
            gather.push(to, from, weight).map_err(placed)?;
        }
    }
    let Some(Layout { weighted, names, .. }) = layout else {
        return Err(PackError::malformed("the input has no edges").at(lines.name()));
    };
    let direction = if options.undirected {
        "each edge goes both ways"
    } else {
        "edges are directed (--undirected for both ways)"
    };
    let labels =
        names.as_ref().map_or("", |_| "; the names of nodes label these rows in every matrix of the file");
    let note = format!("{direction}{labels}");
    Ok(Facts { kind: Kind::Csr, rows: nodes, columns: nodes, pattern: !weighted, names, note: Some(note) })
}

fn is_header(lines: &Lines, [from, to, _]: [Span; 3]) -> bool {
    let word = |span| String::from_utf8_lossy(lines.word(span)).to_ascii_lowercase();
    HEADERS.iter().any(|[a, b]| word(from) == *a && word(to) == *b)
}

/// The fields of a line, without the space around them.
fn fields(lines: &Lines, delimiter: Option<u8>) -> ([Span; 3], usize) {
    let Some(delimiter) = delimiter.filter(|d| *d != b' ') else { return lines.words::<3>() };
    let mut spans = [(0, 0); 3];
    let (mut count, mut at) = (0, 0);
    for field in lines.line().split(|b| *b == delimiter) {
        let (start, end) =
            (at + field.len() - field.trim_ascii_start().len(), at + field.trim_ascii_end().len());
        if let Some(slot) = spans.get_mut(count) {
            *slot = (start, end.max(start));
        }
        count += 1;
        at += field.len() + 1;
    }
    (spans, count)
}

fn edge(lines: &Lines, layout: &mut Layout) -> Result<(u64, u64, f64)> {
    let ([from, to, weight], count) = fields(lines, layout.delimiter);
    let wanted = if layout.weighted { 3 } else { 2 };
    if count != wanted {
        let what = format!(
            "the edge has {}{count} fields, not {wanted} as the first edge has",
            if count > 3 { "at least " } else { "" }
        );
        return Err(lines
            .malformed(0, what)
            .fix("write two nodes on each line, and a weight on all or none; names with spaces need tabs between fields"));
    }
    let value = if layout.weighted {
        match real(lines.word(weight)) {
            Some(value) if value.is_finite() => value,
            _ => {
                let what = format!("the weight {} is not a finite number", lines.shown(weight));
                return Err(lines.malformed(weight.0, what));
            }
        }
    } else {
        1.0
    };
    Ok((node(lines, from, &mut layout.names)?, node(lines, to, &mut layout.names)?, value))
}

fn node(lines: &Lines, at: Span, names: &mut Option<Names>) -> Result<u64> {
    let word = lines.word(at);
    let Some(names) = names else {
        return match whole(word) {
            Some(number) if number < MAX_LINES => Ok(number),
            Some(_) => {
                let what = format!(
                    "the node {} is too large a number: nodes are counted from 0 without large gaps",
                    lines.shown(at)
                );
                Err(lines
                    .malformed(at.0, what)
                    .fix("--node-names numbers nodes as they appear and keeps these numbers as labels"))
            }
            None => {
                let what = format!(
                    "the node {} is not a whole number, and those of the first edge are",
                    lines.shown(at)
                );
                Err(lines.malformed(at.0, what).fix("--node-names takes all nodes for names"))
            }
        };
    };
    let name =
        std::str::from_utf8(word).map_err(|_| lines.malformed(at.0, "the name of the node is not UTF-8"))?;
    if name.is_empty() {
        return Err(lines.malformed(at.0, "the name of a node is empty"));
    }
    names.number(name).map_err(|what| lines.malformed(at.0, what))
}
