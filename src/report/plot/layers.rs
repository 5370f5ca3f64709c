//! Pictures made of layers, each with the table of the numbers it shows.

use kuva::prelude::{
    Layout, LegendEntry, LegendPosition, LegendShape, LinePlot, Plot, ScatterPlot,
};

use super::plain;
use super::sheet::{sized, svg};
use crate::evaluate::outcome::{number, table_csv};

/// How the marks of a layer are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Style {
    /// A disc at each mark.
    Points {
        /// Radius in pixels.
        size: f64,
        /// 1 is solid.
        opacity: f64,
    },
    /// A line through the marks in order.
    Curve {
        /// Width in pixels.
        width: f64,
        /// Dashed instead of solid.
        dashed: bool,
    },
}

/// One mark: a point, or a corner of a curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// Horizontal position.
    pub x: f64,
    /// Vertical position.
    pub y: f64,
    /// Colour of the mark; the layer's if none.
    pub colour: Option<String>,
    /// The number that the colour stands for.
    pub value: Option<f64>,
    /// Label of the mark: a molecule.
    pub label: String,
}

impl Mark {
    /// A mark without a colour or label of its own.
    pub fn at([x, y]: [f64; 2]) -> Self {
        Self {
            x,
            y,
            ..Self::default()
        }
    }
}

/// Marks that are drawn alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Name in the table.
    pub name: String,
    /// How the marks are drawn.
    pub style: Style,
    /// Colour of marks without one.
    pub colour: &'static str,
    /// The marks; one that is not finite is left out.
    pub marks: Vec<Mark>,
}

/// A picture; layers are drawn in order, the last in front.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// Name of the horizontal axis.
    pub x_label: String,
    /// Name of the vertical axis.
    pub y_label: String,
    /// One unit is as long on both axes.
    pub equal: bool,
    /// What is drawn.
    pub layers: Vec<Layer>,
    /// Title of the legend.
    pub legend_title: String,
    /// Entries (name, colour) of the legend; none draws none.
    pub legend: Vec<(String, String)>,
}

impl Figure {
    /// The picture; an empty text if there is nothing to draw.
    pub fn svg(&self) -> String {
        let plots: Vec<Plot> = self.layers.iter().filter_map(Layer::plot).collect();
        if plots.is_empty() {
            return String::new();
        }
        let mut layout = sized(Layout::auto_from_plots(&plots))
            .with_x_label(plain(&self.x_label))
            .with_y_label(plain(&self.y_label));
        if self.equal {
            layout = layout.with_equal_aspect();
        }
        if !self.legend.is_empty() {
            let entry = |(label, colour): &(String, String)| LegendEntry {
                label: plain(label),
                color: colour.clone(),
                shape: LegendShape::Rect,
                dasharray: None,
            };
            layout = layout
                .with_legend_entries(self.legend.iter().map(entry).collect())
                .with_legend_title(plain(&self.legend_title))
                .with_legend_box(false)
                .with_legend_position(LegendPosition::OutsideRightTop);
        }
        svg(plots, layout)
    }

    /// The numbers drawn, a row per mark: `layer,kind,mark,x,y,colour,value,label`.
    pub fn csv(&self) -> Vec<u8> {
        let header = [
            "layer", "kind", "mark", "x", "y", "colour", "value", "label",
        ];
        let rows = self.layers.iter().flat_map(|layer| {
            let kind = match layer.style {
                Style::Points { .. } => "point",
                Style::Curve { .. } => "curve",
            };
            layer.drawn().enumerate().map(move |(index, mark)| {
                [
                    layer.name.clone(),
                    kind.to_owned(),
                    index.to_string(),
                    number(mark.x),
                    number(mark.y),
                    layer.colour_of(mark).to_owned(),
                    number(mark.value.unwrap_or(f64::NAN)),
                    mark.label.clone(),
                ]
            })
        });
        table_csv(header.map(str::to_owned), rows)
    }
}

impl Layer {
    fn drawn(&self) -> impl Iterator<Item = &Mark> {
        let marks = self.marks.iter();
        marks.filter(|mark| mark.x.is_finite() && mark.y.is_finite())
    }

    fn colour_of<'a>(&'a self, mark: &'a Mark) -> &'a str {
        mark.colour.as_deref().unwrap_or(self.colour)
    }

    fn plot(&self) -> Option<Plot> {
        let points: Vec<(f64, f64)> = self.drawn().map(|mark| (mark.x, mark.y)).collect();
        if points.is_empty() {
            return None;
        }
        Some(match self.style {
            Style::Points { size, opacity } => ScatterPlot::new()
                .with_data(points)
                .with_colors(self.drawn().map(|mark| self.colour_of(mark)))
                .with_size(size)
                .with_marker_opacity(opacity)
                .into(),
            Style::Curve { width, dashed } => {
                let line = LinePlot::new()
                    .with_data(points)
                    .with_color(self.colour)
                    .with_stroke_width(width);
                if dashed { line.with_dashed() } else { line }.into()
            }
        })
    }
}

/// Negative, zero and positive end of [`diverging`].
const ENDS: [[u8; 3]; 3] = [[0x21, 0x66, 0xac], [0xd0, 0xd0, 0xd0], [0xb2, 0x18, 0x2b]];

/// The colour of a number between −`limit` (blue) and `limit` (red), grey at zero and for NaN;
/// beyond the limits it stays.
pub fn diverging(value: f64, limit: f64) -> String {
    let t = if limit > 0.0 { value / limit } else { 0.0 };
    // NaN is grey
    let t = if t.is_nan() { 0.0 } else { t.clamp(-1.0, 1.0) };
    let end = if t < 0.0 { ENDS[0] } else { ENDS[2] };
    let mix = |k: usize| {
        let (from, to) = (f64::from(ENDS[1][k]), f64::from(end[k]));
        (from + t.abs() * (to - from)).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}
