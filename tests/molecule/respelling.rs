//! A writer of random spellings: of the many texts of one molecule it writes any.

use geogate::molecule::{ATOM_FEATURES, MolecularGraph};
use geogate::random::{Purpose, Stream};

/// What a spelling does beside shuffling atoms, branches, ring numbers and components.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Habits {
    /// Bonds of aromatic rings are written single and double.
    pub(super) kekule: bool,
    /// Some hydrogens are atoms, some atoms stand in brackets without need.
    pub(super) hydrogens: bool,
    /// Some atoms have a number.
    pub(super) maps: bool,
    /// Some atoms, hydrogens among them, are isotopes: another molecule of the same skeleton.
    pub(super) isotopes: bool,
    /// Some atoms and double bonds have a geometry: the same.
    pub(super) stereo: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Single,
    Double,
    Triple,
    Aromatic,
}

struct Atom {
    symbol: &'static str,
    charge: i32,
    /// Hydrogens that are not atoms of the drawing.
    hydrogens: usize,
    aromatic: bool,
    /// Of hydrogens as well as of others.
    isotope: Option<usize>,
}

#[derive(Clone)]
struct Bond {
    ends: [usize; 2],
    order: Order,
    /// A mark in the direction from the first end to the second.
    slope: Option<bool>,
}

/// Atoms and bonds to be written.
struct Drawing {
    atoms: Vec<Atom>,
    bonds: Vec<Bond>,
    habits: Habits,
    stream: Stream,
}

const SYMBOLS: [&str; 54] = {
    let mut symbols = [""; 54];
    symbols[5] = "B";
    symbols[6] = "C";
    symbols[7] = "N";
    symbols[8] = "O";
    symbols[9] = "F";
    symbols[11] = "Na";
    symbols[14] = "Si";
    symbols[15] = "P";
    symbols[16] = "S";
    symbols[17] = "Cl";
    symbols[34] = "Se";
    symbols[35] = "Br";
    symbols[53] = "I";
    symbols
};

/// A spelling of `graph`, which must have neither isotopes nor stereo.
pub(super) fn respelled(graph: &MolecularGraph, habits: Habits, seed: u64) -> String {
    let mut drawing = Drawing {
        atoms: (0..graph.atom_count()).map(|i| atom(graph, i)).collect(),
        bonds: (0..graph.bond_count()).map(|k| bond(graph, k)).collect(),
        habits,
        stream: Stream::new(seed, Purpose::Test, 0),
    };
    if habits.kekule {
        drawing.kekulise();
    }
    if habits.hydrogens || habits.isotopes {
        drawing.draw_hydrogens();
    }
    if habits.stereo {
        drawing.slope_bonds();
    }
    drawing.write()
}

fn atom(graph: &MolecularGraph, index: usize) -> Atom {
    let mut row = [0.0; ATOM_FEATURES];
    graph.atom_features_into(index, &mut row);
    let place = |from: usize, to: usize| (from..to).position(|c| row[c] == 1.0).unwrap();
    let number = match place(0, 38) {
        36 => 53,
        place => place + 1,
    };
    Atom {
        symbol: SYMBOLS[number],
        charge: [-1, -2, 1, 2, 0][place(45, 51)],
        hydrogens: place(56, 62),
        aromatic: row[70] == 1.0,
        isotope: None,
    }
}

fn bond(graph: &MolecularGraph, index: usize) -> Bond {
    let (begin, end) = graph.endpoints(index);
    let orders = [Order::Single, Order::Double, Order::Triple, Order::Aromatic];
    let kind = graph.bond_columns(index).next().unwrap();
    Bond {
        ends: [begin, end],
        order: orders[kind - 1],
        slope: None,
    }
}

impl Drawing {
    fn one_in(&mut self, n: usize) -> bool {
        self.stream.below(n) == 0
    }

