//! What all pictures are drawn on: size, grid, ticks, and the SVG text of them.

use std::sync::Arc;

use kuva::prelude::{Layout, Plot, TickFormat};
use kuva::render::layout::AxisLabelOverlap;

/// Width of a picture, unless it says otherwise.
pub(super) const WIDTH: f64 = 520.0;
/// Height of a picture, unless it says otherwise.
pub(super) const HEIGHT: f64 = 400.0;
/// Characters of an axis label in a line: about as many as fit along a vertical axis.
const LABEL: usize = 44;
/// Mean width of a character of a tick's label, and the space to the next.
const CHARACTER: f64 = 6.8;

/// A layout of the usual size, with a grid, ticks that can be told apart and labels that are not cut.
pub(super) fn sized(layout: Layout) -> Layout {
    layout
        .with_width(WIDTH)
        .with_height(HEIGHT)
        .with_show_grid(true)
        .with_tick_format(TickFormat::Custom(Arc::new(tick)))
        .with_x_label_overlap(AxisLabelOverlap::Thin)
        .with_x_label_wrap(LABEL + LABEL / 4)
        .with_y_label_wrap(LABEL)
}

/// About how wide a name beside or below an axis is.
pub(super) fn text_width(name: &str) -> f64 {
    CHARACTER * (name.chars().count() as f64 + 1.0)
}

/// The picture as text; it scales to the width it is given, nothing of it is cut.
pub(super) fn svg(plots: Vec<Plot>, layout: Layout) -> String {
    let text = kuva::render_to_svg(plots, layout);
    // inline in HTML there is no XML declaration
    let Some(start) = text.find("<svg") else {
        return String::new();
    };
    let text = &text[start..];
    let [width, height] = ["width", "height"].map(|name| attribute(text, name));
    text.replacen("<svg", &format!("<svg viewBox=\"0 0 {width} {height}\""), 1)
}

/// The value of the first attribute of this name, which the picture's own element has.
fn attribute<'a>(text: &'a str, name: &str) -> &'a str {
    let value = text.split_once(&format!(" {name}=\"")).map(|found| found.1);
    value
        .and_then(|value| value.split('"').next())
        .unwrap_or_default()
}

/// The label of a tick: as many of six significant digits as it takes, so that the scale can be read
/// off where the ends of an axis are close (the library's own labels have three decimals).
fn tick(value: f64) -> String {
    const PLAIN: std::ops::Range<f64> = 1e-4..1e6;
    let rounded = format!("{value:.5e}").parse().unwrap_or(value);
    if rounded == 0.0 {
        "0".to_owned()
    } else if PLAIN.contains(&f64::abs(rounded)) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_have_the_digits_they_need() {
        for (value, want) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (0.587_985, "0.587985"),
            (-2.5e-5, "-2.5e-5"),
            (1.5e7, "1.5e7"),
            (125.0, "125"),
        ] {
            assert_eq!(tick(value), want);
        }
    }
}
