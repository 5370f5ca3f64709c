//! The families of molecules that the lab holds.

use super::grammar::Piece;
use super::{acyclic, cyclic};

/// A family of molecules, named by what the grammar was asked to build. Where two families could
/// build one molecule, it belongs to the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Family {
    /// Straight and branched alkanes.
    Alkanes,
    /// Alkenes and dienes.
    Alkenes,
    /// Alcohols with one hydroxyl.
    Alcohols,
    /// Ethers and glycol diethers.
    Ethers,
    /// Ketones and diketones.
    Ketones,
    /// Aldehydes, unsaturated ones included.
    Aldehydes,
    /// Carboxylic acids, unsaturated ones included.
    Acids,
    /// Esters, acrylates, diesters.
    Esters,
    /// Primary and secondary amines.
    Amines,
    /// Fluorides, chlorides, bromides.
    Halides,
    /// Two functional groups on a bridge of carbons.
    Bifunctional,
    /// Cycloalkanes with up to two substituents.
    Cycloalkanes,
    /// Cycloalkenes and cyclohexadienes with up to one substituent.
    Cycloalkenes,
    /// Benzene, its alkyls and other substituents, up to three.
    Benzenes,
    /// Phenols with up to two further substituents.
    Phenols,
    /// Bridged and fused ring systems.
    FusedRings,
    /// Two ring systems on a link.
    LinkedRings,
}

impl Family {
    /// Every family, in the order of the lab's molecules.
    pub(crate) const ALL: [Self; 17] = [
        Self::Alkanes,
        Self::Alkenes,
        Self::Alcohols,
        Self::Ethers,
        Self::Ketones,
        Self::Aldehydes,
        Self::Acids,
        Self::Esters,
        Self::Amines,
        Self::Halides,
        Self::Bifunctional,
        Self::Cycloalkanes,
        Self::Cycloalkenes,
        Self::Benzenes,
        Self::Phenols,
        Self::FusedRings,
        Self::LinkedRings,
    ];

    /// The family's molecules as the grammar builds them, repetitions and too large ones included.
    pub(crate) fn molecules(self) -> Vec<Piece> {
        match self {
            Self::Alkanes => acyclic::alkanes(),
            Self::Alkenes => acyclic::alkenes(),
            Self::Alcohols => acyclic::alcohols(),
            Self::Ethers => acyclic::ethers(),
            Self::Ketones => acyclic::ketones(),
            Self::Aldehydes => acyclic::aldehydes(),
            Self::Acids => acyclic::acids(),
            Self::Esters => acyclic::esters(),
            Self::Amines => acyclic::amines(),
            Self::Halides => acyclic::halides(),
            Self::Bifunctional => acyclic::bifunctional(),
            Self::Cycloalkanes => cyclic::cycloalkanes(),
            Self::Cycloalkenes => cyclic::cycloalkenes(),
            Self::Benzenes => cyclic::benzenes(),
            Self::Phenols => cyclic::phenols(),
            Self::FusedRings => cyclic::fused(),
            Self::LinkedRings => cyclic::linked_rings(),
        }
    }
}
