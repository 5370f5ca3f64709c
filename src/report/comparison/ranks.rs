//! Average ranks on a line, methods joined that chance may have parted (Demšar 2006, figure 1).

use std::fmt::Write;

use crate::evaluate::overall::Overall;

const WIDTH: f64 = 640.0;
/// Free on either side for the names.
const SIDE: f64 = 130.0;
const AXIS: f64 = 58.0;
/// Distance of one name below another, and of one bar below another.
const LINE: f64 = 20.0;
const BAR: f64 = 9.0;

/// The picture as SVG; empty where there are fewer than two methods with a rank, or units.
pub(super) fn picture(overall: &Overall) -> String {
    let mut ranked: Vec<(f64, &str)> = overall
        .methods
        .iter()
        .map(|method| (method.average_rank, method.method.as_str()))
        .filter(|(rank, _)| rank.is_finite())
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let count = ranked.len();
    let apart = overall.critical_difference;
    if count < 2 || overall.units < 2 || !apart.is_finite() {
        return String::new();
    }
    let bars = cliques(&ranked, apart);
    let names = AXIS + 14.0 + BAR * bars.len() as f64;
    let height = names + LINE * count.div_ceil(2) as f64 + 14.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#1c2430\" stroke-width=\"1.2\">"
    );
    axis(&mut svg, count, apart);
    for (index, &(rank, name)) in ranked.iter().enumerate() {
        let left = index < count.div_ceil(2);
        let line = if left { index } else { count - 1 - index };
        let y = names + LINE * (line as f64 + 0.5);
        label(&mut svg, (place(rank, count), y), (rank, name), left);
    }
    for (index, &(first, last)) in bars.iter().enumerate() {
        let y = AXIS + 10.0 + BAR * index as f64;
        let ends = [first, last].map(|at| place(ranked[at].0, count));
        let bar = Stroke {
            from: (ends[0] - 3.0, y),
            to: (ends[1] + 3.0, y),
            colour: "#e07b00",
            width: 4.0,
        };
        bar.draw(&mut svg);
    }
    svg.push_str("</svg>");
    svg
}

/// x of a rank between 1 and the number of methods.
fn place(rank: f64, count: usize) -> f64 {
    SIDE + (rank - 1.0) / (count as f64 - 1.0) * (WIDTH - 2.0 * SIDE)
}

/// A straight line.
struct Stroke<'a> {
    from: (f64, f64),
    to: (f64, f64),
    colour: &'a str,
    width: f64,
}

impl Stroke<'_> {
    fn draw(&self, svg: &mut String) {
        let ((x1, y1), (x2, y2)) = (self.from, self.to);
        let (colour, width) = (self.colour, self.width);
        write!(
            svg,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" \
             stroke-width=\"{width}\"/>"
        )
        .expect("text takes every character");
    }
}

fn thin(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let stroke = Stroke {
        from,
        to,
        colour: "#5b6675",
        width: 1.2,
    };
    stroke.draw(svg);
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    write!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
    )
    .expect("text takes every character");
}

/// The line of ranks with its numbers, and the critical difference above it: of one that is wider than the picture the
/// right end is an arrow.
fn axis(svg: &mut String, count: usize, apart: f64) {
    thin(
        svg,
        (place(1.0, count), AXIS),
        (place(count as f64, count), AXIS),
    );
    for rank in 1..=count {
        let x = place(rank as f64, count);
        thin(svg, (x, AXIS - 5.0), (x, AXIS));
        text(svg, (x, AXIS - 9.0), "middle", &rank.to_string());
    }
    let (from, end) = (place(1.0, count), place(1.0 + apart, count));
    let to = end.min(WIDTH - 4.0);
    thin(svg, (from, 14.0), (to, 14.0));
    thin(svg, (from, 10.0), (from, 18.0));
    let (back, words) = if to < end {
        (6.0, ", longer than drawn")
    } else {
        (0.0, "")
    };
    for y in [10.0, 18.0] {
        thin(svg, (to - back, y), (to, 14.0));
    }
    let words = format!("critical difference {apart:.2}{words}");
    text(svg, (from, 30.0), "start", &words);
}

/// A name with its rank at the side of the picture, joined to its place on the line.
fn label(svg: &mut String, (x, y): (f64, f64), (rank, name): (f64, &str), left: bool) {
    let (side, anchor) = if left {
        (SIDE - 10.0, "end")
    } else {
        (WIDTH - SIDE + 10.0, "start")
    };
    thin(svg, (x, AXIS), (x, y));
    thin(svg, (x, y), (side, y));
    let shift = if left { -4.0 } else { 4.0 };
    let words = if left {
        format!("{name} {rank:.2}")
    } else {
        format!("{rank:.2} {name}")
    };
    text(svg, (side + shift, y + 4.0), anchor, &words);
}

/// The longest runs of ranks in ascending order that are less than `apart` from end to end, of two at least.
fn cliques(ranked: &[(f64, &str)], apart: f64) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for first in 0..ranked.len() {
        let near = |&(rank, _): &&(f64, &str)| rank - ranked[first].0 < apart;
        let last = first + ranked[first..].iter().take_while(near).count() - 1;
        let longer = runs.last().is_none_or(|&(_, before)| last > before);
        if last > first && longer {
            runs.push((first, last));
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_as_long_as_they_can_be() {
        let ranked = [(1.0, "a"), (1.5, "b"), (2.4, "c"), (4.0, "d")];
        assert_eq!(cliques(&ranked, 1.0), [(0, 1), (1, 2)]);
        assert_eq!(cliques(&ranked, 1.5), [(0, 2)]);
        assert_eq!(cliques(&ranked, 0.1), []);
        assert_eq!(cliques(&ranked, 9.0), [(0, 3)]);
    }

    #[test]
    fn a_difference_wider_than_the_picture_says_so() {
        let drawn = |apart: f64| {
            let mut svg = String::new();
            axis(&mut svg, 3, apart);
            svg.contains("longer than drawn")
        };
        assert!(!drawn(1.5) && drawn(4.0));
    }
}