    fn shuffled(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            order.swap(i, self.stream.below(i + 1));
        }
        order
    }

    fn bonds_of(&self, atom: usize) -> Vec<usize> {
        let bonds = 0..self.bonds.len();
        bonds
            .filter(|&k| self.bonds[k].ends.contains(&atom))
            .collect()
    }

    /// Bonds of `atom` counted by their order, aromatic ones as 1.
    fn valence(&self, atom: usize) -> usize {
        let bonds = self.bonds_of(atom).into_iter();
        bonds.map(|k| self.bonds[k].order as usize % 3 + 1).sum()
    }

    /// Gives each aromatic atom that lacks a bond a double one.
    fn kekulise(&mut self) {
        let lacks = |atom: usize| {
            let Atom {
                symbol,
                charge,
                hydrogens,
                aromatic,
                ..
            } = self.atoms[atom];
            let neutral = match symbol {
                "C" => 4,
                "N" => 3 + charge.max(0) as usize,
                "B" => 3,
                _ => 2 + charge.max(0) as usize,
            };
            aromatic && self.valence(atom) + hydrogens < neutral
        };
        let mut open: Vec<bool> = (0..self.atoms.len()).map(lacks).collect();
        let order = self.shuffled(self.bonds.len());
        assert!(self.pair_up(&mut open, &order), "no Kekulé structure");
        for bond in &mut self.bonds {
            if bond.order == Order::Aromatic {
                bond.order = Order::Single;
            }
        }
        for atom in &mut self.atoms {
            atom.aromatic = false;
        }
    }

    /// Makes aromatic bonds double until no atom is open, trying them in `order`.
    fn pair_up(&mut self, open: &mut [bool], order: &[usize]) -> bool {
        let Some(atom) = open.iter().position(|&open| open) else {
            return true;
        };
        for &k in order {
            let Bond {
                ends: [a, b],
                order: kind,
                ..
            } = self.bonds[k];
            if kind != Order::Aromatic || !open[a] || !open[b] || (a != atom && b != atom) {
                continue;
            }
            (open[a], open[b]) = (false, false);
            self.bonds[k].order = Order::Double;
            if self.pair_up(open, order) {
                return true;
            }
            (open[a], open[b]) = (true, true);
            self.bonds[k].order = Order::Aromatic;
        }
        false
    }

    /// Makes atoms of some hydrogens, and isotopes of some atoms.
    fn draw_hydrogens(&mut self) {
        for heavy in 0..self.atoms.len() {
            for _ in 0..self.atoms[heavy].hydrogens {
                let isotope = (self.habits.isotopes && self.one_in(3)).then_some(2);
                if isotope.is_none() && !(self.habits.hydrogens && self.one_in(2)) {
                    continue;
                }
                self.atoms[heavy].hydrogens -= 1;
                self.bonds.push(Bond {
                    ends: [heavy, self.atoms.len()],
                    order: Order::Single,
                    slope: None,
                });
                self.atoms.push(Atom {
                    symbol: "H",
                    charge: 0,
                    hydrogens: 0,
                    aromatic: false,
                    isotope,
                });
            }
            if self.habits.isotopes && self.one_in(4) {
                self.atoms[heavy].isotope = Some(13 + self.stream.below(3));
            }
        }
    }

    /// Marks a neighbour at each end of some double bonds.
    fn slope_bonds(&mut self) {
        for k in 0..self.bonds.len() {
            if self.bonds[k].order != Order::Double || self.one_in(3) {
                continue;
            }
            for end in self.bonds[k].ends {
                let mut beside = self.bonds_of(end).into_iter();
                let chosen = beside.rfind(|&k| self.bonds[k].order == Order::Single);
                let Some(chosen) = chosen else { continue };
                self.bonds[chosen].slope = Some(self.one_in(2));
            }
        }
    }

    fn write(mut self) -> String {
        let atoms = self.shuffled(self.atoms.len());
        let bonds = self.shuffled(self.bonds.len());
        let mut walk = Walk {
            seen: vec![false; self.atoms.len()],
            closures: vec![None; self.bonds.len()],
            used: vec![false; self.bonds.len()],
        };
        let mut texts = Vec::new();
        for atom in atoms {
            if !walk.seen[atom] {
                walk.find_closures(&self, &bonds, atom, None);
                texts.push(atom);
            }
        }
        // ring numbers are never used twice, so any will do
        let numbers = self.shuffled(90);
        let closing = walk.closures.iter_mut().flatten();
        for (closure, number) in closing.zip(numbers) {
            *closure = number + 10;
        }
        let texts: Vec<String> = texts
            .into_iter()
            .map(|atom| self.text(&mut walk, &bonds, atom, None))
            .collect();
        texts.join(".")
    }

    /// The text of what hangs on `atom`, seen from bond `from`.
    fn text(
        &mut self,
        walk: &mut Walk,
        bonds: &[usize],
        atom: usize,
        from: Option<usize>,
    ) -> String {
        let mut text = self.symbol(atom);
        let mut branches = Vec::new();
        for &k in bonds {
            let bond = self.bonds[k].clone();
            if Some(k) == from || !bond.ends.contains(&atom) {
                continue;
            }
            if let Some(number) = walk.closures[k] {
                // the symbol of the bond stands at both ends
                let mark = self.mark(&Bond {
                    slope: None,
                    ..bond
                });
                text.push_str(&format!("{mark}%{number}"));
                continue;
            }
            if !std::mem::replace(&mut walk.used[k], true) {
                let other = bond.ends[usize::from(bond.ends[0] == atom)];
                let along = bond.slope.map(|up| up == (bond.ends[0] == atom));
                let mark = self.mark(&Bond {
                    slope: along,
                    ..bond
                });
                branches.push(mark.to_owned() + &self.text(walk, bonds, other, Some(k)));
            }
        }
        let last = branches.pop();
        text.extend(branches.iter().map(|branch| format!("({branch})")));
        text + &last.unwrap_or_default()
    }

    fn mark(&self, bond: &Bond) -> &'static str {
        let aromatic = bond.ends.iter().all(|&end| self.atoms[end].aromatic);
        match (bond.order, bond.slope) {
            (Order::Double, _) => "=",
            (Order::Triple, _) => "#",
            (Order::Single, Some(true)) => "/",
            (Order::Single, Some(false)) => "\\",
            (Order::Single, None) if aromatic => "-",
            _ => "",
        }
    }

    fn symbol(&mut self, index: usize) -> String {
        let plain = self.plain_hydrogens(index) == Some(self.atoms[index].hydrogens);
        let needless = self.habits.hydrogens && self.one_in(3);
        let map = (self.habits.maps && self.one_in(2)).then(|| self.stream.below(1000));
        let degree = self.bonds_of(index).len();
        let atom = &self.atoms[index];
        let chiral = self.habits.stereo
            && atom.symbol == "C"
            && degree + atom.hydrogens == 4
            && atom.hydrogens < 2
            && self.stream.below(2) == 0;
        let symbol = match atom.aromatic {
            true => atom.symbol.to_lowercase(),
            false => atom.symbol.to_owned(),
        };
        if plain && !needless && map.is_none() && !chiral && atom.isotope.is_none() {
            return symbol;
        }
        let isotope = atom
            .isotope
            .map_or(String::new(), |isotope| isotope.to_string());
        let hydrogens = match atom.hydrogens {
            0 => String::new(),
            1 => "H".to_owned(),
            count => format!("H{count}"),
        };
        let charge = match atom.charge {
            0 => String::new(),
            charge => format!("{charge:+}"),
        };
        let map = map.map_or(String::new(), |map| format!(":{map}"));
        let chiral = match chiral {
            true if self.one_in(2) => "@@",
            true => "@",
            false => "",
        };
        format!("[{isotope}{symbol}{chiral}{hydrogens}{charge}{map}]")
    }

    /// Hydrogens that a reader adds to the bare symbol; `None` if it needs brackets.
    fn plain_hydrogens(&self, index: usize) -> Option<usize> {
        let atom = &self.atoms[index];
        let valences: &[usize] = match atom.symbol {
            _ if atom.charge != 0 => return None,
            "C" => &[4],
            "N" | "P" => &[3, 5],
            "O" => &[2],
            "S" => &[2, 4, 6],
            "B" => &[3],
            "F" | "Cl" | "Br" | "I" => &[1],
            _ => return None,
        };
        let valence = self.valence(index);
        if atom.aromatic {
            let bonds = self.bonds_of(index).len();
            return Some(usize::from(atom.symbol == "C" && bonds == 2));
        }
        let enough = valences.iter().find(|&&enough| enough >= valence);
        enough.map(|enough| enough - valence)
    }
}

/// What a walk over the atoms has met.
struct Walk {
    seen: Vec<bool>,
    /// A number for each bond that closes a ring.
    closures: Vec<Option<usize>>,
    used: Vec<bool>,
}

impl Walk {
    /// Walks as [`Drawing::text`] will, and notes which bonds lead back.
    fn find_closures(
        &mut self,
        drawing: &Drawing,
        bonds: &[usize],
        atom: usize,
        from: Option<usize>,
    ) {
        self.seen[atom] = true;
        for &k in bonds {
            let ends = drawing.bonds[k].ends;
            if Some(k) == from || !ends.contains(&atom) || self.closures[k].is_some() {
                continue;
            }
            let other = ends[usize::from(ends[0] == atom)];
            match self.seen[other] {
                true => self.closures[k] = Some(0),
                false => self.find_closures(drawing, bonds, other, Some(k)),
            }
        }
    }
}
