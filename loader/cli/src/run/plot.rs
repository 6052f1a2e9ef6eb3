//! A line of residuals over iterations as SVG: logarithmic upwards, the same bytes for the same numbers.

use std::fmt::Write;

use rvf_loader::abi::Iteration;
use rvf_terminal::escape;

/// Width and height of the picture, and the room for labels: left, right, top, bottom.
const SIZE: (f64, f64) = (720.0, 440.0);
const ROOM: (f64, f64, f64, f64) = (76.0, 24.0, 44.0, 56.0);

/// Points drawn; of more, each stands for the last of its share.
const MOST_POINTS: usize = 2000;

/// Labels along an axis.
const MOST_LABELS: usize = 8;

/// Decades below the largest residual that are drawn: an f64 keeps sixteen digits.
const MOST_DECADES: i32 = 20;

/// What is said about a line.
pub(super) struct Plot<'p> {
    /// Above the picture, not escaped.
    pub(super) title: &'p str,
    /// A dashed line is drawn here.
    pub(super) tolerance: Option<f64>,
}

/// Where numbers lie in the picture.
struct Scale {
    iterations: (f64, f64),
    decades: (i32, i32),
}

impl Scale {
    fn of(points: &[Iteration], tolerance: Option<f64>) -> Self {
        let numbers = points.iter().map(|point| f64::from(point.number));
        let first = numbers.clone().fold(f64::INFINITY, f64::min);
        let last = numbers.fold(f64::NEG_INFINITY, f64::max);
        let iterations = if first < last { (first, last) } else { (first - 0.5, first + 0.5) };
        let positive = points.iter().map(|point| point.residual).chain(tolerance).filter(|x| *x > 0.0);
        let logs = positive.map(f64::log10);
        let (low, high) =
            logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let decades = if low <= high { (whole(low.floor()), whole(high.ceil())) } else { (-1, 0) };
        let (low, high) = decades;
        Self { iterations, decades: (low.max(high - MOST_DECADES).min(high - 1), high) }
    }

    fn x(&self, number: f64) -> f64 {
        let (first, last) = self.iterations;
        ROOM.0 + (number - first) / (last - first) * (SIZE.0 - ROOM.0 - ROOM.1)
    }

    /// A residual of zero lies on the lower edge.
    fn y(&self, log: f64) -> f64 {
        let (low, high) = (f64::from(self.decades.0), f64::from(self.decades.1));
        let share = (high - log.clamp(low, high)) / (high - low);
        ROOM.2 + share * (SIZE.1 - ROOM.2 - ROOM.3)
    }
}

/// The logarithm of a finite f64 is between -324 and 309.
#[expect(clippy::cast_possible_truncation, reason = "a whole number of three digits")]
fn whole(x: f64) -> i32 {
    x as i32
}

