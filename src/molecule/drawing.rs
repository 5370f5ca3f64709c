//! A molecule drawn in the plane.

use std::collections::HashMap;

use chematic_core::AtomIdx;
use chematic_depict::RenderOptions;

use super::graph::MolecularGraph;

/// Space around a drawing, for labels and discs at its edge.
const MARGIN: f64 = 24.0;

/// A drawing: rings as regular polygons, aromatic bonds dashed, heteroatoms with their hydrogens.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// An `<svg>` element.
    pub svg: String,
    /// Width of the element, in pixels.
    pub width: f64,
    /// Height of the element, in pixels.
    pub height: f64,
}

impl MolecularGraph {
    /// The molecule drawn, atom k on a disc of the k-th of these colours, at half their strength; none where it cannot be.
    ///
    /// ```
    /// use geogate::molecule::MolecularGraph;
    /// let ethanol = MolecularGraph::parse("CCO")?;
    /// let colours = ["#2166ac", "#d0d0d0", "#b2182b"].map(str::to_owned);
    /// let drawing = ethanol.drawing(&colours).unwrap();
    /// assert_eq!(drawing.svg.matches("<circle").count(), 3);
    /// assert_eq!(ethanol.drawing(&colours[..2]), None);
    /// # Ok::<(), geogate::molecule::SmilesError>(())
    /// ```
    pub fn drawing(&self, colours: &[String]) -> Option<Drawing> {
        let parsed = chematic_smiles::parse_template(self.smiles()).ok()?;
        if parsed.atom_count() != self.atom_count() || colours.len() != self.atom_count() {
            return None;
        }
        let layout = chematic_depict::compute_layout(&parsed);
        let (left, top, right, bottom) = layout.bounding_box();
        let [width, height] = [right - left, bottom - top]
            .map(|length| (length.max(chematic_depict::layout::BOND_LEN) + 2.0 * MARGIN).round());
        let discs = colours.iter().enumerate();
        let options = RenderOptions {
            padding: MARGIN,
            atom_color_map: discs
                .map(|(atom, colour)| (AtomIdx(atom as u32), colour.clone()))
                .collect::<HashMap<_, _>>(),
            ..RenderOptions::default()
        };
        Some(Drawing {
            svg: chematic_depict::render_svg_opts(&parsed, &layout, &options),
            width,
            height,
        })
    }
}
