//! A canonical SMILES read into a sketch of the molecule, without any chemistry but the symbols.
//!
//! The grammar is that of RDKit's writer, which produced the text; what it writes for atoms out of
//! the ordinary is not read.

use super::features::BondKind;
use super::sketch::{Atom, Bond, Sketch, Slope};

/// The molecule that `text`, a canonical SMILES, draws; `None` if it holds a symbol other than
/// those of common non-metals, or a mark of double-bond stereo where a ring closes.
pub(super) fn sketch(text: &str) -> Option<Sketch> {
    Text::new(text).sketch()
}

struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
    sketch: Sketch,
    current: Option<u32>,
    bond: Option<BondKind>,
    slope: Slope,
    branches: Vec<u32>,
    /// Ring number and bond of rings that are open.
    open: Vec<(u32, u32)>,
}

impl<'a> Text<'a> {
    fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        Self {
            bytes,
            at: 0,
            sketch: Sketch {
                atoms: Vec::with_capacity(bytes.len()),
                bonds: Vec::with_capacity(bytes.len()),
                mentions: Vec::with_capacity(2 * bytes.len()),
            },
            current: None,
            bond: None,
            slope: Slope::Level,
            branches: Vec::new(),
            open: Vec::new(),
        }
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn sketch(mut self) -> Option<Sketch> {
        while self.at < self.bytes.len() {
            self.token()?;
        }
        self.open.is_empty().then_some(self.sketch)
    }

    fn token(&mut self) -> Option<()> {
        let byte = self.peek();
        match byte {
            b'[' => {
                let atom = self.bracket()?;
                self.place(atom);
                return Some(());
            }
            b'0'..=b'9' | b'%' => return self.ring(),
            b'(' => self.branches.push(self.current?),
            b')' => self.current = Some(self.branches.pop()?),
            b'.' => self.current = None,
            b'-' if self.bytes.get(self.at + 1) != Some(&b'>') => {
                self.bond = Some(BondKind::Single);
            }
            b'/' => self.slope = Slope::Up,
            b'\\' => self.slope = Slope::Down,
            b'=' => self.bond = Some(BondKind::Double),
            b'#' => self.bond = Some(BondKind::Triple),
            b':' => self.bond = Some(BondKind::Aromatic),
            _ => {
                let (element, aromatic) = self.symbol()?;
                self.place(Atom::new(element, aromatic));
                return Some(());
            }
        }
        self.at += 1;
        Some(())
    }

    /// An element among those with rules here, and whether it is written aromatic.
    fn symbol(&mut self) -> Option<(u8, bool)> {
        let (element, aromatic, length) = match &self.bytes[self.at..] {
            [b'C', b'l', ..] => (17, false, 2),
            [b'B', b'r', ..] => (35, false, 2),
            [b'S', b'i', ..] => (14, false, 2),
            [b'S', b'e', ..] => (34, false, 2),
            [b'C', ..] => (6, false, 1),
            [b'c', ..] => (6, true, 1),
            [b'N', ..] => (7, false, 1),
            [b'n', ..] => (7, true, 1),
            [b'O', ..] => (8, false, 1),
            [b'o', ..] => (8, true, 1),
            [b'F', ..] => (9, false, 1),
            [b'S', ..] => (16, false, 1),
            [b's', ..] => (16, true, 1),
            [b'P', ..] => (15, false, 1),
            [b'I', ..] => (53, false, 1),
            [b'B', ..] => (5, false, 1),
            _ => return None,
        };
        self.at += length;
        Some((element, aromatic))
    }

    fn number(&mut self) -> Option<u32> {
        let from = self.at;
        let mut value = 0;
        while self.peek().is_ascii_digit() && self.at < from + 5 {
            value = 10 * value + u32::from(self.peek() - b'0');
            self.at += 1;
        }
        (self.at > from).then_some(value)
    }

    fn bracket(&mut self) -> Option<Atom> {
        self.at += 1;
        let isotope = self.number();
        let (element, aromatic) = self.symbol()?;
        let mut atom = Atom::new(element, aromatic);
        atom.isotope = isotope.map(u16::try_from).transpose().ok()?;
        if self.skip(b'@') {
            atom.chirality = if self.skip(b'@') { 1 } else { 2 };
        }
        atom.hydrogens = Some(0);
        if self.skip(b'H') {
            atom.hydrogens = Some(self.number().unwrap_or(1) as u8);
        }
        let sign = match self.peek() {
            b'+' => 1,
            b'-' => -1,
            _ => 0,
        };
        if sign != 0 {
            self.at += 1;
            atom.charge = sign * i8::try_from(self.number().unwrap_or(1)).ok()?;
        }
        if self.skip(b':') {
            self.number()?;
        }
        self.skip(b']').then_some(atom)
    }

    fn skip(&mut self, byte: u8) -> bool {
        let here = self.peek() == byte;
        self.at += usize::from(here);
        here
    }

    fn place(&mut self, atom: Atom) {
        let index = self.sketch.atoms.len() as u32;
        self.sketch.atoms.push(atom);
        if let Some(previous) = self.current {
            let kind = self.bond.take();
            self.bond(previous, index, kind, (0, 0));
            self.mention(previous);
            self.mention(index);
        }
        self.current = Some(index);
    }

    fn bond(&mut self, begin: u32, end: u32, kind: Option<BondKind>, closure: (u32, u32)) {
        let kind = kind.unwrap_or(BondKind::Other);
        let slope = std::mem::replace(&mut self.slope, Slope::Level);
        self.sketch.bonds.push(Bond {
            begin,
            end,
            kind,
            closure,
            slope,
        });
    }

    /// Notes that `atom` takes part in the newest bond.
    fn mention(&mut self, atom: u32) {
        let bond = self.sketch.bonds.len() as u32 - 1;
        self.sketch.mentions.push((atom, bond));
    }

    fn ring(&mut self) -> Option<()> {
        if self.slope != Slope::Level {
            return None;
        }
        let number = match self.skip(b'%') {
            true if self.peek() == b'(' => return None,
            true => {
                let digits = self.bytes.get(self.at..self.at + 2)?;
                self.at += 2;
                u32::from(digits[0] - b'0') * 10 + u32::from(digits[1] - b'0')
            }
            false => {
                self.at += 1;
                u32::from(self.bytes[self.at - 1] - b'0')
            }
        };
        let atom = self.current?;
        let kind = self.bond.take();
        match self.open.iter().position(|&(open, _)| open == number) {
            Some(place) => {
                let (_, bond) = self.open.swap_remove(place);
                self.sketch.mentions.push((atom, bond));
                let bond = &mut self.sketch.bonds[bond as usize];
                (bond.begin, bond.end) = match bond.kind {
                    // RDKit keeps the end at which the bond was written
                    BondKind::Other => (atom, bond.begin),
                    _ => (bond.begin, atom),
                };
                bond.kind = kind.unwrap_or(bond.kind);
            }
            None => {
                let uses = self.sketch.bonds.len() as u32; // grows from use to use
                self.open.push((number, self.sketch.bonds.len() as u32));
                self.bond(atom, atom, kind, (number + 1, uses));
                self.mention(atom);
            }
        }
        Some(())
    }
}
