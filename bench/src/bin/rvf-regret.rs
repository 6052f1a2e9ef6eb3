//! What choosing a method costs beside every fixed one and the best in hindsight, over streams of new problems:
//! the tables and the plot of `docs/benchmarks.md`. Counted work, so every run prints the same.
//!
//! Usage: `rvf-regret PICTURE`.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

#[path = "../../../solver-microkernel/tests/common/mod.rs"]
mod common;
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "shared with the solver's tests")]
#[path = "../../../solver-microkernel/tests/sparse_support/mod.rs"]
mod sparse_support;
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "shared with the solver's tests")]
#[path = "../../../solver-microkernel/tests/sparse_support/files.rs"]
mod sparse_support_files;
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "shared with the solver's tests")]
#[path = "../../../solver-microkernel/tests/sparse_support/regret.rs"]
mod sparse_support_regret;

use sparse_support_regret::{Duty, ROUNDS, Round, SEED, means};
use std::fmt::Write;

const PANEL: f64 = 300.0;
const HEIGHT: f64 = 330.0;
const MARGIN: f64 = 40.0;
/// The learned choice first.
const COLOURS: [&str; 8] =
    ["#d1242f", "#57606a", "#1f6feb", "#1a7f37", "#9a6700", "#8250df", "#bf3989", "#0a7ea4"];

fn main() -> std::io::Result<()> {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        3.0 * PANEL
    );
    for (place, duty) in Duty::ALL.into_iter().enumerate() {
        let course = duty.run(SEED, ROUNDS);
        table(duty, &course);
        panel(&mut svg, place as f64 * PANEL, duty, &course);
    }
    svg.push_str("</svg>\n");
    match std::env::args().nth(1) {
        Some(picture) => std::fs::write(picture, svg),
        None => Ok(()),
    }
}

fn table(duty: Duty, course: &[Round]) {
    let (first, second) = course.split_at(course.len() / 2);
    println!("| `{}` | problems 1 to {} | {} to {ROUNDS} |", duty.name(), first.len(), first.len() + 1);
    println!("|---|---|---|");
    let rows = ["learned"].iter().chain(duty.fixed()).zip(means(first).into_iter().zip(means(second)));
    for (name, (first, second)) in rows {
        println!("| {name} | {first:.2} | {second:.2} |");
    }
    println!();
}

/// The sums, problem by problem, of the logarithm of cost over that of the best: a choice that always costs twice
/// the best rises by one each time.
fn regrets(course: &[Round]) -> Vec<Vec<f64>> {
    let fixed = course.first().map_or(0, |round| round.fixed.len());
    let mut lines = vec![vec![0.0]; fixed + 1];
    for round in course {
        for (line, cost) in lines.iter_mut().zip([&round.learned].into_iter().chain(&round.fixed)) {
            let so_far = line.last().copied().unwrap_or_default();
            line.push(so_far + (cost / round.best).log2());
        }
    }
    lines
}

fn panel(svg: &mut String, left: f64, duty: Duty, course: &[Round]) {
    let lines = regrets(course);
    let most = lines.iter().flatten().copied().fold(1.0, f64::max);
    let x = |number: usize| left + MARGIN + number as f64 / course.len() as f64 * (PANEL - MARGIN - 12.0);
    let y = |regret: f64| HEIGHT - MARGIN - regret / most * (HEIGHT - 2.0 * MARGIN);
    let mut text = |x: f64, y: f64, anchor: &str, colour: &str, words: &str| {
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{words}</text>"
        );
    };
    text(left + MARGIN, 18.0, "start", "black", &format!("{}: sum of log2(cost / best)", duty.name()));
    for number in [0, course.len() / 2, course.len()] {
        text(x(number), HEIGHT - MARGIN + 16.0, "middle", "black", &number.to_string());
    }
    for part in 0..=4 {
        let regret = most * f64::from(part) / 4.0;
        text(left + MARGIN - 4.0, y(regret) + 4.0, "end", "black", &format!("{regret:.0}"));
    }
    let names = ["learned"].iter().chain(duty.fixed()).zip(COLOURS);
    for ((name, colour), place) in names.clone().zip(0u32..) {
        text(left + MARGIN + 8.0, MARGIN + 12.0 + 14.0 * f64::from(place), "start", colour, name);
    }
    let _ = writeln!(
        svg,
        "<path d=\"M{:.1} {MARGIN}V{:.1}H{:.1}\" fill=\"none\" stroke=\"#8c959f\"/>",
        x(0),
        y(0.0),
        x(course.len())
    );
    for (line, (_, colour)) in lines.iter().zip(names) {
        // A third of the problems draws the same line.
        let places: Vec<String> = line
            .iter()
            .enumerate()
            .step_by(3)
            .map(|(at, regret)| format!("{:.1} {:.1}", x(at), y(*regret)))
            .collect();
        let _ = writeln!(
            svg,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            places.join("L")
        );
    }
}
