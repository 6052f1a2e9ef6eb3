//! NumPy's npy, versions 1 to 3.
//!
//! Layout: `\x93NUMPY`, major and minor version, header length (u16 in version 1, u32 after), then a
//! Python dictionary as text with `descr`, `fortran_order` and `shape`, then the elements.

use crate::error::Result;
use crate::input::dense::{Dense, dimension};
use crate::input::{Dtype, Stream};
use crate::limits::{MAX_NPY_AXES, MAX_NPY_HEADER, MAX_NPY_TEXT};

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) dtype: Dtype,
    pub(crate) big: bool,
    pub(crate) shape: Vec<u64>,
}

/// A source of the rows of an array with two axes.
pub(crate) fn open(mut stream: Stream) -> Result<Dense> {
    let header = read_header(&mut stream)?;
    let at = stream.position();
    let (rows, columns) = match *header.shape.as_slice() {
        [rows, columns] => (rows, columns),
        [one] => {
            let what = format!("the array has one axis of {one}; vectors need two (rows, dimension)");
            return Err(stream
                .malformed_at(at, what)
                .fix("reshape it, as in a.reshape(1, -1) for one vector"));
        }
        ref other => {
            let what = format!("the array has {} axes; vectors need two (rows, dimension)", other.len());
            return Err(stream.malformed_at(at, what).fix("reshape it, as in a.reshape(len(a), -1)"));
        }
    };
    let dimension = dimension(&stream, at, columns)?;
    let size = u64::from(dimension) * header.dtype.size() as u64;
    if let Some(remaining) = stream.remaining()
        && let Some(needed) = rows.checked_mul(size).filter(|needed| *needed < remaining)
    {
        let what = format!("{} bytes follow the array", remaining - needed);
        return Err(stream.malformed_at(at + needed, what).fix("the file was damaged, or two were joined"));
    }
    Dense::new(stream, header.dtype, header.big, dimension, Some(rows))
}

/// Reads up to the first element of an array of numbers.
pub(crate) fn read_header(stream: &mut Stream) -> Result<Header> {
    read_dictionary(stream, parse)
}

/// Reads an array of one text without axes, as in the `format` of a sparse matrix.
pub(crate) fn read_text(stream: &mut Stream) -> Result<String> {
    let (wide, chars) = read_dictionary(stream, parse_text)?;
    let at = stream.position();
    let mut bytes = vec![0; if wide { 4 * chars } else { chars }];
    stream.read_exact(&mut bytes, "text of the array")?;
    if wide {
        bytes = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|c| u8::try_from(u32::from_le_bytes(*c)).unwrap_or(0xff))
            .collect();
    }
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| stream.malformed_at(at, "the text of the array is not ASCII"))
}

/// Reads up to the first element; `parse` reads the dictionary.
fn read_dictionary<T>(stream: &mut Stream, parse: impl FnOnce(&[u8]) -> Parsed<T>) -> Result<T> {
    let mut head = [0; 8];
    stream.read_exact(&mut head, "npy header")?;
    let [magic @ .., major, _minor] = head;
    if magic != *MAGIC {
        return Err(stream
            .malformed_at(0, "not a npy file: it does not start with \\x93NUMPY")
            .fix("say what it is with --format"));
    }
    let length = match major {
        1 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length, "npy header")?;
            u32::from(u16::from_le_bytes(length))
        }
        2 | 3 => {
            let mut length = [0; 4];
            stream.read_exact(&mut length, "npy header")?;
            u32::from_le_bytes(length)
        }
        other => return Err(stream.malformed_at(6, format!("npy version {other} is not known"))),
    };
    let at = stream.position();
    if length > MAX_NPY_HEADER {
        let what = format!("the npy header claims {length} bytes, the limit is {MAX_NPY_HEADER}");
        return Err(stream.malformed_at(at, what));
    }
    let mut text = vec![0; length as usize];
    stream.read_exact(&mut text, "npy header")?;
    parse(&text).map_err(|Fault { at: within, what, fix }| {
        let error = stream.malformed_at(at + within as u64, what);
        if fix.is_empty() { error } else { error.fix(fix) }
    })
}

struct Fault {
    at: usize,
    what: String,
    fix: &'static str,
}

type Parsed<T> = std::result::Result<T, Fault>;

/// Reads the dictionary. There is no recursion: its values are a string, a word and a flat tuple.
fn parse(text: &[u8]) -> Parsed<Header> {
    let mut p = Parser { text, at: 0 };
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    p.expect(b'{')?;
    while !p.eat(b'}') {
        let key_at = p.at;
        let key = p.string()?;
        p.expect(b':')?;
        match key {
            b"descr" => descr = Some(p.descr()?),
            b"fortran_order" => fortran = Some((p.at, p.boolean()?)),
            b"shape" => shape = Some(p.tuple()?),
            _ => {
                return Err(Fault {
                    at: key_at,
                    what: "the npy header has a key that is not known".into(),
                    fix: "",
                });
            }
        }
        if !p.eat(b',') {
            p.expect(b'}')?;
            break;
        }
    }
    let missing = |key: &str| Fault { at: 0, what: format!("the npy header has no {key}"), fix: "" };
    let (dtype, big) = descr.ok_or_else(|| missing("descr"))?;
    let (fortran_at, fortran) = fortran.ok_or_else(|| missing("fortran_order"))?;
    let shape = shape.ok_or_else(|| missing("shape"))?;
    // With one row or one column both orders are the same.
    if fortran && shape.iter().filter(|n| **n > 1).count() > 1 {
        let fix = "save it in C order: numpy.save(file, numpy.ascontiguousarray(a))";
        return Err(Fault { at: fortran_at, what: "the array is stored column by column".into(), fix });
    }
    Ok(Header { dtype, big, shape })
}

