//! The module's description of itself: operations, parameters, columns.

use serde_json::Value as Json;

use super::AbiError;
use crate::limits;

/// What a module says about itself. Texts are as stored: escape them for a terminal.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Name of the solver.
    pub name: String,
    /// Version of the solver.
    pub version: String,
    /// What it can do.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The id in a request.
    pub id: u32,
    /// Its name: `[a-z][a-z0-9-]*`, at most 32 bytes.
    pub name: String,
    /// What it does.
    pub doc: String,
    /// Parameters, in the order of the description.
    pub params: Vec<Param>,
    /// Result columns.
    pub columns: Vec<ColumnSpec>,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The id in a request.
    pub id: u16,
    /// Its name: `[a-z][a-z0-9-]*`, at most 32 bytes.
    pub name: String,
    /// Type and range.
    pub kind: ParamKind,
    /// What the value stands for.
    pub unit: Option<Unit>,
    /// A request without it is refused.
    pub required: bool,
    /// The default, as text, when there is one.
    pub default: Option<String>,
    /// What it means.
    pub doc: String,
}

/// Type and range of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamKind {
    /// An unsigned integer.
    U64 {
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
    },
    /// A finite float.
    F64 {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// One of these words.
    Enum(Vec<String>),
    /// UTF-8 text.
    Text,
    /// 32-bit floats.
    F32s,
    /// Unsigned integers.
    U64s,
    /// 64-bit floats.
    F64s,
}

impl ParamKind {
    /// Code of the type in a request.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::U64 { .. } => 1,
            Self::F64 { .. } => 2,
            Self::Enum(_) => 3,
            Self::Text => 4,
            Self::F32s => 5,
            Self::U64s => 6,
            Self::F64s => 7,
        }
    }

    /// Name of the type in a description.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::U64 { .. } => "u64",
            Self::F64 { .. } => "f64",
            Self::Enum(_) => "enum",
            Self::Text => "string",
            Self::F32s => "f32[]",
            Self::U64s => "u64[]",
            Self::F64s => "f64[]",
        }
    }
}

/// What a value stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Whole vectors of the file's dimension, row by row.
    Vectors,
    /// A vector id, or a row of a matrix of the same numbering.
    Id,
    /// The name of a sparse matrix of the file.
    Matrix,
    /// The name of a dense array of the file.
    Array,
    /// A number of things.
    Count,
    /// A share.
    Ratio,
    /// Bytes.
    Bytes,
}

/// Type of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// 32-bit unsigned integers.
    U32,
    /// 64-bit unsigned integers.
    U64,
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
}

impl ValueType {
    /// Name of the type in a description.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// One result column, as described.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSpec {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ValueType,
    /// What the values stand for.
    pub unit: Option<Unit>,
    /// What it means.
    pub doc: String,
}

impl Description {
    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// Parses UTF-8 JSON.
    ///
    /// # Errors
    /// When it is not JSON of the form that `docs/abi.md` gives.
    pub fn parse(bytes: &[u8]) -> Result<Self, AbiError> {
        let json: Json = serde_json::from_slice(bytes)
            .map_err(|error| AbiError::Contract { what: format!("its description is not JSON: {error}") })?;
        let operations = list(&json, "operations")?.iter().map(operation).collect::<Result<Vec<_>, _>>()?;
        distinct(&operations, |operation| (u64::from(operation.id), operation.name.as_str()))?;
        if operations.is_empty() {
            return Err(AbiError::contract("its description has no operation"));
        }
        Ok(Self { name: text(&json, "name"), version: text(&json, "version"), operations })
    }
}

fn operation(json: &Json) -> Result<Operation, AbiError> {
    let name = name(json, is_name)?;
    let id = number(json, "id")
        .and_then(|id| u32::try_from(id).ok())
        .ok_or_else(|| malformed(&name, "has no id"))?;
    let params = list(json, "params")?.iter().map(param).collect::<Result<Vec<_>, _>>()?;
    distinct(&params, |param| (u64::from(param.id), param.name.as_str()))?;
    let columns = list(json, "columns")?.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    Ok(Operation { id, name, doc: text(json, "doc"), params, columns })
}

