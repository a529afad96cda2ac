//! The chart of the ratios to hand-written code.

use std::fmt::Write;

use super::Line;

/// Draws one bar per scenario: how many times as fast as hand-written code the service is.
pub(super) fn draw(lines: &[Line]) -> String {
    let height = 22 * lines.len() + 40;
    let longest = lines.iter().map(Line::to_raw).fold(1.0, f64::max);
    let scale = 400.0 / longest;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"{height}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"10\" y=\"18\">Requests per second of the service, as a multiple of hand-written code</text>\n"
    );
    for (place, line) in lines.iter().enumerate() {
        let top = 22 * place + 30;
        let width = line.to_raw() * scale;
        let colour = if line.target().is_none_or(|target| line.to_raw() >= target) {
            "#2f6f4f"
        } else {
            "#b3541e"
        };
        let _ = writeln!(
            svg,
            "<text x=\"10\" y=\"{}\">{}, {}</text><rect x=\"330\" y=\"{top}\" width=\"{width:.0}\" height=\"16\" \
                 fill=\"{colour}\"/><text x=\"{:.0}\" y=\"{}\">{:.2}</text>",
            top + 13,
            line.database,
            line.scenario.name,
            336.0 + width,
            top + 13,
            line.to_raw(),
        );
    }
    let even = 330.0 + scale;
    let _ = writeln!(
        svg,
        "<line x1=\"{even:.0}\" x2=\"{even:.0}\" y1=\"26\" y2=\"{height}\" stroke=\"black\" \
             stroke-dasharray=\"3\"/>\n</svg>"
    );
    svg
}
