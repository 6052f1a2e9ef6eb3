//! A plot with two logarithmic axes, as SVG text.

use std::fmt::Write;

/// One line of a plot.
pub(crate) struct Series {
    /// What it shows.
    pub(crate) name: &'static str,
    /// Places, both coordinates positive.
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const MARGIN: f64 = 60.0;
const COLOURS: [&str; 4] = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700"];

/// Draws the series with whole decades on both axes.
pub(crate) fn plot(title: &str, series: &[Series]) -> String {
    let all = || series.iter().flat_map(|s| s.points.iter().copied());
    let (left, right) = decades(all().map(|p| p.0));
    let (bottom, top) = decades(all().map(|p| p.1));
    let x = |value: f64| MARGIN + (value.log10() - left) / (right - left) * (WIDTH - 2.0 * MARGIN);
    let y =
        |value: f64| HEIGHT - MARGIN - (value.log10() - bottom) / (top - bottom) * (HEIGHT - 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{MARGIN}\" y=\"24\" font-size=\"14\">{title}</text>\n"
    );
    let mut line = |x1: f64, y1: f64, x2: f64, y2: f64| {
        let _ = writeln!(svg, "<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"#d0d7de\"/>");
    };
    let steps = |low: f64, high: f64| (0..=(high - low) as i32).map(move |i| 10f64.powf(low + f64::from(i)));
    steps(left, right).for_each(|v| line(x(v), MARGIN, x(v), HEIGHT - MARGIN));
    steps(bottom, top).for_each(|v| line(MARGIN, y(v), WIDTH - MARGIN, y(v)));
    for value in steps(left, right) {
        let (at, label) = (x(value), value.log10());
        let _ = writeln!(
            svg,
            "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">10^{label}</text>",
            HEIGHT - MARGIN + 18.0
        );
    }
    for value in steps(bottom, top) {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            MARGIN - 6.0,
            y(value) + 4.0
        );
    }
    for (i, one) in series.iter().enumerate() {
        let colour = COLOURS.iter().cycle().nth(i).unwrap_or(&"black");
        let places: Vec<String> =
            one.points.iter().map(|(a, b)| format!("{:.1} {:.1}", x(*a), y(*b))).collect();
        let _ = writeln!(
            svg,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            places.join("L")
        );
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>",
            WIDTH - MARGIN - 60.0,
            MARGIN + 16.0 * (i as f64 + 1.0),
            one.name
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// The decades around some values.
fn decades(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let low = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
    let high = values.fold(0.0, f64::max).log10().ceil();
    (low, high.max(low + 1.0))
}
