//! JSON for machines.

use serde_json::{Map, Value};

/// A document that starts with its schema, such as `rvf-inspect/1`, as indented text with a line end.
#[must_use]
pub fn document(schema: &str, body: Map<String, Value>) -> String {
    let mut all = Map::new();
    all.insert("schema".to_owned(), schema.into());
    all.extend(body);
    format!("{:#}\n", Value::Object(all))
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
    #![allow(clippy::unwrap_used)]
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
    fn a_document_starts_with_its_schema() {
        let body = Map::from_iter([("n".to_owned(), Value::from(3))]);
        let text = document("rvf-inspect/1", body);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::json!({"schema": "rvf-inspect/1", "n": 3}));
        assert!(text.starts_with("{\n  \"schema\"") && text.ends_with("}\n"));
    }
}