/// The picture, with a dark and a light form by the reader's preference.
pub(super) fn svg(points: &[Iteration], plot: &Plot<'_>) -> String {
    let drawn = thin(points);
    let scale = Scale::of(&drawn, plot.tolerance);
    let (left, right) = (ROOM.0, SIZE.0 - ROOM.1);
    let (top, bottom) = (ROOM.2, SIZE.1 - ROOM.3);
    let mut out = Lines(String::new());
    let (width, height) = SIZE;
    out.line(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">"#
    ));
    out.line(format_args!(
        "<style>text{{font:12px sans-serif;fill:#333}}.title{{font-size:14px}}.grid{{stroke:#ddd}}\
         .axis{{stroke:#333;fill:none}}.line{{stroke:#0b62a4;stroke-width:1.5;fill:none}}\
         .goal{{stroke:#b3401a;stroke-dasharray:6 4}}.back{{fill:#fff}}\
         @media(prefers-color-scheme:dark){{text{{fill:#ddd}}.grid{{stroke:#444}}.axis{{stroke:#ddd}}\
         .line{{stroke:#6cb6ff}}.goal{{stroke:#ff9b6a}}.back{{fill:#1b1b1b}}}}</style>"
    ));
    out.line(format_args!(r#"<rect class="back" width="{width}" height="{height}"/>"#));
    out.line(format_args!(r#"<text class="title" x="{left}" y="26">{}</text>"#, markup(plot.title)));
    for decade in steps(scale.decades) {
        let y = scale.y(f64::from(decade));
        out.line(format_args!(r#"<line class="grid" x1="{left}" y1="{y:.2}" x2="{right}" y2="{y:.2}"/>"#));
        out.line(format_args!(
            r#"<text x="{:.2}" y="{:.2}" text-anchor="end">1e{decade}</text>"#,
            left - 8.0,
            y + 4.0
        ));
    }
    for number in numbers(&drawn) {
        let x = scale.x(f64::from(number));
        out.line(format_args!(
            r#"<line class="axis" x1="{x:.2}" y1="{bottom}" x2="{x:.2}" y2="{:.2}"/>"#,
            bottom + 5.0
        ));
        out.line(format_args!(
            r#"<text x="{x:.2}" y="{:.2}" text-anchor="middle">{number}</text>"#,
            bottom + 20.0
        ));
    }
    out.line(format_args!(r#"<path class="axis" d="M{left} {top}V{bottom}H{right}"/>"#));
    out.line(format_args!(
        r#"<text x="{:.2}" y="{:.2}" text-anchor="middle">iteration</text>"#,
        f64::midpoint(left, right),
        bottom + 42.0
    ));
    out.line(format_args!(
        r#"<text transform="translate(18 {:.2}) rotate(-90)" text-anchor="middle">residual</text>"#,
        f64::midpoint(top, bottom)
    ));
    if let Some(tolerance) = plot.tolerance.filter(|tolerance| *tolerance > 0.0) {
        let y = scale.y(tolerance.log10());
        out.line(format_args!(r#"<line class="goal" x1="{left}" y1="{y:.2}" x2="{right}" y2="{y:.2}"/>"#));
        out.line(format_args!(
            r#"<text x="{right}" y="{:.2}" text-anchor="end">tolerance {tolerance:e}</text>"#,
            y - 5.0
        ));
    }
    let corners: Vec<String> = drawn
        .iter()
        .map(|point| {
            format!("{:.2},{:.2}", scale.x(f64::from(point.number)), scale.y(point.residual.max(0.0).log10()))
        })
        .collect();
    out.line(format_args!(r#"<polyline class="line" points="{}"/>"#, corners.join(" ")));
    out.line(format_args!("</svg>"));
    out.0
}

struct Lines(String);

impl Lines {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{text}");
    }
}

/// At most [`MOST_POINTS`] of the points, the last one among them.
fn thin(points: &[Iteration]) -> Vec<Iteration> {
    let share = points.len().div_ceil(MOST_POINTS).max(1);
    points.chunks(share).filter_map(|part| part.last().copied()).collect()
}

/// Decades that get a label.
fn steps((low, high): (i32, i32)) -> impl Iterator<Item = i32> {
    let count = usize::try_from(high - low).unwrap_or(1);
    (low..=high).rev().step_by(count.div_ceil(MOST_LABELS).max(1))
}

/// Iterations that get a label: round numbers, about eight.
fn numbers(points: &[Iteration]) -> Vec<u32> {
    let all = points.iter().map(|point| point.number);
    let (Some(first), Some(last)) = (all.clone().min(), all.max()) else { return Vec::new() };
    let rough = (last - first).div_ceil(8).max(1);
    let power = 10_u32.saturating_pow(rough.ilog10());
    let step = [1, 2, 5, 10].map(|times| power.saturating_mul(times)).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(rough);
    let from = first.div_ceil(step).saturating_mul(step);
    (from..=last).step_by(usize::try_from(step).unwrap_or(1)).collect()
}

/// Text as XML.
fn markup(text: &str) -> String {
    escape(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn halves(count: u32) -> Vec<Iteration> {
        (1..=count).map(|number| Iteration { number, residual: 0.5_f64.powi(number as i32) }).collect()
    }

    #[test]
    fn the_line_falls_by_equal_steps_on_a_logarithmic_scale() {
        let text = svg(&halves(3), &Plot { title: "a <b> & c", tolerance: Some(1e-2) });
        assert_eq!(text, svg(&halves(3), &Plot { title: "a <b> & c", tolerance: Some(1e-2) }));
        assert!(text.contains("a &lt;b&gt; &amp; c") && text.contains("tolerance 1e-2"), "{text}");
        let line = text.lines().find(|line| line.contains("polyline")).unwrap();
        let corners: Vec<(f64, f64)> = line
            .split('"')
            .nth(3)
            .unwrap()
            .split(' ')
            .map(|pair| pair.split_once(',').unwrap())
            .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
            .collect();
        let [a, b, c] = corners.try_into().unwrap();
        assert!((b.1 - a.1 - (c.1 - b.1)).abs() < 0.02 && b.1 > a.1 && a.0 < b.0, "{line}");
        assert!((a.0 - 76.0).abs() < 0.01 && (c.0 - 696.0).abs() < 0.01, "{line}");
    }

    #[test]
    fn odd_numbers_are_drawn_inside_the_picture() {
        let point = |number, residual| Iteration { number, residual };
        let many = halves(1000);
        let odd: [&[Iteration]; 6] = [
            &[],
            &[point(0, 0.0)],
            &[point(7, 1e-300), point(7, 1e308)],
            &[point(u32::MAX, 5e-324), point(0, -1.0)],
            &[point(3, 1.0), point(4, 1.0)],
            &many,
        ];
        for points in odd {
            let text = svg(points, &Plot { title: "", tolerance: None });
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            let labels = text.matches("text-anchor=\"middle\"").count();
            assert!(labels <= 2 + 2 * MOST_LABELS, "{labels} labels");
        }
    }

    #[test]
    fn long_traces_are_thinned_and_keep_their_end() {
        let points = halves(5001);
        let thin = thin(&points);
        assert!(thin.len() <= MOST_POINTS && thin.last() == points.last());
    }
}
