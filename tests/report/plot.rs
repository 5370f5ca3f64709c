//! Plots: what is drawn, and what is left out.

use geogate::evaluate::uncertainty::LabelledInterval;
use geogate::method::MethodName;
use geogate::report::plot::{
    Figure, IntervalEstimate, Layer, Mark, Series, Style, diverging, dots, held, histogram,
    history, intervals, parity,
};
use geogate::train::ErrorBar;

fn series(points: Vec<(f64, f64)>) -> Series {
    Series::new("a & <b> $x$", points)
}

#[test]
fn names_are_escaped_and_no_formulas() {
    let text = parity(&[series(vec![(1.0, 2.0), (3.0, 4.0)])], "<script>");
    assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
    assert!(!text.contains("<script>") && !text.contains("<b>"));
    assert!(text.contains("$x$"), "{text}");
}

#[test]
fn nothing_to_draw_is_an_empty_text() {
    assert_eq!(parity(&[], "y"), "");
    assert_eq!(parity(&[series(vec![(f64::NAN, 1.0)])], "y"), "");
    assert_eq!(histogram(&[], "y"), "");
    assert_eq!(
        history(&[series(vec![(1.0, -1.0)])], "loss", true, None),
        ""
    );
    assert_eq!(dots(&[(MethodName::Stl, vec![])], "y", None), "");
    let open = IntervalEstimate {
        name: "a".to_owned(),
        method: MethodName::Stl,
        value: 1.0,
        low: f64::NAN,
        high: 2.0,
    };
    assert_eq!(intervals(&[open], "ratio", 1.0), "");
}

#[test]
fn extreme_values_are_drawn() {
    for points in [
        vec![(5.0, 5.0)],
        vec![(0.0, 0.0); 3],
        vec![(-1e300, 1e300), (1.0, 2.0)],
    ] {
        assert!(parity(&[series(points.clone())], "y").contains("<svg"));
        let ys: Vec<f64> = points.iter().map(|point| point.1).collect();
        assert!(histogram(&ys, "y").contains("<svg"));
        assert!(history(&[series(points)], "y", false, Some(1.0)).contains("<svg"));
        assert!(dots(&[(MethodName::Stl, ys)], "y", Some(1.0)).contains("<svg"));
    }
}

fn in_band([lower, upper]: [f64; 2]) -> LabelledInterval {
    let bar = ErrorBar {
        sd: 1.0,
        lower,
        upper,
        trust: 0.5,
    };
    LabelledInterval {
        truth: 1.0,
        mean: 2.0,
        bar,
    }
}

#[test]
fn open_intervals_are_not_drawn() {
    let rows = [
        in_band([1.0, 3.0]),
        in_band([f64::NEG_INFINITY, f64::INFINITY]),
        in_band([0.0, 9.0]),
    ];
    let text = held(&rows, "<b>");
    // two rows, and the legend
    assert!(text.matches("<circle").count() <= 3, "{text}");
    assert!(text.contains("truth") && !text.contains("<b>"));
    assert_eq!(held(&rows[1..2], "y"), "");
}

#[test]
fn colours_diverge_from_grey() {
    assert_eq!(diverging(0.0, 2.0), "#d0d0d0");
    assert_eq!(diverging(2.0, 2.0), "#b2182b");
    assert_eq!(diverging(-9.0, 2.0), "#2166ac");
    assert_eq!(diverging(f64::NAN, 2.0), "#d0d0d0");
    assert_eq!(diverging(1.0, 0.0), "#d0d0d0");
    assert_eq!(diverging(1.0, 2.0), "#c1747e");
}

#[test]
fn what_is_not_finite_is_in_neither_picture_nor_table() {
    let layer = Layer {
        name: "a".to_owned(),
        style: Style::Points {
            size: 3.0,
            opacity: 1.0,
        },
        colour: "#102030",
        marks: vec![Mark::at([1.0, 2.0]), Mark::at([f64::NAN, 2.0])],
    };
    let figure = Figure {
        layers: vec![layer],
        ..Figure::default()
    };
    assert_eq!(figure.svg().matches("<circle").count(), 1);
    let text = String::from_utf8(figure.csv()).unwrap();
    assert_eq!(
        text,
        "layer,kind,mark,x,y,colour,value,label\na,point,0,1,2,#102030,,\n"
    );
    assert_eq!(Figure::default().svg(), "");
}
