//! A molecule whose atoms are coloured by their shares of a prediction, as SVG.

use std::fmt::Write;

use super::plot::diverging;
use super::short;
use crate::molecule::MolecularGraph;

/// Width of the legend, below which no picture is.
const LEGEND: f64 = 320.0;
/// Characters that are narrower than that at the size of the text.
const LONGEST: usize = 46;
/// Height of the lines of text above and below the molecule.
const HEAD: f64 = 28.0;
const FOOT: f64 = 66.0;
/// Steps of the legend's colours.
const STEPS: usize = 9;
/// What a disc behind an atom is drawn at; the legend has to look the same.
const OPACITY: f64 = 0.5;

/// The molecule with atom k coloured by the k-th share: blue lowers the prediction, red raises it, the largest in full
/// colour. `title` stands above, `unit` behind the legend's numbers. None where it cannot be drawn, or there is another
/// number of shares than atoms.
pub fn atom_shares(
    graph: &MolecularGraph,
    shares: &[f64],
    (title, unit): (&str, &str),
) -> Option<String> {
    let limit = shares.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let colours: Vec<String> = shares.iter().map(|&x| diverging(x, limit)).collect();
    let drawing = graph.drawing(&colours)?;
    let (width, height) = (drawing.width.max(LEGEND), drawing.height + HEAD + FOOT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <g font-family=\"sans-serif\" font-size=\"12\" fill=\"#1b1f24\" text-anchor=\"middle\">\n"
    );
    let middle = width / 2.0;
    text(&mut svg, [middle, 18.0], title);
    legend(&mut svg, [middle, HEAD + drawing.height], (limit, unit));
    let shift = (width - drawing.width) / 2.0;
    let molecule = drawing.svg;
    writeln!(
        svg,
        "</g>\n<g transform=\"translate({shift} {HEAD})\">\n{molecule}\n</g>\n</svg>"
    )
    .expect("text takes every character");
    Some(svg)
}

/// Colours from −limit to limit, with their numbers below.
fn legend(svg: &mut String, [middle, top]: [f64; 2], (limit, unit): (f64, &str)) {
    let side = 18.0;
    let left = middle - 0.5 * side * STEPS as f64;
    for step in 0..STEPS {
        let share = 2.0 * step as f64 / (STEPS - 1) as f64 - 1.0;
        let (x, y, colour) = (left + side * step as f64, top + 8.0, diverging(share, 1.0));
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"12\" fill=\"{colour}\" opacity=\"{OPACITY}\"/>"
        )
        .expect("text takes every character");
    }
    let reach = 0.5 * side * STEPS as f64 + 30.0;
    text(svg, [middle - reach, top + 18.0], &short(-limit));
    text(svg, [middle + reach, top + 18.0], &short(limit));
    text(
        svg,
        [middle, top + 38.0],
        "shares of what the network adds,",
    );
    text(svg, [middle, top + 54.0], unit);
}

/// A line of text around x, as wide as it comes or, where it is long, as the picture's least width.
fn text(svg: &mut String, [x, y]: [f64; 2], content: &str) {
    let fit = match content.chars().count() > LONGEST {
        true => format!(" textLength=\"{LEGEND}\" lengthAdjust=\"spacingAndGlyphs\""),
        false => String::new(),
    };
    let content = escaped(content);
    writeln!(svg, "<text x=\"{x}\" y=\"{y}\"{fit}>{content}</text>")
        .expect("text takes every character");
}

/// Text as XML takes it.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            // XML has no other control characters, nor these two
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
