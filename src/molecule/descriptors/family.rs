//! The families of descriptors and the names of their numbers.

/// Descriptors that are computed together.
///
/// A name that RDKit's `Descriptors` has, or that is one of its `MQNs_`, is RDKit's number; the other names are
/// explained at their family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DescriptorFamily {
    /// Masses in u: average, average without hydrogens, monoisotopic.
    Mass,
    /// Counts of atoms, electrons and elements (`NumCarbons` to `NumBorons`), the sum of charges; the share of
    /// carbon atoms with four neighbours, 0 without carbon.
    Composition,
    /// Donors and acceptors of hydrogen bonds, amide bonds, and esters: carbonyl to oxygen to carbon.
    Groups,
    /// Rings, those of them that are aromatic, systems of rings that share an atom, spiro and bridgehead atoms.
    Rings,
    /// Rings with a bond that is not aromatic, rings of single bonds, and rings with another element than carbon.
    RingKinds,
    /// Molecular quantum numbers: counts of elements, polarity, kinds of bonds and nodes, and ring sizes
    /// (Nguyen and others 2009). The 19th is `NumRotatableBonds`. Some are columns of
    /// [`Composition`](Self::Composition) too.
    Quantum,
    /// log₁₀ of the octanol-water partition coefficient, and molar refractivity in cm³/mol (Wildman and
    /// Crippen 1999).
    Crippen,
    /// Areas in Å²: topological polar surface (Ertl 2000), surface of Labute (2000); `VABC`, the van der Waals
    /// volume in Å³ of Bondi's radii with the overlaps of bonded atoms taken off.
    Surface,
    /// Surface in Å² of the atoms in bins of their contribution to log P and refractivity.
    CrippenSurface,
    /// Extremes of the Gasteiger charges in e, and surface in Å² of the atoms in bins of charge; all NaN for a
    /// molecule bonded through an element that has no parameters, a metal or selenium.
    Charge,
    /// Extremes of the electrotopological state, surface in Å² of the atoms in bins of state, and states in
    /// bins of surface.
    State,
    /// Connectivity (chi) and shape (kappa) indices of Kier and Hall; `Phi` is NaN without heavy atoms.
    Connectivity,
    /// Of distances d in bonds and numbers δ of neighbours: the Wiener index Σ d, least (`Radius`) and greatest
    /// (`Diameter`) distance from an atom to the farthest of its component, `Zagreb1` Σ δ² over atoms, `Zagreb2`
    /// Σ δδ over bonds; the index J of Balaban (1982).
    Distance,
    /// Carbon atoms by number of neighbours and hybridisation: `C2SP3` is a methylene.
    Carbons,
    /// Index of Bertz (1981), information content of Bonchev and Trinajstić (1977).
    Complexity,
    /// Tetrahedral centres, and those without a mark.
    Stereo,
}

impl DescriptorFamily {
    /// All families, in the order of their columns.
    pub const ALL: [Self; 16] = [
        Self::Mass,
        Self::Composition,
        Self::Groups,
        Self::Rings,
        Self::RingKinds,
        Self::Quantum,
        Self::Crippen,
        Self::Surface,
        Self::CrippenSurface,
        Self::Charge,
        Self::State,
        Self::Connectivity,
        Self::Distance,
        Self::Carbons,
        Self::Complexity,
        Self::Stereo,
    ];

    /// Names of the family's numbers, in the order of their columns.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Mass => MASS,
            Self::Composition => COMPOSITION,
            Self::Groups => GROUPS,
            Self::Rings => RINGS,
            Self::RingKinds => RING_KINDS,
            Self::Quantum => QUANTUM,
            Self::Crippen => CRIPPEN,
            Self::Surface => SURFACE,
            Self::CrippenSurface => CRIPPEN_SURFACE,
            Self::Charge => CHARGE,
            Self::State => STATE,
            Self::Connectivity => CONNECTIVITY,
            Self::Distance => DISTANCE,
            Self::Carbons => CARBONS,
            Self::Complexity => COMPLEXITY,
            Self::Stereo => STEREO,
        }
    }
}

