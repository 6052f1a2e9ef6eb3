//! Rows, bytes and time of local answers against the size of the matrix.

use crate::matrices::{Grid, write};
use crate::plot::{Series, plot};
use crate::stats::{median, shown, time};
use rvf_loader::abi::{ColumnData, Request, Table};
use rvf_loader::{Limits, Rvf};
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Sides of the grids: n = 10^4, 10^5 (about), 10^6, 10^7 (about).
const SIDES: [u64; 4] = [100, 316, 1000, 3162];
/// Entries and seeds asked for in each matrix.
const QUESTIONS: u64 = 21;
/// How often the file is opened anew.
const COLD: u64 = 7;

struct Point {
    n: f64,
    rows: f64,
    bytes: f64,
    warm: f64,
    cold: f64,
}

/// Measures `entry` and `ppr`, prints their tables, and draws the plot into `page`'s folder.
pub(crate) fn measure(folder: &Path, module: &[u8], picture: &Path) -> Result<()> {
    let mut series = Vec::new();
    for (operation, grid, what) in [
        ("entry", Grid::Laplacian, "grid Laplacian + 0.5, gap 0.11, right-hand side of ones"),
        ("ppr", Grid::Graph, "grid graph, alpha 0.15, top 10"),
    ] {
        println!("### `{operation}` against size: {what}\n");
        println!("| n | rows read | bytes read | time, warm | time, cold | file |");
        println!("|---|---|---|---|---|---|");
        let mut points = Vec::new();
        for side in SIDES {
            let path = folder.join(format!("{operation}-{side}.rvf"));
            write(&path, grid, side)?;
            let point = one(&path, module, operation, side)?;
            let size = std::fs::metadata(&path)?.len() as f64 / 1e6;
            std::fs::remove_file(&path)?;
            let (warm, cold) = (shown(point.warm), shown(point.cold));
            let n = side * side;
            println!("| {n} | {} | {} | {warm} | {cold} | {size:.1} MB |", point.rows, point.bytes);
            points.push(point);
        }
        let exponent = |value: fn(&Point) -> f64| slope(&points, value);
        println!(
            "\nFitted exponents of n: rows {:.3}, bytes {:.3}, time warm {:.3}, cold {:.3}.\n",
            exponent(|p| p.rows),
            exponent(|p| p.bytes),
            exponent(|p| p.warm),
            exponent(|p| p.cold)
        );
        let points = points.iter().map(|p| (p.n, p.warm * 1e3)).collect();
        series.push(Series { name: operation, points });
    }
    std::fs::write(picture, plot("milliseconds per answer against rows of the matrix", &series))?;
    Ok(())
}

/// Medians over questions spread through the matrix.
fn one(path: &Path, module: &[u8], operation: &str, side: u64) -> Result<Point> {
    let rvf = Rvf::open(path)?;
    let host = crate::knowing(module);
    let solver = rvf.with_module(module, &host)?.prefer("wasmtime");
    let limits = Limits::default();
    let mut session = solver.start(&limits)?;
    let request = |row: u64| Request::new(operation).with("ids", vec![row]);
    // Away from the border, where every question costs the same.
    let row = |i: u64| (side / 4 + i * side / (2 * QUESTIONS)) * side + side / 2;
    // Cold: the file is opened and mapped anew, no block of it is checked, and the guest is a new one. Its code
    // is compiled already, which does not depend on the file.
    let mut cold = Vec::new();
    for question in 0..COLD {
        let mut opened = None;
        let open = time(|| opened = Some(Rvf::open(path)));
        let rvf = opened.ok_or("no file")??;
        let mut session = rvf.with_module(module, &host)?.prefer("wasmtime").start(&limits)?;
        let mut answer = None;
        cold.push(open + time(|| answer = Some(session.run(&request(row(question))))));
        answer.ok_or("no answer")??;
    }
    let (mut rows, mut bytes, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for question in 0..QUESTIONS {
        let mut answer = None;
        times.push(time(|| answer = Some(session.run(&request(row(question))))));
        let answer = answer.ok_or("no answer")??;
        rows.push(
            number(&answer.table, "rows_read")
                .or_else(|| summary(&answer.summary, "rows_read"))
                .unwrap_or(0.0),
        );
        bytes.push(answer.stats.bytes_read as f64);
    }
    let n = (side * side) as f64;
    Ok(Point { n, rows: median(&rows), bytes: median(&bytes), warm: median(&times), cold: median(&cold) })
}

fn number(table: &Table, name: &str) -> Option<f64> {
    table.columns.iter().find(|c| c.name == name).and_then(|c| match &c.data {
        ColumnData::U64(values) => values.first().map(|v| *v as f64),
        _ => None,
    })
}

fn summary(value: &impl std::fmt::Display, name: &str) -> Option<f64> {
    let text = value.to_string();
    let (_, rest) = text.split_once(&format!("\"{name}\":"))?;
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit()).collect();
    digits.parse().ok()
}

/// Slope of the least-squares line through the logarithms.
fn slope(points: &[Point], value: fn(&Point) -> f64) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|p| (p.n.ln(), value(p).max(1e-12).ln())).collect();
    let count = logs.len() as f64;
    let (mx, my) =
        (logs.iter().map(|p| p.0).sum::<f64>() / count, logs.iter().map(|p| p.1).sum::<f64>() / count);
    let xy: f64 = logs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let xx: f64 = logs.iter().map(|p| (p.0 - mx) * (p.0 - mx)).sum();
    xy / xx
}
