//! Matrix Market exchange files.
//!
//! A banner (`%%MatrixMarket matrix FORMAT FIELD SYMMETRY`, in any case), comments, a line of sizes,
//! then entries: `row column value` counted from 1, or for an array the values column by column. Of a
//! symmetric matrix one triangle is given, which is mirrored here.

use rvf_format::read::sparse::Kind;

use crate::error::{PackError, Result};
use crate::input::Stream;
use crate::matrix::gather::{Facts, Gather, check_lines};
use crate::matrix::text::{Lines, Span, real, whole};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Real,
    Integer,
    Pattern,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Symmetry {
    General,
    Symmetric,
    Skew,
}

#[derive(Clone, Copy)]
struct Banner {
    array: bool,
    field: Field,
    symmetry: Symmetry,
}

/// Fewest bytes of an entry: two numbers, or one, each with what separates it from the next.
const LEAST_ENTRY: u64 = 4;
const LEAST_ELEMENT: u64 = 2;

/// Hands all entries over.
pub(crate) fn read(stream: Stream, gather: &mut Gather<'_>) -> Result<Facts> {
    let mut lines = Lines::new(stream);
    let banner = banner(&mut lines)?;
    if !next_content(&mut lines)? {
        return Err(lines.malformed(0, "the file ends before the line of sizes"));
    }
    let (rows, columns) = if banner.array {
        let [rows, columns] = sizes(&lines, "an array: rows and columns")?;
        check(&lines, banner, rows, columns)?;
        array(&mut lines, banner, rows, columns, gather)?;
        (rows, columns)
    } else {
        let [rows, columns, entries] = sizes(&lines, "a sparse matrix: rows, columns and entries")?;
        check(&lines, banner, rows, columns)?;
        plausible(&lines, entries, LEAST_ENTRY)?;
        coordinates(&mut lines, banner, [rows, columns, entries], gather)?;
        (rows, columns)
    };
    if next_content(&mut lines)? {
        return Err(lines
            .malformed(0, "there are more entries than the line of sizes says")
            .fix("correct the number of entries, or look for a file joined to this one"));
    }
    let kind = if banner.array { Kind::Dense } else { Kind::Csr };
    Ok(Facts { kind, rows, columns, pattern: banner.field == Field::Pattern, names: None, note: None })
}

fn banner(lines: &mut Lines) -> Result<Banner> {
    const FORM: &str = "the first line must be '%%MatrixMarket matrix coordinate real general' or the like";
    lines.next()?;
    let (spans, count) = lines.words::<5>();
    let word = |span: Span| String::from_utf8_lossy(lines.word(span)).to_ascii_lowercase();
    let [magic, object, format, field, symmetry] = spans;
    let is_banner = matches!(word(magic).as_str(), "%%matrixmarket" | "%matrixmarket");
    if !is_banner || count != 5 {
        return Err(lines
            .malformed(0, "not a Matrix Market file: the banner is missing or incomplete")
            .fix(FORM));
    }
    let refuse = |span: Span, what: String, fix: &str| Err(lines.malformed(span.0, what).fix(fix));
    if word(object) != "matrix" {
        let what = format!("the file holds a {}, which is not a matrix", lines.shown(object));
        return refuse(object, what, FORM);
    }
    let array = match word(format).as_str() {
        "coordinate" => false,
        "array" => true,
        _ => {
            return refuse(
                format,
                format!("the format {} is not known", lines.shown(format)),
                "it is coordinate or array",
            );
        }
    };
    let field = match word(field).as_str() {
        "real" | "double" => Field::Real,
        "integer" | "unsigned-integer" => Field::Integer,
        "pattern" if !array => Field::Pattern,
        "complex" => {
            let fix = "a file holds real numbers: save the real and the imaginary part as two matrices";
            return refuse(field, "complex matrices cannot be packed".to_owned(), fix);
        }
        _ => {
            let what = format!("the field {} is not known here", lines.shown(field));
            return refuse(field, what, "it is real, integer or, for coordinates, pattern");
        }
    };
    let symmetry = match word(symmetry).as_str() {
        "general" => Symmetry::General,
        "symmetric" => Symmetry::Symmetric,
        "skew-symmetric" if field != Field::Pattern => Symmetry::Skew,
        "hermitian" => {
            let fix = "of real numbers a hermitian matrix is symmetric: write symmetric in the banner";
            return refuse(symmetry, "hermitian matrices cannot be packed".to_owned(), fix);
        }
        _ => {
            let what = format!("the symmetry {} is not known here", lines.shown(symmetry));
            return refuse(symmetry, what, "it is general, symmetric or, with values, skew-symmetric");
        }
    };
    Ok(Banner { array, field, symmetry })
}

