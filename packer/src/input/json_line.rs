//! One line of JSON, read straight into numbers: no tree is built, so memory follows the numbers kept.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::check::label_is_fit;
use crate::input::dtype::narrow;
use crate::limits::MAX_DIMENSION;

/// Names under which vectors are found; the first is ours.
const VECTOR_KEYS: [&str; 3] = ["vector", "embedding", "values"];

/// What comes with a vector.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) id: Option<u64>,
    /// Never empty.
    pub(super) label: Option<String>,
}

/// Reads a line, an array of numbers or an object, and appends the numbers to a list.
pub(super) struct Line<'a> {
    rows: &'a mut Vec<f32>,
}

impl<'a> Line<'a> {
    pub(super) fn new(rows: &'a mut Vec<f32>) -> Self {
        Self { rows }
    }

    pub(super) fn read<'de, D: Deserializer<'de>>(self, from: D) -> Result<Parsed, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Line<'_> {
    type Value = Parsed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of numbers, or an object with an array 'vector'")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Parsed, A::Error> {
        Elements(self.rows).visit_seq(seq)?;
        Ok(Parsed::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parsed, A::Error> {
        let mut parsed = Parsed::default();
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                key if VECTOR_KEYS.contains(&key) => {
                    if std::mem::replace(&mut found, true) {
                        return Err(A::Error::custom("the line holds two vectors"));
                    }
                    map.next_value_seed(Elements(self.rows))?;
                }
                "id" => parsed.id = Some(map.next_value_seed(Id)?),
                "label" => parsed.label = map.next_value_seed(Label)?.filter(|text| !text.is_empty()),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if found { Ok(parsed) } else { Err(A::Error::custom("the object has no array 'vector'")) }
    }
}

/// Implements `DeserializeSeed` for a visitor of any value.
macro_rules! seed {
    ($name:ty, $value:ty) => {
        impl<'de> DeserializeSeed<'de> for $name {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<$value, D::Error> {
                from.deserialize_any(self)
            }
        }
    };
}

struct Elements<'a>(&'a mut Vec<f32>);
seed!(Elements<'_>, ());

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut column = 0;
        while let Some(x) = seq.next_element_seed(Element(column))? {
            if column >= MAX_DIMENSION {
                let limit = format!("the vector has more than {MAX_DIMENSION} elements");
                return Err(A::Error::custom(limit));
            }
            self.0.push(x);
            column += 1;
        }
        Ok(())
    }
}

/// A number; holds its column for the message.
struct Element(u64);
seed!(Element, f32);

impl Visitor<'_> for Element {
    type Value = f32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number as element {}", self.0)
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<f32, E> {
        narrow(x).map_err(|fault| E::custom(format!("element {} {fault}", self.0)))
    }

    fn visit_u64<E: Error>(self, x: u64) -> Result<f32, E> {
        Ok(x as f32)
    }

    fn visit_i64<E: Error>(self, x: i64) -> Result<f32, E> {
        Ok(x as f32)
    }
}

struct Id;
seed!(Id, u64);

impl Visitor<'_> for Id {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id, a whole number from 0 to 2^64 - 1")
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<u64, E> {
        Ok(id)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        text.parse().map_err(|_| E::custom("the id is not a whole number from 0 to 2^64 - 1"))
    }
}

struct Label;
seed!(Label, Option<String>);

impl Visitor<'_> for Label {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a label, which is a text or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<String>, E> {
        label_is_fit(text).map_err(E::custom)?;
        Ok(Some(text.to_owned()))
    }
}
