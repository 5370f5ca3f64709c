//! Molecules whose atoms are coloured by their shares.

use geogate::molecule::MolecularGraph;
use geogate::report::molecule::atom_shares;
use geogate::report::plot::diverging;

#[test]
fn every_atom_has_the_colour_of_its_share() {
    let graph = MolecularGraph::parse("Oc1ccccc1.[Na+]").unwrap();
    let mut shares = vec![0.0; graph.atom_count()];
    (shares[0], shares[1]) = (-2.0, 1.0);
    let svg = atom_shares(&graph, &shares, ("a < b & c", "K")).unwrap();
    assert_eq!(svg.matches("<circle").count(), graph.atom_count());
    let discs: Vec<&str> = svg.split("<circle").skip(1).collect();
    for (disc, share) in discs.iter().zip(&shares) {
        assert!(disc.contains(&diverging(*share, 2.0)), "{disc}");
    }
    assert!(svg.contains("a &lt; b &amp; c"), "{svg}");
    assert!(!svg.contains("textLength"), "{svg}");
    let long = "n".repeat(47);
    let fitted = atom_shares(&graph, &shares, (&long, "K")).unwrap();
    assert_eq!(fitted.matches("textLength").count(), 1);
    assert!(svg.contains(">2.000<") && svg.contains(">-2.000<"), "{svg}");
    // one picture in another, both closed
    assert_eq!(
        (svg.matches("<svg").count(), svg.matches("</svg>").count()),
        (2, 2)
    );
    assert_eq!(atom_shares(&graph, &shares[1..], ("", "")), None);
}

#[test]
fn a_single_atom_without_share_is_grey() {
    let methane = MolecularGraph::parse("C").unwrap();
    let svg = atom_shares(&methane, &[0.0], ("CH4", "K")).unwrap();
    assert!(svg.contains(&diverging(0.0, 1.0)), "{svg}");
}