const MASS: &[&str] = &["MolWt", "HeavyAtomMolWt", "ExactMolWt"];
const COMPOSITION: &[&str] = &[
    "HeavyAtomCount",
    "NumHydrogens",
    "NumHeteroatoms",
    "NHOHCount",
    "NOCount",
    "NumValenceElectrons",
    "FormalCharge",
    "FractionCSP3",
    "NumCarbons",
    "NumNitrogens",
    "NumOxygens",
    "NumFluorines",
    "NumSulfurs",
    "NumChlorines",
    "NumBromines",
    "NumIodines",
    "NumPhosphorus",
    "NumSilicons",
    "NumBorons",
];
const GROUPS: &[&str] = &[
    "NumHDonors",
    "NumHAcceptors",
    "NumAmideBonds",
    "NumEsterBonds",
];
const RINGS: &[&str] = &[
    "RingCount",
    "NumAromaticRings",
    "NumRingSystems",
    "NumSpiroAtoms",
    "NumBridgeheadAtoms",
];
const RING_KINDS: &[&str] = &[
    "NumAliphaticRings",
    "NumSaturatedRings",
    "NumAromaticHeterocycles",
    "NumAliphaticHeterocycles",
    "NumSaturatedHeterocycles",
];
const QUANTUM: &[&str] = &[
    "MQN1",
    "MQN2",
    "MQN3",
    "MQN4",
    "MQN5",
    "MQN6",
    "MQN7",
    "MQN8",
    "MQN9",
    "MQN10",
    "MQN11",
    "MQN12",
    "MQN13",
    "MQN14",
    "MQN15",
    "MQN16",
    "MQN17",
    "MQN18",
    "NumRotatableBonds",
    "MQN20",
    "MQN21",
    "MQN22",
    "MQN23",
    "MQN24",
    "MQN25",
    "MQN26",
    "MQN27",
    "MQN28",
    "MQN29",
    "MQN30",
    "MQN31",
    "MQN32",
    "MQN33",
    "MQN34",
    "MQN35",
    "MQN36",
    "MQN37",
    "MQN38",
    "MQN39",
    "MQN40",
    "MQN41",
    "MQN42",
];
const CRIPPEN: &[&str] = &["MolLogP", "MolMR"];
const SURFACE: &[&str] = &["TPSA", "LabuteASA", "VABC"];
const CRIPPEN_SURFACE: &[&str] = &[
    "SlogP_VSA1",
    "SlogP_VSA2",
    "SlogP_VSA3",
    "SlogP_VSA4",
    "SlogP_VSA5",
    "SlogP_VSA6",
    "SlogP_VSA7",
    "SlogP_VSA8",
    "SlogP_VSA9",
    "SlogP_VSA10",
    "SlogP_VSA11",
    "SlogP_VSA12",
    "SMR_VSA1",
    "SMR_VSA2",
    "SMR_VSA3",
    "SMR_VSA4",
    "SMR_VSA5",
    "SMR_VSA6",
    "SMR_VSA7",
    "SMR_VSA8",
    "SMR_VSA9",
    "SMR_VSA10",
];
const CHARGE: &[&str] = &[
    "MaxPartialCharge",
    "MinPartialCharge",
    "MaxAbsPartialCharge",
    "MinAbsPartialCharge",
    "PEOE_VSA1",
    "PEOE_VSA2",
    "PEOE_VSA3",
    "PEOE_VSA4",
    "PEOE_VSA5",
    "PEOE_VSA6",
    "PEOE_VSA7",
    "PEOE_VSA8",
    "PEOE_VSA9",
    "PEOE_VSA10",
    "PEOE_VSA11",
    "PEOE_VSA12",
    "PEOE_VSA13",
    "PEOE_VSA14",
];
const STATE: &[&str] = &[
    "MaxEStateIndex",
    "MinEStateIndex",
    "MaxAbsEStateIndex",
    "MinAbsEStateIndex",
    "EState_VSA1",
    "EState_VSA2",
    "EState_VSA3",
    "EState_VSA4",
    "EState_VSA5",
    "EState_VSA6",
    "EState_VSA7",
    "EState_VSA8",
    "EState_VSA9",
    "EState_VSA10",
    "EState_VSA11",
    "VSA_EState1",
    "VSA_EState2",
    "VSA_EState3",
    "VSA_EState4",
    "VSA_EState5",
    "VSA_EState6",
    "VSA_EState7",
    "VSA_EState8",
    "VSA_EState9",
    "VSA_EState10",
];
const CONNECTIVITY: &[&str] = &[
    "Chi0",
    "Chi1",
    "Chi0n",
    "Chi1n",
    "Chi2n",
    "Chi3n",
    "Chi4n",
    "Chi0v",
    "Chi1v",
    "Chi2v",
    "Chi3v",
    "Chi4v",
    "Kappa1",
    "Kappa2",
    "Kappa3",
    "HallKierAlpha",
    "Phi",
];
const DISTANCE: &[&str] = &[
    "WienerIndex",
    "Radius",
    "Diameter",
    "Zagreb1",
    "Zagreb2",
    "BalabanJ",
];
const CARBONS: &[&str] = &[
    "C1SP1", "C2SP1", "C1SP2", "C2SP2", "C3SP2", "C1SP3", "C2SP3", "C3SP3", "C4SP3",
];
const COMPLEXITY: &[&str] = &["BertzCT", "Ipc"];
const STEREO: &[&str] = &["NumAtomStereoCenters", "NumUnspecifiedAtomStereoCenters"];
