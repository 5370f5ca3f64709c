//! Numbers read back from a picture: marks by their pixels, scales by the labels of the axes.

/// One mark in the units of the axes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) colour: String,
}

/// What a picture shows.
#[derive(Debug)]
pub(crate) struct Drawing {
    /// Discs, in the order they are drawn.
    pub(crate) points: Vec<Shown>,
    /// Corners of lines, in the order they are drawn.
    pub(crate) corners: Vec<Shown>,
    /// How much of the axes' units a pixel is, across and down.
    pub(crate) pixel: [f64; 2],
}

/// `value = at + slope · pixel`.
#[derive(Clone, Copy)]
struct Scale {
    at: f64,
    slope: f64,
}

impl Scale {
    /// From the outermost labels (pixel, value).
    fn of(labels: &[(f64, f64)]) -> Self {
        assert!(labels.len() > 1, "an axis has labels: {labels:?}");
        let (first, last) = (labels[0], labels[labels.len() - 1]);
        let slope = (last.1 - first.1) / (last.0 - first.0);
        let at = first.1 - slope * first.0;
        Self { at, slope }
    }

    fn value(self, pixel: f64) -> f64 {
        self.at + self.slope * pixel
    }
}

impl Drawing {
    /// Reads an SVG.
    pub(crate) fn read(svg: &str) -> Self {
        let elements: Vec<&str> = svg.split('<').collect();
        // a tick is drawn before its label, which is set below or beside it
        let labels = |anchor: &str, axis: &str| -> Vec<(f64, f64)> {
            let ticks = elements.windows(2).filter(|pair| {
                let [tick, label] = [pair[0], pair[1]];
                tick.starts_with("line ")
                    && label.starts_with("text ")
                    && attribute(label, "text-anchor") == anchor
            });
            ticks
                .filter_map(|pair| {
                    let value = pair[1].split_once('>')?.1.parse().ok()?;
                    Some((number(attribute(pair[0], axis)), value))
                })
                .collect()
        };
        let (x, y) = (
            Scale::of(&labels("middle", "x1")),
            Scale::of(&labels("end", "y1")),
        );
        let shown = |px: &str, py: &str, colour: &str| Shown {
            x: x.value(number(px)),
            y: y.value(number(py)),
            colour: colour.to_owned(),
        };
        let circles = elements.iter().filter(|e| e.starts_with("circle "));
        let circle = |e: &&str| shown(attribute(e, "cx"), attribute(e, "cy"), attribute(e, "fill"));
        let paths = elements.iter().filter(|e| e.starts_with("path "));
        let corners = paths.flat_map(|e| {
            let words: Vec<&str> = attribute(e, "d")
                .split_whitespace()
                .filter(|word| !["M", "L"].contains(word))
                .collect();
            let pairs = words.chunks(2);
            pairs
                .map(|pair| shown(pair[0], pair[1], attribute(e, "stroke")))
                .collect::<Vec<_>>()
        });
        Self {
            points: circles.map(circle).collect(),
            corners: corners.collect(),
            pixel: [x.slope.abs(), y.slope.abs()],
        }
    }
}

fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
    let start = format!(" {name}=\"");
    let (_, rest) = element
        .split_once(start.as_str())
        .unwrap_or_else(|| panic!("{name} in {element}"));
    rest.split('"').next().unwrap_or(rest)
}

fn number(text: &str) -> f64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is a number"))
}

#[test]
fn marks_are_read_in_the_units_of_the_axes() {
    let svg = r##"<svg><line x1="10" y1="80" x2="10" y2="85"/><text x="10" y="95" text-anchor="middle">-1</text>
<line x1="30" y1="80" x2="30" y2="85"/><text x="30" y="95" text-anchor="middle">0</text>
<text x="20" y="99" text-anchor="middle">7</text>
<line x1="5" y1="80" x2="9" y2="80"/><text x="4" y="84" text-anchor="end">0</text>
<line x1="5" y1="30" x2="9" y2="30"/><text x="4" y="34" text-anchor="end">5</text>
<circle cx="50" cy="70" r="2" fill="#aabbcc" />
<path d="M 10 80 L 30 30 " stroke="#112233" fill="none" /></svg>"##;
    let drawing = Drawing::read(svg);
    let shown = |x, y, colour: &str| Shown {
        x,
        y,
        colour: colour.to_owned(),
    };
    assert_eq!(drawing.points, [shown(1.0, 1.0, "#aabbcc")]);
    assert_eq!(
        drawing.corners,
        [shown(-1.0, 0.0, "#112233"), shown(0.0, 5.0, "#112233")]
    );
    assert_eq!(drawing.pixel, [0.05, 0.1]);
}
