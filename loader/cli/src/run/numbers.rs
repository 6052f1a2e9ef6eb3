//! Lists of numbers: typed, or from a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;

use npyz::{DType, Deserialize, NpyFile};
use rvf_loader::limits;
use rvf_terminal::Report;

/// Reads one value of a flag into numbers.
type Reader<T> = fn(&str, &str) -> Result<Vec<T>, Report>;

/// The numbers of all values of a flag.
pub(super) fn all<T>(given: &[String], flag: &str, read: Reader<T>) -> Result<Vec<T>, Report> {
    let mut numbers = Vec::new();
    for text in given {
        numbers.extend(read(text, flag)?);
    }
    Ok(numbers)
}

/// 32-bit floats, as text or from `@FILE`.
pub(super) fn f32s(text: &str, flag: &str) -> Result<Vec<f32>, Report> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "wider numbers are rounded to the nearest f32, as a reader expects"
    )]
    let from_npy = |npy: NpyFile<&[u8]>| match float_width(&npy.dtype()) {
        Some(4) => values::<f32>(npy),
        Some(8) => values::<f64>(npy).map(|wide| wide.into_iter().map(|x| x as f32).collect()),
        _ => Err("its elements are no f32 or f64".to_owned()),
    };
    read(text, flag, from_npy)
}

/// 64-bit floats, as text or from `@FILE`.
pub(super) fn f64s(text: &str, flag: &str) -> Result<Vec<f64>, Report> {
    let from_npy = |npy: NpyFile<&[u8]>| match float_width(&npy.dtype()) {
        Some(4) => values::<f32>(npy).map(|narrow| narrow.into_iter().map(f64::from).collect()),
        Some(8) => values::<f64>(npy),
        _ => Err("its elements are no f32 or f64".to_owned()),
    };
    read(text, flag, from_npy)
}

/// Unsigned integers, as text or from `@FILE`.
pub(super) fn u64s(text: &str, flag: &str) -> Result<Vec<u64>, Report> {
    let from_npy = |npy: NpyFile<&[u8]>| match integer(&npy.dtype()) {
        Some((4, false)) => values::<u32>(npy).map(|narrow| narrow.into_iter().map(u64::from).collect()),
        Some((8, false)) => values::<u64>(npy),
        Some((4, true)) => values::<i32>(npy)?.into_iter().map(unsigned).collect(),
        Some((8, true)) => values::<i64>(npy)?.into_iter().map(unsigned).collect(),
        _ => Err("its elements are no 32-bit or 64-bit integers".to_owned()),
    };
    read(text, flag, from_npy)
}

fn unsigned<T: TryInto<u64>>(value: T) -> Result<u64, String> {
    value.try_into().map_err(|_| "it holds a negative number".to_owned())
}

fn float_width(dtype: &DType) -> Option<u64> {
    match dtype {
        DType::Plain(plain) if plain.type_char() == npyz::TypeChar::Float => Some(plain.size_field()),
        _ => None,
    }
}

fn integer(dtype: &DType) -> Option<(u64, bool)> {
    match dtype {
        DType::Plain(plain) if plain.type_char() == npyz::TypeChar::Int => Some((plain.size_field(), true)),
        DType::Plain(plain) if plain.type_char() == npyz::TypeChar::Uint => Some((plain.size_field(), false)),
        _ => None,
    }
}

/// The values in row-major order.
fn values<T: Deserialize>(npy: NpyFile<&[u8]>) -> Result<Vec<T>, String> {
    if npy.shape().len() > 1 && npy.order() == npyz::Order::Fortran {
        return Err("it is stored column by column; save it with numpy.ascontiguousarray".to_owned());
    }
    npy.into_vec().map_err(|error| error.to_string())
}

fn read<T: FromStr>(
    text: &str,
    flag: &str,
    from_npy: impl Fn(NpyFile<&[u8]>) -> Result<Vec<T>, String>,
) -> Result<Vec<T>, Report> {
    let Some(name) = text.strip_prefix('@') else { return typed(text, flag) };
    let bytes = contents(name, flag)?;
    if bytes.starts_with(b"\x93NUMPY") {
        let npy = NpyFile::new(&bytes[..]).map_err(|error| error.to_string());
        return npy.and_then(from_npy).map_err(|error| unreadable(name, flag).because(&Plain(error)));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| unreadable(name, flag).fix("give a .npy file or text"))?;
    typed(&text, flag)
}

/// Numbers between commas, semicolons, brackets and blanks. Between two commas there must be one; a
/// line may end with a comma.
fn typed<T: FromStr>(text: &str, flag: &str) -> Result<Vec<T>, Report> {
    for part in text.lines().flat_map(|line| line.split(['[', ']', ';'])) {
        let fields: Vec<&str> = part.split(',').map(str::trim).collect();
        // The first and the last may be empty: lists are joined by commas too.
        let between = fields.get(1..fields.len().saturating_sub(1)).unwrap_or_default();
        if between.contains(&"") || text.trim_start().starts_with(',') {
            return Err(Report::usage(format!("--{flag}: there is no number between two commas"))
                .fix("write every number; 0 where there is nothing"));
        }
    }
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']'))
        .filter(|word| !word.is_empty())
        .map(|word| {
            let shown: String = word.chars().take(40).collect();
            word.parse().map_err(|_| Report::usage(format!("--{flag}: `{shown}` is not a number it takes")))
        })
        .collect()
}

/// Most bytes of one file of numbers: as many as an answer may have by default, and many times what a
/// guest's memory takes.
const MOST_BYTES: u64 = limits::DEFAULT_RESULT_BYTES;

/// The bytes of a file, or of standard input for `-`.
pub(super) fn contents(name: &str, flag: &str) -> Result<Vec<u8>, Report> {
    let mut bytes = Vec::new();
    let result = if name == "-" {
        io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        File::open(Path::new(name)).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    result.map_err(|error| Report::io(format!("cannot read the file of --{flag}"), name, &error))?;
    if bytes.len() as u64 > MOST_BYTES {
        let most = rvf_terminal::bytes_text(MOST_BYTES);
        let report = Report::usage(format!("the file of --{flag} has more than {most}")).at(name);
        return Err(report.fix("give fewer numbers at once"));
    }
    Ok(bytes)
}

pub(super) fn unreadable(name: &str, flag: &str) -> Report {
    Report::usage(format!("the file of --{flag} cannot be understood")).at(name)
}

/// A cause that is only a sentence.
#[derive(Debug)]
struct Plain(String);

impl std::fmt::Display for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Plain {}
