//! safetensors: header length u64, a JSON object of tensors, then their bytes without holes.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::input::dense::{Dense, dimension};
use crate::input::{Dtype, Stream};
use crate::limits::{MAX_NAMES_SHOWN, MAX_SAFETENSORS_HEADER};

/// Bytes of the length in front.
const HEAD: u64 = 8;
/// The key that holds text about the file instead of a tensor.
const ABOUT: &str = "__metadata__";

struct Tensor {
    name: String,
    dtype: String,
    shape: Vec<u64>,
    begin: u64,
    end: u64,
}

/// A source of the rows of one tensor with two axes: the one named, or the only one there is.
pub(crate) fn open(mut stream: Stream, wanted: Option<&str>) -> Result<Dense> {
    let mut length = [0; HEAD as usize];
    stream.read_exact(&mut length, "safetensors header")?;
    let length = u64::from_le_bytes(length);
    let present = stream.remaining().unwrap_or(u64::MAX);
    if length > MAX_SAFETENSORS_HEADER.min(present) {
        let what = format!(
            "the safetensors header claims {length} bytes; {present} remain, the limit is {MAX_SAFETENSORS_HEADER}"
        );
        return Err(stream.malformed_at(0, what));
    }
    let mut text = vec![0; usize::try_from(length).unwrap_or_default()];
    stream.read_exact(&mut text, "safetensors header")?;
    let header: Map<String, Value> = serde_json::from_slice(&text).map_err(|e| {
        stream.malformed_at(HEAD, format!("the safetensors header is not a JSON object: {e}"))
    })?;
    drop(text);
    let tensors = tensors(&stream, &header)?;
    drop(header);
    let data = stream.position();
    let tensor = choose(&stream, &tensors, wanted)?;
    let Some(dtype) = Dtype::from_name(&tensor.dtype) else {
        let what =
            format!("tensor '{}' has elements of type {}, which are not read", tensor.name, tensor.dtype);
        return Err(stream.malformed_at(data + tensor.begin, what).fix("save it as F32"));
    };
    let [rows, columns] = *tensor.shape.as_slice() else {
        let what = format!(
            "tensor '{}' has {} axes; vectors need two (rows, dimension)",
            tensor.name,
            tensor.shape.len()
        );
        return Err(stream.malformed_at(data + tensor.begin, what).fix("reshape it before saving"));
    };
    let dimension = dimension(&stream, data + tensor.begin, columns)?;
    stream.skip(tensor.begin, "data before the tensor")?;
    Dense::new(stream, dtype, false, dimension, Some(rows))
}

/// The tensors in the order of their bytes, checked to lie one behind the other up to the end.
fn tensors(stream: &Stream, header: &Map<String, Value>) -> Result<Vec<Tensor>> {
    let mut tensors = Vec::new();
    for (name, value) in header.iter().filter(|(name, _)| *name != ABOUT) {
        let tensor = tensor(name, value).ok_or_else(|| {
            stream.malformed_at(HEAD, format!("tensor '{name}' lacks a dtype, a shape or two data_offsets"))
        })?;
        tensors.push(tensor);
    }
    tensors.sort_by_key(|t| (t.begin, t.end));
    let mut end = 0;
    for tensor in &tensors {
        let Tensor { name, begin, .. } = tensor;
        if *begin != end || tensor.end < end {
            let what = format!("tensor '{name}' starts at {begin} of the data, the one before ends at {end}");
            return Err(stream
                .malformed_at(HEAD, what)
                .fix("the file has a hole or an overlap: save it again"));
        }
        end = tensor.end;
        if let Some(dtype) = Dtype::from_name(&tensor.dtype) {
            let elements = tensor.shape.iter().try_fold(1u64, |all, n| all.checked_mul(*n));
            let bytes = elements.and_then(|n| n.checked_mul(dtype.size() as u64));
            if bytes != Some(end - begin) {
                let what =
                    format!("tensor '{name}' has {} bytes, which is not what its shape needs", end - begin);
                return Err(stream.malformed_at(HEAD, what));
            }
        }
    }
    match stream.remaining() {
        Some(present) if present != end => {
            let what = format!("the tensors need {end} bytes, {present} remain");
            Err(stream
                .malformed_at(stream.position(), what)
                .fix("the file is cut short or its header is wrong"))
        }
        _ => Ok(tensors),
    }
}

fn tensor(name: &str, value: &Value) -> Option<Tensor> {
    let numbers =
        |key| -> Option<Vec<u64>> { value.get(key)?.as_array()?.iter().map(Value::as_u64).collect() };
    let [begin, end] = *numbers("data_offsets")?.as_slice() else { return None };
    let dtype = value.get("dtype")?.as_str()?.to_owned();
    Some(Tensor { name: name.to_owned(), dtype, shape: numbers("shape")?, begin, end })
}

fn choose<'a>(stream: &Stream, tensors: &'a [Tensor], wanted: Option<&str>) -> Result<&'a Tensor> {
    let flat: Vec<&Tensor> = tensors.iter().filter(|t| t.shape.len() == 2).collect();
    let found = match wanted {
        Some(name) => tensors.iter().find(|t| t.name == name),
        None => match *flat.as_slice() {
            [only] => Some(only),
            _ => None,
        },
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = flat.iter().take(MAX_NAMES_SHOWN).map(|t| t.name.as_str()).collect();
        let more = if flat.len() > MAX_NAMES_SHOWN { ", ..." } else { "" };
        let what = match wanted {
            Some(name) => format!("there is no tensor '{name}'"),
            None => format!("{} tensors have two axes; which one holds the vectors is not clear", flat.len()),
        };
        let fix = format!("choose with --tensor; the file has: {}{more}", names.join(", "));
        crate::error::PackError::usage(what).at(stream.name()).fix(fix)
    })
}
