//! Why a SMILES could not be used, and where in the text.

use std::fmt;

/// Why a SMILES was refused: a kind that can be matched on, and the byte at fault where one byte is.
///
/// [`Display`](fmt::Display) writes the reason, then the text with a caret under the place;
/// [`reason`](SmilesError::reason) is the first of these lines alone, for tables of refused rows.
///
/// ```
/// use geogate::molecule::{Molecule, SmilesErrorKind};
/// let error = Molecule::parse("CC(=)N").unwrap_err();
/// assert!(matches!(error.kind(), SmilesErrorKind::Misplaced { .. }));
/// assert_eq!(error.position(), Some(4));
/// assert_eq!(error.to_string().lines().last(), Some("      ^"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmilesError {
    kind: SmilesErrorKind,
    position: Option<usize>,
    text: String,
}

/// The kinds of refusal, with what each is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmilesErrorKind {
    /// No text, or white space alone.
    Empty,
    /// A text longer than [`MAX_BYTES`](super::MAX_BYTES).
    TooLong {
        /// Length in bytes.
        bytes: usize,
    },
    /// More atoms than [`MAX_ATOMS`](super::MAX_ATOMS), written hydrogens included.
    TooManyAtoms {
        /// Number of atoms in the text.
        atoms: usize,
    },
    /// A character that begins no SMILES token here.
    Character {
        /// The character.
        found: char,
    },
    /// A token where the grammar has no place for it: a bond after a bond, a branch without atom.
    Misplaced {
        /// The token: "a bond", "`(`", "the end".
        token: &'static str,
        /// What stands before it.
        after: &'static str,
    },
    /// A `[…]` atom against its grammar.
    Bracket {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A `(` without `)` or the reverse.
    Parenthesis,
    /// A ring number that is never closed, closes on its own atom, or repeats a bond.
    Ring {
        /// The number.
        number: u32,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Text that reads well but is no molecule: an impossible valence, an aromatic system without
    /// a Kekulé structure.
    Chemistry {
        /// The rule broken and the atoms concerned, counted from 0 in the order of the text.
        problem: String,
    },
    /// Something the reader does not support, such as query bonds.
    Unsupported {
        /// What.
        what: String,
    },
}

/// Characters of the text shown on either side of the caret.
const CONTEXT: usize = 36;

impl SmilesError {
    pub(super) fn new(kind: SmilesErrorKind, text: &str, position: Option<usize>) -> Self {
        let (text, position) = (text.to_owned(), position.map(|byte| byte.min(text.len())));
        Self {
            kind,
            position,
            text,
        }
    }

    /// What is wrong.
    pub fn kind(&self) -> &SmilesErrorKind {
        &self.kind
    }

    /// The byte at fault, counted from 0 in the text as given; the text's length for an
    /// unexpected end.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// One line: what is wrong, where (characters counted from 1), and what to try.
    pub fn reason(&self) -> String {
        let place = match self.position {
            Some(byte) if byte < self.text.len() => {
                format!(" at character {}", self.characters_before(byte) + 1)
            }
            Some(_) => " at the end".to_owned(),
            None => String::new(),
        };
        format!("{}{place}; {}", self.kind, self.advice())
    }

    fn characters_before(&self, byte: usize) -> usize {
        self.text
            .char_indices()
            .take_while(|&(at, _)| at < byte)
            .count()
    }

    fn advice(&self) -> &'static str {
        match &self.kind {
            SmilesErrorKind::Empty => "give the row a SMILES, such as `CCO`",
            SmilesErrorKind::TooLong { .. } | SmilesErrorKind::TooManyAtoms { .. } => {
                "the reader is meant for small molecules: leave polymers and proteins out"
            }
            SmilesErrorKind::Character { found } if found.is_whitespace() => {
                "keep the SMILES alone in its column, without name or extension"
            }
            SmilesErrorKind::Character { found } if found.is_alphabetic() => {
                "outside brackets only B C N O P S F Cl Br I and b c n o p s are atoms; \
                 write others as [Na] or [H]"
            }
            SmilesErrorKind::Character { .. } => "remove it, or check the quoting of the file",
            SmilesErrorKind::Misplaced { .. } => "put an atom between the two, or remove one",
            SmilesErrorKind::Bracket { .. } => {
                "write [isotope symbol chirality H-count charge], such as [13C@H] or [NH4+]"
            }
            SmilesErrorKind::Parenthesis => "close every `(` with one `)`",
            SmilesErrorKind::Ring { .. } => {
                "write each ring number twice, on two atoms that have no other bond"
            }
            SmilesErrorKind::Chemistry { .. } => {
                "check charges, bracketed hydrogens such as [nH], and bond orders"
            }
            SmilesErrorKind::Unsupported { .. } => "write the molecule without it",
        }
    }

    /// The text around the fault and a caret below it.
    fn excerpt(&self) -> Option<(String, usize)> {
        let at = self.characters_before(self.position?);
        let from = at.saturating_sub(CONTEXT);
        let shown: String = self
            .text
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .skip(from)
            .take(2 * CONTEXT)
            .collect();
        Some((shown, at - from))
    }
}

impl std::error::Error for SmilesError {}

impl fmt::Display for SmilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason())?;
        match self.excerpt() {
            Some((shown, caret)) => write!(f, "\n  {shown}\n  {:caret$}^", ""),
            None => Ok(()),
        }
    }
}

impl fmt::Display for SmilesErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the SMILES is empty"),
            Self::TooLong { bytes } => {
                let limit = super::MAX_BYTES;
                write!(f, "a SMILES of {bytes} bytes is longer than {limit}")
            }
            Self::TooManyAtoms { atoms } => {
                let limit = super::MAX_ATOMS;
                write!(f, "a molecule of {atoms} atoms has more than {limit}")
            }
            Self::Character { found } => write!(f, "unexpected character {found:?}"),
            Self::Misplaced { token, after } => write!(f, "{token} cannot follow {after}"),
            Self::Bracket { problem } => write!(f, "bracket atom: {problem}"),
            Self::Parenthesis => write!(f, "unmatched parenthesis"),
            Self::Ring { number, problem } => write!(f, "ring number {number} {problem}"),
            Self::Chemistry { problem } => write!(f, "not a molecule: {problem}"),
            Self::Unsupported { what } => write!(f, "not supported: {what}"),
        }
    }
}