/// Goes to the next line that is neither empty nor a comment.
fn next_content(lines: &mut Lines) -> Result<bool> {
    while lines.next()? {
        let text = lines.line().trim_ascii_start();
        if !text.is_empty() && !text.starts_with(b"%") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn sizes<const N: usize>(lines: &Lines, of: &str) -> Result<[u64; N]> {
    let (spans, count) = lines.words::<N>();
    if count != N {
        let at = if count > N { 0 } else { lines.line().len() };
        return Err(lines
            .malformed(at, format!("the line of sizes does not have {N} numbers"))
            .fix(format!("for {of}")));
    }
    let mut sizes = [0; N];
    for (size, span) in sizes.iter_mut().zip(spans) {
        *size = whole(lines.word(span)).ok_or_else(|| {
            lines.malformed(span.0, format!("the size {} is not a number up to 2^64", lines.shown(span)))
        })?;
    }
    Ok(sizes)
}

fn check(lines: &Lines, banner: Banner, rows: u64, columns: u64) -> Result<()> {
    check_lines(rows, columns).map_err(|what| lines.malformed(0, what))?;
    if banner.symmetry != Symmetry::General && rows != columns {
        let what = format!("a symmetric matrix is square, this one has {rows} x {columns}");
        return Err(lines.malformed(0, what).fix("write general in the banner"));
    }
    Ok(())
}

/// A file that is too short for what it claims is refused at once.
fn plausible(lines: &Lines, entries: u64, least: u64) -> Result<()> {
    let Some(length) = lines.length() else { return Ok(()) };
    let rest = length.saturating_sub(lines.position());
    // The last entry may lack the end of its line.
    if entries > (rest + 1) / least {
        let what = format!("{entries} entries are claimed, and {rest} bytes remain, which cannot hold them");
        return Err(lines.malformed(0, what).fix("the file is cut short, or its line of sizes is wrong"));
    }
    Ok(())
}

fn cut_short(lines: &Lines, claimed: u64, found: u64) -> PackError {
    let what = format!("{claimed} entries are claimed, the file ends after {found}");
    PackError::malformed(what)
        .at(format!("{}, line {}, byte 0x{:x}", lines.name(), lines.number(), lines.position()))
        .fix("the file is cut short, or its line of sizes is wrong")
}

fn coordinates(lines: &mut Lines, banner: Banner, sizes: [u64; 3], gather: &mut Gather<'_>) -> Result<()> {
    let [rows, columns, entries] = sizes;
    let wanted = if banner.field == Field::Pattern { 2 } else { 3 };
    // Which triangle of a symmetric matrix is given: the first entry off the diagonal decides.
    let mut lower = None;
    for found in 0..entries {
        if !next_content(lines)? {
            return Err(cut_short(lines, entries, found));
        }
        let ([row_at, column_at, value_at], count) = lines.words::<3>();
        if count != wanted {
            let last = if wanted == 2 { column_at } else { value_at };
            let at = if count < wanted { lines.line().len() } else { last.1 };
            let what = format!(
                "the entry has {}{} words, not {wanted}",
                count.min(4),
                if count > 3 { " or more" } else { "" }
            );
            let form = if wanted == 2 { "row column" } else { "row column value" };
            return Err(lines.malformed(at, what).fix(format!("write each entry as: {form}")));
        }
        let row = index(lines, row_at, rows, "row")?;
        let column = index(lines, column_at, columns, "column")?;
        let value = if wanted == 2 { 1.0 } else { value(lines, value_at, banner.field)? };
        gather.tick(lines.position());
        gather.push(row, column, value).map_err(|e| at_line(e, lines))?;
        if banner.symmetry == Symmetry::General {
            continue;
        }
        if row == column {
            if banner.symmetry == Symmetry::Skew && value != 0.0 {
                let what = "a skew-symmetric matrix has zeros on its diagonal, and this entry is not";
                return Err(lines.malformed(value_at.0, what));
            }
            continue;
        }
        if *lower.get_or_insert(row > column) != (row > column) {
            let what = "both triangles of a symmetric matrix are given: this entry lies on the other side of the diagonal than those before";
            return Err(lines
                .malformed(row_at.0, what)
                .fix("write general in the banner, or leave one triangle out"));
        }
        let mirrored = if banner.symmetry == Symmetry::Skew { -value } else { value };
        gather.push(column, row, mirrored).map_err(|e| at_line(e, lines))?;
    }
    Ok(())
}

fn array(lines: &mut Lines, banner: Banner, rows: u64, columns: u64, gather: &mut Gather<'_>) -> Result<()> {
    let triangle =
        |diagonal: u64| rows.checked_add(diagonal).and_then(|n| n.checked_mul(rows)).map(|n| n / 2);
    let elements = match banner.symmetry {
        Symmetry::General => rows.checked_mul(columns),
        Symmetry::Symmetric => triangle(1),
        Symmetry::Skew => rows.checked_mul(rows.saturating_sub(1)).map(|n| n / 2),
    };
    let elements = elements.unwrap_or(u64::MAX);
    if rows == 0 || columns == 0 {
        return Err(lines.malformed(0, "the array has no elements"));
    }
    plausible(lines, elements, LEAST_ELEMENT)?;
    let mut found = 0;
    for column in 0..columns {
        let first = match banner.symmetry {
            Symmetry::General => 0,
            Symmetry::Symmetric => column,
            Symmetry::Skew => {
                gather.push(column, column, 0.0).map_err(|e| at_line(e, lines))?;
                column + 1
            }
        };
        for row in first..rows {
            if !next_content(lines)? {
                return Err(cut_short(lines, elements, found));
            }
            found += 1;
            let ([at], count) = lines.words::<1>();
            if count != 1 {
                return Err(lines
                    .malformed(at.1, "the line has more than one element")
                    .fix("write one per line"));
            }
            let value = value(lines, at, banner.field)?;
            gather.tick(lines.position());
            gather.push(row, column, value).map_err(|e| at_line(e, lines))?;
            if row != column && banner.symmetry != Symmetry::General {
                let mirrored = if banner.symmetry == Symmetry::Skew { -value } else { value };
                gather.push(column, row, mirrored).map_err(|e| at_line(e, lines))?;
            }
        }
    }
    Ok(())
}

fn index(lines: &Lines, span: Span, most: u64, what: &str) -> Result<u64> {
    match whole(lines.word(span)) {
        Some(index) if (1..=most).contains(&index) => Ok(index - 1),
        Some(0) => Err(lines.malformed(span.0, format!("{what} 0: rows and columns are counted from 1"))),
        _ => {
            let what = format!("the {what} {} is not a number from 1 to {most}", lines.shown(span));
            Err(lines.malformed(span.0, what))
        }
    }
}

fn value(lines: &Lines, span: Span, field: Field) -> Result<f64> {
    let word = lines.word(span);
    let refuse = |what: &str| Err(lines.malformed(span.0, format!("the value {} {what}", lines.shown(span))));
    if field == Field::Integer {
        let whole: Option<i128> = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
        let Some(whole) = whole else { return refuse("is not a whole number") };
        let near = whole as f64;
        return if near as i128 == whole {
            Ok(near)
        } else {
            refuse("is a whole number that f64 cannot hold exactly")
        };
    }
    match real(word) {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => refuse("is not a finite number, or beyond the range of f64"),
        None => refuse("is not a number"),
    }
}

fn at_line(error: PackError, lines: &Lines) -> PackError {
    if error.place().is_some() || error.io_error().is_some() {
        error
    } else {
        error.at(format!("{}, line {}", lines.name(), lines.number()))
    }
}
