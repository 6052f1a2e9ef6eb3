//! Requests: named parameters, checked against the description, packed for the guest.

use core::fmt;

use super::describe::{Description, Operation, Param, ParamKind};

/// An operation and its parameters, by name.
///
/// ```
/// use rvf_loader::abi::{Request, Value};
/// let request = Request::new("knn").with("query", vec![0.1_f32, 0.2]).with("k", 10_u64);
/// assert_eq!(request.operation(), "knn");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    operation: String,
    params: Vec<(String, Value)>,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// For `u64`, and for `f64`.
    U64(u64),
    /// For `f64`.
    F64(f64),
    /// For `string`, and for a choice of an `enum`.
    Text(String),
    /// For `f32[]`.
    F32s(Vec<f32>),
    /// For `u64[]`.
    U64s(Vec<u64>),
    /// For `f64[]`.
    F64s(Vec<f64>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
value_from!(u64 => U64, f64 => F64, String => Text, &str => Text, Vec<f32> => F32s, Vec<u64> => U64s, Vec<f64> => F64s);

impl Request {
    /// A request for the operation of this name, without parameters.
    #[must_use]
    pub fn new(operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), params: Vec::new() }
    }

    /// Sets a parameter; a later value replaces an earlier one.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a parameter; a later value replaces an earlier one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let name = name.into();
        self.params.retain(|(other, _)| *other != name);
        self.params.push((name, value.into()));
    }

    /// The value of a parameter that was set.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.params.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// Name of the operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Checks the request against a description and packs it as docs/abi.md says. Gives
    /// the operation as described, and the packed bytes.
    ///
    /// # Errors
    /// When the operation or a parameter is unknown, has the wrong type or is out of range,
    /// or a required parameter is absent.
    pub fn encode<'d>(&self, description: &'d Description) -> Result<(&'d Operation, Vec<u8>), RequestError> {
        let operation = description
            .operation(&self.operation)
            .ok_or_else(|| RequestError::unknown_operation(self, description))?;
        if let Some((name, _)) =
            self.params.iter().find(|(name, _)| operation.params.iter().all(|p| p.name != *name))
        {
            return Err(RequestError(format!("`{}` has no parameter `{name}`", operation.name)));
        }
        let given =
            |param: &Param| self.params.iter().find(|(name, _)| *name == param.name).map(|(_, value)| value);
        if let Some(param) = operation.params.iter().find(|param| param.required && given(param).is_none()) {
            return Err(RequestError(format!("`{}` needs the parameter `{}`", operation.name, param.name)));
        }
        let mut packed = operation
            .params
            .iter()
            .filter_map(|param| given(param).map(|value| (param, value)))
            .map(|(param, value)| Ok((param.id, param.kind.code(), pack(param, value)?)))
            .collect::<Result<Vec<_>, RequestError>>()?;
        packed.sort_by_key(|(id, ..)| *id);
        Ok((operation, write(operation, &packed)?))
    }
}

fn write(operation: &Operation, params: &[(u16, u16, Vec<u8>)]) -> Result<Vec<u8>, RequestError> {
    let too_long = |_| RequestError("a parameter passes 4 GiB".to_owned());
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&operation.id.to_le_bytes());
    bytes.extend_from_slice(&u32::try_from(params.len()).map_err(too_long)?.to_le_bytes());
    for (id, code, value) in params {
        bytes.extend_from_slice(&id.to_le_bytes());
        bytes.extend_from_slice(&code.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(value.len()).map_err(too_long)?.to_le_bytes());
        bytes.extend_from_slice(value);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    Ok(bytes)
}

fn pack(param: &Param, value: &Value) -> Result<Vec<u8>, RequestError> {
    let out_of_range = |shown: &dyn fmt::Display, min: &dyn fmt::Display, max: &dyn fmt::Display| {
        RequestError(format!("`{}` is {shown}, it must be from {min} to {max}", param.name))
    };
    match (&param.kind, value) {
        (ParamKind::U64 { min, max }, Value::U64(value)) if (min..=max).contains(&value) => {
            Ok(value.to_le_bytes().into())
        }
        (ParamKind::U64 { min, max }, Value::U64(value)) => Err(out_of_range(value, min, max)),
        (ParamKind::F64 { min, max }, Value::F64(value)) if (min..=max).contains(&value) => {
            Ok(value.to_le_bytes().into())
        }
        (ParamKind::F64 { min, max }, Value::F64(value)) => Err(out_of_range(value, min, max)),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a whole number given for a float means the nearest float"
        )]
        (ParamKind::F64 { .. }, Value::U64(value)) => pack(param, &Value::F64(*value as f64)),
        (ParamKind::Enum(choices), Value::Text(word)) => {
            let place =
                choices.iter().position(|choice| choice == word).and_then(|place| u32::try_from(place).ok());
            let place = place.ok_or_else(|| {
                RequestError(format!(
                    "`{}` is `{word}`, it must be one of: {}",
                    param.name,
                    choices.join(", ")
                ))
            })?;
            Ok(place.to_le_bytes().into())
        }
        (ParamKind::Text, Value::Text(text)) => Ok(text.as_bytes().into()),
        (ParamKind::F32s, Value::F32s(values)) => {
            Ok(values.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
        (ParamKind::U64s, Value::U64s(values)) => {
            Ok(values.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
        (ParamKind::F64s, Value::F64s(values)) => {
            Ok(values.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
        (kind, _) => {
            Err(RequestError(format!("`{}` takes a value of type {}", param.name, kind.type_name())))
        }
    }
}

/// A request does not fit the description. One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError(String);

impl RequestError {
    fn unknown_operation(request: &Request, description: &Description) -> Self {
        let known: Vec<&str> =
            description.operations.iter().map(|operation| operation.name.as_str()).collect();
        Self(format!("the solver has no operation `{}`; it has: {}", request.operation, known.join(", ")))
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for RequestError {}
