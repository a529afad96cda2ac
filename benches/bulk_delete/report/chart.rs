//! The chart of the ratios to the hand-written service.

use std::fmt::Write;

use super::Line;

/// Where the bars begin.
const LEFT: f64 = 330.0;

/// Draws one bar per scenario: how many times as fast as the hand-written service the service is. A mark shows how fast
/// raw code is.
pub(super) fn draw(lines: &[Line]) -> String {
    let bars: Vec<_> = lines
        .iter()
        .filter(|line| !line.scenario.is_lone())
        .filter_map(|line| Some((line, line.to_hand()?)))
        .collect();
    let height = 22 * bars.len() + 40;
    let longest = bars
        .iter()
        .flat_map(|(line, ratio)| [Some(*ratio), line.raw_to_hand()])
        .flatten()
        .fold(1.0, f64::max);
    let scale = 400.0 / longest;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"{height}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"10\" y=\"18\">Requests per second of the service, as a multiple of the hand-written service \
             (dashed); blue marks: raw code without HTTP</text>\n"
    );
    for (place, (line, ratio)) in bars.into_iter().enumerate() {
        let top = 22 * place + 30;
        let colour = match line.target() {
            Some(target) if ratio >= target => "#2f6f4f",
            Some(_) => "#b3541e",
            None => "#6b7280",
        };
        let end = LEFT + ratio * scale;
        let raw = line.raw_to_hand().map(|raw| LEFT + raw * scale);
        let _ = writeln!(
            svg,
            "<text x=\"10\" y=\"{text}\">{}, {}</text><rect x=\"{LEFT}\" y=\"{top}\" width=\"{:.0}\" height=\"16\" \
                 fill=\"{colour}\"/>{}<text x=\"{:.0}\" y=\"{text}\">{ratio:.2}</text>",
            line.database,
            line.scenario.name,
            ratio * scale,
            raw.map(|raw| format!(
                "<rect x=\"{:.0}\" y=\"{top}\" width=\"3\" height=\"16\" fill=\"#1d4ed8\"/>",
                raw - 1.0
            ))
            .unwrap_or_default(),
            raw.map_or(end, |raw| raw.max(end)) + 6.0,
            text = top + 13,
        );
    }
    let even = LEFT + scale;
    let _ = writeln!(
        svg,
        "<line x1=\"{even:.0}\" x2=\"{even:.0}\" y1=\"26\" y2=\"{height}\" stroke=\"black\" \
             stroke-dasharray=\"3\"/>\n</svg>"
    );
    svg
}
