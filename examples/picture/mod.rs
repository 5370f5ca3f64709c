//! A picture of curves as SVG, in the few lines an example can afford.

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs, io};

/// Side of the drawing area and margin around it, in pixels.
const SIDE: f64 = 480.0;
const MARGIN: f64 = 60.0;
const COLOURS: [&str; 6] = [
    "#1b6ca8", "#d1495b", "#3a7d44", "#edae49", "#6a4c93", "#30343f",
];

/// Curves in one frame.
pub(crate) struct Picture {
    title: String,
    logarithmic: bool,
    curves: Vec<(String, Vec<[f64; 2]>)>,
}

impl Picture {
    /// An empty picture; the title names the axes.
    pub(crate) fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            logarithmic: false,
            curves: Vec::new(),
        }
    }

    /// Logarithmic axes: the curves are of positive numbers.
    #[allow(dead_code, reason = "not every example draws errors")]
    pub(crate) fn logarithmic(mut self) -> Self {
        self.logarithmic = true;
        self
    }

    /// Adds a curve; an empty label leaves it out of the legend.
    pub(crate) fn curve(&mut self, label: &str, points: impl IntoIterator<Item = [f64; 2]>) {
        let scale = |p: f64| if self.logarithmic { p.log10() } else { p };
        let points = points
            .into_iter()
            .map(|p| p.map(scale))
            .filter(|p| p.iter().all(|c| c.is_finite()));
        self.curves.push((label.into(), points.collect()));
    }

    /// Writes `NAME.svg` into the folder given as the program's argument (the current one if none), and says where.
    pub(crate) fn save(&self, name: &str) -> io::Result<PathBuf> {
        let all = || self.curves.iter().flat_map(|(_, points)| points);
        let ends = |c: usize| {
            let (low, high) =
                all().fold((f64::MAX, f64::MIN), |(l, h), p| (l.min(p[c]), h.max(p[c])));
            if high > low {
                (low, high)
            } else {
                (low - 1.0, low + 1.0)
            }
        };
        let (x, y) = (ends(0), ends(1));
        let across = |p: f64| MARGIN + SIDE * (p - x.0) / (x.1 - x.0);
        let down = |p: f64| MARGIN + SIDE * (y.1 - p) / (y.1 - y.0);
        let page = SIDE + 2.0 * MARGIN;
        let mut svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {page} {page}' font-family='sans-serif' font-size='13'>\n<rect width='{page}' height='{page}' fill='white'/>\n<rect x='{MARGIN}' y='{MARGIN}' width='{SIDE}' height='{SIDE}' fill='none' stroke='#999'/>\n"
        );
        let mut text = |x: f64, y: f64, words: &str| {
            writeln!(svg, "<text x='{x:.1}' y='{y:.1}'>{words}</text>")
        };
        let number = |p: f64| {
            if self.logarithmic {
                format!("{:.1e}", 10f64.powf(p))
            } else {
                format!("{p:.3}")
            }
        };
        text(MARGIN, 0.6 * MARGIN, &self.title).map_err(io::Error::other)?;
        for (place, value) in [(across(x.0), x.0), (across(x.1) - 40.0, x.1)] {
            text(place, page - 0.6 * MARGIN, &number(value)).map_err(io::Error::other)?;
        }
        for (place, value) in [(down(y.0), y.0), (down(y.1) + 10.0, y.1)] {
            text(4.0, place, &number(value)).map_err(io::Error::other)?;
        }
        for (index, (label, points)) in self.curves.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let path: Vec<String> = points
                .iter()
                .map(|p| format!("{:.2},{:.2}", across(p[0]), down(p[1])))
                .collect();
            writeln!(
                svg,
                "<polyline points='{}' fill='none' stroke='{colour}' stroke-width='1.5'/>",
                path.join(" ")
            )
            .map_err(io::Error::other)?;
            let at = MARGIN + 18.0 * (index + 1) as f64;
            writeln!(
                svg,
                "<text x='{:.1}' y='{at:.1}' fill='{colour}'>{label}</text>",
                MARGIN + 10.0
            )
            .map_err(io::Error::other)?;
        }
        let path = PathBuf::from(env::args().nth(1).unwrap_or_else(|| ".".into()))
            .join(format!("{name}.svg"));
        fs::write(&path, svg + "</svg>\n")?;
        Ok(path)
    }
}