/// Reads the dictionary of one text: whether characters take four bytes, and how many there are.
fn parse_text(text: &[u8]) -> Parsed<(bool, usize)> {
    let mut p = Parser { text, at: 0 };
    let key = b"'descr':";
    let found = text.windows(key.len()).position(|w| w == key);
    p.at = found.ok_or_else(|| p.fault("the npy header has no descr"))? + key.len();
    let descr = p.string()?;
    let wide = match descr {
        [b'|' | b'<' | b'=', b'S', ..] => false,
        [b'<', b'U', ..] => true,
        _ => return Err(p.fault("the array is not a text")),
    };
    let digits = std::str::from_utf8(descr.get(2..).unwrap_or_default()).unwrap_or_default();
    match digits.parse() {
        Ok(chars) if chars <= MAX_NPY_TEXT => Ok((wide, chars)),
        _ => Err(p.fault(format!("the text has more than {MAX_NPY_TEXT} characters"))),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Parsed<()> {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(self.fault(format!("the npy header lacks a '{}'", char::from(byte))))
        }
    }

    fn fault(&self, what: impl Into<String>) -> Fault {
        Fault { at: self.at, what: what.into(), fix: "" }
    }

    fn string(&mut self) -> Parsed<&'a [u8]> {
        let quote = self.peek().filter(|b| matches!(b, b'\'' | b'"'));
        let quote = quote.ok_or_else(|| self.fault("the npy header lacks a quoted text"))?;
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let end = rest.iter().position(|b| *b == quote).ok_or_else(|| self.fault("a text does not end"))?;
        self.at += end + 2;
        Ok(rest.get(..end).unwrap_or_default())
    }

    fn word(&mut self) -> &'a [u8] {
        self.peek();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn boolean(&mut self) -> Parsed<bool> {
        match self.word() {
            b"True" => Ok(true),
            b"False" => Ok(false),
            _ => Err(self.fault("fortran_order is neither True nor False")),
        }
    }

    fn tuple(&mut self) -> Parsed<Vec<u64>> {
        let mut shape = Vec::new();
        self.expect(b'(')?;
        while !self.eat(b')') {
            let at = self.at;
            let word = self.word();
            // NumPy under Python 2 wrote long integers as 3L.
            let digits = word.strip_suffix(b"L").unwrap_or(word);
            let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
            shape.push(number.ok_or(Fault {
                at,
                what: "an axis is not a number up to 2^64".into(),
                fix: "",
            })?);
            if shape.len() > MAX_NPY_AXES {
                return Err(self.fault(format!("the array has more than {MAX_NPY_AXES} axes")));
            }
            if !self.eat(b',') {
                self.expect(b')')?;
                break;
            }
        }
        Ok(shape)
    }

    /// The element type: byte order, kind, bytes.
    fn descr(&mut self) -> Parsed<(Dtype, bool)> {
        if self.peek() == Some(b'[') {
            let fix = "save the field that holds the vectors on its own";
            return Err(Fault { at: self.at, what: "the array is a table of named fields".into(), fix });
        }
        let at = self.at;
        let text = self.string()?;
        let (order, kind) = text.split_first().unwrap_or((&b' ', &[]));
        let dtype = match kind {
            b"f4" => Dtype::F32,
            b"f8" => Dtype::F64,
            b"f2" => Dtype::F16,
            b"i1" => Dtype::I8,
            b"u1" | b"b1" => Dtype::U8,
            b"i2" => Dtype::I16,
            b"u2" => Dtype::U16,
            b"i4" => Dtype::I32,
            b"u4" => Dtype::U32,
            b"i8" => Dtype::I64,
            b"u8" => Dtype::U64,
            [b'c', ..] => {
                let what =
                    format!("elements of type '{}' are complex numbers", String::from_utf8_lossy(text));
                return Err(Fault { at, what, fix: "save their real and imaginary parts on their own" });
            }
            _ => {
                let what = format!("elements of type '{}' are not read", String::from_utf8_lossy(text));
                return Err(Fault { at, what, fix: "convert them: numpy.save(file, a.astype('float32'))" });
            }
        };
        match order {
            b'<' | b'|' | b'=' => Ok((dtype, false)),
            b'>' => Ok((dtype, true)),
            _ => Err(Fault { at, what: "the byte order of the elements is not known".into(), fix: "" }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn header(text: &str) -> Option<Header> {
        parse(text.as_bytes()).ok()
    }

    #[test]
    fn the_forms_that_exist_are_read() {
        let expected = Header { dtype: Dtype::F32, big: false, shape: vec![3, 4] };
        for text in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }            \n",
            "{\"shape\":(3,4),\"fortran_order\":False,\"descr\":\"<f4\"}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 4L,)}",
        ] {
            assert_eq!(header(text), Some(expected.clone()), "{text}");
        }
        let big = header("{'descr': '>f8', 'fortran_order': True, 'shape': (1, 4)}").unwrap();
        assert_eq!((big.dtype, big.big), (Dtype::F64, true));
        assert_eq!(header("{'descr': '<f4', 'fortran_order': False, 'shape': ()}").unwrap().shape, [0; 0]);
    }

    #[test]
    fn what_cannot_be_vectors_is_refused() {
        for text in [
            "",
            "{",
            "{}",
            "((((((((((((",
            "{'descr': '<f4', 'fortran_order': False}",
            "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4)}",
            "{'descr': '|O', 'fortran_order': False, 'shape': (3, 4)}",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (36893488147419103232, 4)}",
            "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3, 4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), 'extra': 1}",
        ] {
            assert_eq!(header(text), None, "{text}");
        }
    }
}
