//! JSON for machines.

use serde_json::{Map, Value};

use crate::escape::is_harmless;

/// A document that starts with its schema, such as `rvf-inspect/1`, as indented text with a line end.
#[must_use]
pub fn document(schema: &str, body: Map<String, Value>) -> String {
    let mut all = Map::new();
    all.insert("schema".to_owned(), schema.into());
    all.extend(body);
    json_text(&Value::Object(all)) + "\n"
}

/// The value as indented text in which every character that could fool a terminal is written as its number
/// (`\u202e`), which every parser reads back as the same character.
#[must_use]
pub fn json_text(value: &Value) -> String {
    let text = format!("{value:#}");
    // Line breaks stand between values; in strings, JSON has none as they are.
    let is_kept = |c: char| c == '\n' || is_harmless(c);
    if text.chars().all(is_kept) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_kept(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// The shortest number that reads back as the same `f32`; null when it is not finite.
#[must_use]
pub fn f32_value(x: f32) -> Value {
    // Rust prints the shortest digits for an f32; as f64 those same digits are the shortest again.
    let digits = x.to_string().parse::<f64>();
    digits.map_or(Value::Null, f64_value)
}

/// The shortest number that reads back as the same `f64`; null when it is not finite.
#[must_use]
pub fn f64_value(x: f64) -> Value {
    Value::from(x)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_f32_reads_back_as_itself_and_is_short() {
        assert_eq!(f32_value(0.1).to_string(), "0.1");
        assert_eq!(f32_value(-0.0).to_string(), "-0.0");
        let mut bits = 1u32;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let x = f32::from_bits(bits);
            if x.is_finite() {
                let text = f32_value(x).to_string();
                assert_eq!(text.parse::<f32>().unwrap().to_bits(), bits, "{text}");
                assert_eq!(serde_json::from_str::<f64>(&text).unwrap() as f32, x);
            }
        }
    }

    #[test]
    fn what_is_not_a_number_is_null() {
        for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(f32_value(x), Value::Null);
            assert_eq!(f64_value(x.into()), Value::Null);
        }
    }

    #[test]
    fn what_could_fool_a_reader_is_a_number_and_reads_back_as_itself() {
        let label = "a\u{202E}b\u{200B}\u{9b}\u{7f}\x1b\n\u{E0041}日本";
        let text = document("x/1", Map::from_iter([(label.to_owned(), Value::from(label))]));
        assert!(text.chars().all(|c| c == '\n' || is_harmless(c)), "{text:?}");
        assert!(text.contains("a\\u202eb\\u200b\\u009b\\u007f\\u001b\\n\\udb40\\udc41日本"), "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[label], label);
    }

    #[test]
    fn a_document_starts_with_its_schema() {
        let body = Map::from_iter([("n".to_owned(), Value::from(3))]);
        let text = document("rvf-inspect/1", body);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::json!({"schema": "rvf-inspect/1", "n": 3}));
        assert!(text.starts_with("{\n  \"schema\"") && text.ends_with("}\n"));
    }
}
