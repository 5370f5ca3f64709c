//! What the numbers of each family of descriptors are called, in the order of their columns.
//!
//! A name that RDKit's `Descriptors` has is RDKit's number; the other names are explained at their family.

/// Masses in u: average, average without hydrogens, monoisotopic.
pub(super) const MASS: &str = "MolWt HeavyAtomMolWt ExactMolWt";
/// Counts of atoms, electrons and elements (`NumCarbons` to `NumBorons`), the sum of charges; the share of
/// carbon atoms with four neighbours, 0 without carbon.
pub(super) const COMPOSITION: &str = "\
HeavyAtomCount NumHydrogens NumHeteroatoms NHOHCount NOCount NumValenceElectrons FormalCharge \
FractionCSP3 NumCarbons NumNitrogens NumOxygens NumFluorines NumSulfurs NumChlorines NumBromines \
NumIodines NumPhosphorus NumSilicons NumBorons";
/// Donors and acceptors of hydrogen bonds, amide bonds, and esters: carbonyl to oxygen to carbon.
pub(super) const GROUPS: &str = "NumHDonors NumHAcceptors NumAmideBonds NumEsterBonds";
/// Rings, those of them that are aromatic, systems of rings that share an atom, spiro and bridgehead atoms.
pub(super) const RINGS: &str = "\
RingCount NumAromaticRings NumRingSystems NumSpiroAtoms NumBridgeheadAtoms";
/// log₁₀ of the octanol-water partition coefficient, and molar refractivity in cm³/mol (Wildman and
/// Crippen 1999).
pub(super) const CRIPPEN: &str = "MolLogP MolMR";
/// Areas in Å²: topological polar surface (Ertl 2000), surface of Labute (2000); `VABC`, the van der Waals
/// volume in Å³ of Bondi's radii with the overlaps of bonded atoms taken off.
pub(super) const SURFACE: &str = "TPSA LabuteASA VABC";
/// Surface in Å² of the atoms in bins of their contribution to log P and refractivity.
pub(super) const CRIPPEN_SURFACE: &str = "\
SlogP_VSA1 SlogP_VSA2 SlogP_VSA3 SlogP_VSA4 SlogP_VSA5 SlogP_VSA6 SlogP_VSA7 SlogP_VSA8 \
SlogP_VSA9 SlogP_VSA10 SlogP_VSA11 SlogP_VSA12 SMR_VSA1 SMR_VSA2 SMR_VSA3 SMR_VSA4 SMR_VSA5 \
SMR_VSA6 SMR_VSA7 SMR_VSA8 SMR_VSA9 SMR_VSA10";
/// Extremes of the Gasteiger charges in e, and surface in Å² of the atoms in bins of charge; all NaN for a
/// molecule bonded through an element that has no parameters, a metal or selenium.
pub(super) const CHARGE: &str = "\
MaxPartialCharge MinPartialCharge MaxAbsPartialCharge MinAbsPartialCharge PEOE_VSA1 PEOE_VSA2 \
PEOE_VSA3 PEOE_VSA4 PEOE_VSA5 PEOE_VSA6 PEOE_VSA7 PEOE_VSA8 PEOE_VSA9 PEOE_VSA10 PEOE_VSA11 \
PEOE_VSA12 PEOE_VSA13 PEOE_VSA14";
/// Extremes of the electrotopological state, surface in Å² of the atoms in bins of state, and states in
/// bins of surface.
pub(super) const STATE: &str = "\
MaxEStateIndex MinEStateIndex MaxAbsEStateIndex MinAbsEStateIndex EState_VSA1 EState_VSA2 \
EState_VSA3 EState_VSA4 EState_VSA5 EState_VSA6 EState_VSA7 EState_VSA8 EState_VSA9 EState_VSA10 \
EState_VSA11 VSA_EState1 VSA_EState2 VSA_EState3 VSA_EState4 VSA_EState5 VSA_EState6 VSA_EState7 \
VSA_EState8 VSA_EState9 VSA_EState10";
/// Connectivity (chi) and shape (kappa) indices of Kier and Hall; `Phi` is NaN without heavy atoms.
pub(super) const CONNECTIVITY: &str = "\
Chi0 Chi1 Chi0n Chi1n Chi2n Chi3n Chi4n Chi0v Chi1v Chi2v Chi3v Chi4v Kappa1 Kappa2 Kappa3 \
HallKierAlpha Phi";
/// Of distances d in bonds and numbers δ of neighbours: the Wiener index Σ d, least (`Radius`) and greatest
/// (`Diameter`) distance from an atom to the farthest of its component, `Zagreb1` Σ δ² over atoms, `Zagreb2`
/// Σ δδ over bonds; the index J of Balaban (1982).
pub(super) const DISTANCE: &str = "WienerIndex Radius Diameter Zagreb1 Zagreb2 BalabanJ";
/// Carbon atoms by number of neighbours and hybridisation: `C2SP3` is a methylene.
pub(super) const CARBONS: &str = "C1SP1 C2SP1 C1SP2 C2SP2 C3SP2 C1SP3 C2SP3 C3SP3 C4SP3";