fn param(json: &Json) -> Result<Param, AbiError> {
    let name = name(json, is_name)?;
    let id = number(json, "id")
        .and_then(|id| u16::try_from(id).ok())
        .ok_or_else(|| malformed(&name, "has no id"))?;
    let kind = match text(json, "type").as_str() {
        "u64" => ParamKind::U64 {
            min: number(json, "min").unwrap_or(0),
            max: number(json, "max").unwrap_or(u64::MAX),
        },
        "f64" => ParamKind::F64 {
            min: json.get("min").and_then(Json::as_f64).unwrap_or(f64::MIN),
            max: json.get("max").and_then(Json::as_f64).unwrap_or(f64::MAX),
        },
        "enum" => ParamKind::Enum(choices(json, &name)?),
        "string" => ParamKind::Text,
        "f32[]" => ParamKind::F32s,
        "u64[]" => ParamKind::U64s,
        "f64[]" => ParamKind::F64s,
        _ => return Err(malformed(&name, "has an unknown type")),
    };
    let default = match json.get("default") {
        None | Some(Json::Null) => None,
        Some(Json::String(word)) => Some(word.clone()),
        Some(other) => Some(other.to_string()),
    };
    let required = json.get("required").and_then(Json::as_bool).unwrap_or(false);
    Ok(Param { id, name, kind, unit: unit(json), required, default, doc: text(json, "doc") })
}

fn choices(json: &Json, name: &str) -> Result<Vec<String>, AbiError> {
    let words = list(json, "choices")?;
    let choices: Option<Vec<String>> =
        words.iter().map(|word| word.as_str().filter(|word| is_name(word)).map(str::to_owned)).collect();
    choices.filter(|choices| !choices.is_empty()).ok_or_else(|| malformed(name, "has no proper choices"))
}

fn column(json: &Json) -> Result<ColumnSpec, AbiError> {
    let name = name(json, is_column_name)?;
    let kind = match text(json, "type").as_str() {
        "u32" => ValueType::U32,
        "u64" => ValueType::U64,
        "f32" => ValueType::F32,
        "f64" => ValueType::F64,
        _ => return Err(malformed(&name, "has an unknown type")),
    };
    Ok(ColumnSpec { name, kind, unit: unit(json), doc: text(json, "doc") })
}

/// Operation and parameter names: `[a-z][a-z0-9-]*`, at most 32 bytes.
fn is_name(name: &str) -> bool {
    is_column_name(name) && !name.contains('_')
}

/// Column names may hold underscores as well.
pub(super) fn is_column_name(name: &str) -> bool {
    name.len() <= limits::NAME_BYTES
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

fn name(json: &Json, valid: fn(&str) -> bool) -> Result<String, AbiError> {
    let name = text(json, "name");
    if valid(&name) { Ok(name) } else { Err(AbiError::contract("its description holds an improper name")) }
}

fn unit(json: &Json) -> Option<Unit> {
    match text(json, "unit").as_str() {
        "vectors" => Some(Unit::Vectors),
        "id" => Some(Unit::Id),
        "matrix" => Some(Unit::Matrix),
        "array" => Some(Unit::Array),
        "count" => Some(Unit::Count),
        "ratio" => Some(Unit::Ratio),
        "bytes" => Some(Unit::Bytes),
        _ => None,
    }
}

fn text(json: &Json, key: &str) -> String {
    json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn number(json: &Json, key: &str) -> Option<u64> {
    json.get(key).and_then(Json::as_u64)
}

fn list<'j>(json: &'j Json, key: &str) -> Result<&'j [Json], AbiError> {
    let items = match json.get(key) {
        None => &[][..],
        Some(Json::Array(items)) => items,
        Some(_) => return Err(AbiError::Contract { what: format!("`{key}` in its description is no list") }),
    };
    if items.len() > limits::DESCRIBED_ITEMS {
        let what = format!(
            "`{key}` in its description has {} items, the limit is {}",
            items.len(),
            limits::DESCRIBED_ITEMS
        );
        return Err(AbiError::Contract { what });
    }
    Ok(items)
}

fn malformed(name: &str, what: &str) -> AbiError {
    AbiError::Contract { what: format!("`{name}` in its description {what}") }
}

/// Ids and names are each used once.
fn distinct<T>(items: &[T], key: impl Fn(&T) -> (u64, &str)) -> Result<(), AbiError> {
    for (position, item) in items.iter().enumerate() {
        let (id, name) = key(item);
        let earlier = items.iter().take(position).map(&key);
        if earlier.into_iter().any(|(other_id, other_name)| other_id == id || other_name == name) {
            return Err(malformed(name, "is there twice, by name or by id"));
        }
    }
    Ok(())
}
