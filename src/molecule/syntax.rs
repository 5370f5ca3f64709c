//! The grammar of OpenSMILES, checked token by token before any chemistry.
//!
//! The reader behind this module forgives texts that RDKit and OpenSMILES refuse (`C(=)N`, `C..C`,
//! `C11`); a table with such a row has a typing error in it, and the row is reported instead of
//! guessed at. Beyond OpenSMILES two things that RDKit writes are accepted: dative bonds `->`, `<-`
//! and ring numbers `%(100)`.

use super::MAX_ATOMS;
use super::error::{SmilesError, SmilesErrorKind as Kind};

/// What the last token was, as far as the next one depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Start,
    Atom,
    Ring,
    /// A bond written behind an atom, a ring number or a closed branch.
    Bond,
    /// A bond that opens a branch: no ring number can follow.
    BranchBond,
    Open,
    Close,
    Dot,
}

impl Last {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "the start",
            Self::Atom => "an atom",
            Self::Ring => "a ring number",
            Self::Bond | Self::BranchBond => "a bond",
            Self::Open => "`(`",
            Self::Close => "`)`",
            Self::Dot => "`.`",
        }
    }

    /// True where an atom stands ready to take a bond, a branch or a dot.
    const fn has_atom(self) -> bool {
        matches!(self, Self::Atom | Self::Ring | Self::Close)
    }
}

/// A ring number waiting for its second mention.
struct OpenRing {
    number: u32,
    atom: usize,
    position: usize,
    /// Symbol of the bond written before it, 0 if none.
    bond: u8,
}

struct Checker<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    last: Last,
    /// Index of the atom to which the next bond belongs.
    atom: usize,
    /// Symbol of the bond just written, 0 if none.
    bond: u8,
    /// Where each atom begins.
    atoms: Vec<u32>,
    /// The atom each atom hangs on; itself at the start of a component.
    parents: Vec<u32>,
    /// Pairs of atoms bonded by ring numbers.
    closed: Vec<(usize, usize)>,
    /// Atom and position of every `(` not closed yet.
    branches: Vec<(usize, usize)>,
    rings: Vec<OpenRing>,
}

type Checked<T = ()> = Result<T, SmilesError>;

/// Checks `text` against the grammar; the byte at which each atom begins.
///
/// # Errors
/// At the first token that breaks a rule, at a text that ends too early, and at more than
/// [`MAX_ATOMS`] atoms.
pub(super) fn atom_positions(text: &str) -> Checked<Vec<u32>> {
    let mut checker = Checker {
        text,
        bytes: text.as_bytes(),
        at: 0,
        last: Last::Start,
        atom: 0,
        bond: 0,
        parents: Vec::with_capacity(text.len().min(MAX_ATOMS)),
        closed: Vec::new(),
        atoms: Vec::with_capacity(text.len().min(MAX_ATOMS)),
        branches: Vec::new(),
        rings: Vec::new(),
    };
    while checker.at < checker.bytes.len() {
        checker.token()?;
    }
    checker.end()?;
    Ok(checker.atoms)
}

impl Checker<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn fail<T>(&self, kind: Kind, position: usize) -> Checked<T> {
        Err(SmilesError::new(kind, self.text, Some(position)))
    }

    fn misplaced<T>(&self, token: &'static str) -> Checked<T> {
        let after = self.last.name();
        self.fail(Kind::Misplaced { token, after }, self.at)
    }

    fn token(&mut self) -> Checked {
        match self.peek() {
            b'[' => self.bracket(),
            b'(' => self.open(),
            b')' => self.close(),
            b'.' => self.dot(),
            b'0'..=b'9' | b'%' => self.ring(),
            b'-' | b'=' | b'#' | b'$' | b':' | b'/' | b'\\' | b'<' | b'>' | b'~' => self.bond(),
            _ => self.organic(),
        }
    }

    fn organic(&mut self) -> Checked {
        let rest = &self.bytes[self.at..];
        let length = match rest {
            [b'C', b'l', ..] | [b'B', b'r', ..] => 2,
            [
                b'B' | b'C' | b'N' | b'O' | b'P' | b'S' | b'F' | b'I' | b'*',
                ..,
            ]
            | [b'b' | b'c' | b'n' | b'o' | b'p' | b's', ..] => 1,
            _ => return self.unexpected(),
        };
        self.place_atom(self.at)?;
        self.at += length;
        Ok(())
    }

    fn unexpected<T>(&self) -> Checked<T> {
        let found = self.text[self.at..].chars().next().unwrap_or('\0');
        self.fail(Kind::Character { found }, self.at)
    }

    fn place_atom(&mut self, position: usize) -> Checked {
        let index = self.atoms.len();
        let alone = matches!(self.last, Last::Start | Last::Dot);
        self.parents
            .push(if alone { index } else { self.atom } as u32);
        self.atoms.push(position as u32); // texts are at most MAX_BYTES long
        (self.atom, self.last, self.bond) = (index, Last::Atom, 0);
        if self.atoms.len() > MAX_ATOMS {
            let atoms = self.atoms.len();
            return self.fail(Kind::TooManyAtoms { atoms }, position);
        }
        Ok(())
    }

    fn open(&mut self) -> Checked {
        if !self.last.has_atom() {
            return self.misplaced("`(`");
        }
        self.branches.push((self.atom, self.at));
        self.last = Last::Open;
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Checked {
        if !self.last.has_atom() && self.last != Last::Start {
            return self.misplaced("`)`");
        }
        let Some((atom, _)) = self.branches.pop() else {
            return self.fail(Kind::Parenthesis, self.at);
        };
        self.atom = atom;
        self.last = Last::Close;
        self.at += 1;
        Ok(())
    }

    fn dot(&mut self) -> Checked {
        if !self.last.has_atom() {
            return self.misplaced("`.`");
        }
        if !self.branches.is_empty() {
            let what = "a `.` inside parentheses".to_owned();
            return self.fail(Kind::Unsupported { what }, self.at);
        }
        self.last = Last::Dot;
        self.at += 1;
        Ok(())
    }

    fn bond(&mut self) -> Checked {
        let length = match &self.bytes[self.at..] {
            [b'-', b'>', ..] | [b'<', b'-', ..] => 2,
            [b'<' | b'>', ..] => return self.unexpected(),
            [b'~', ..] => {
                let what = "the query bond `~`".to_owned();
                return self.fail(Kind::Unsupported { what }, self.at);
            }
            _ => 1,
        };
        self.last = match self.last {
            Last::Open => Last::BranchBond,
            last if last.has_atom() => Last::Bond,
            _ => return self.misplaced("a bond"),
        };
        self.bond = if length == 1 { self.peek() } else { b'>' };
        self.at += length;
        Ok(())
    }

    fn ring(&mut self) -> Checked {
        if !self.last.has_atom() && self.last != Last::Bond {
            return self.misplaced("a ring number");
        }
        let position = self.at;
        let number = self.ring_number()?;
        match self.rings.iter().position(|ring| ring.number == number) {
            Some(open) => {
                let open = self.rings.swap_remove(open);
                if let Some(problem) = self.ring_problem(&open) {
                    return self.fail(Kind::Ring { number, problem }, position);
                }
                self.closed.push((open.atom, self.atom));
            }
            None => self.rings.push(OpenRing {
                number,
                atom: self.atom,
                position,
                bond: self.bond,
            }),
        }
        self.bond = 0;
        self.last = Last::Ring;
        Ok(())
    }

    /// What is wrong with closing `open` here.
    fn ring_problem(&self, open: &OpenRing) -> Option<&'static str> {
        let (a, b) = (open.atom, self.atom);
        let parent = |atom: usize| self.parents[atom] as usize;
        let ordinary = |bond: u8| matches!(bond, b'-' | b'=' | b'#' | b'$' | b':');
        if a == b {
            Some("closes on the atom that opens it")
        } else if parent(a) == b
            || parent(b) == a
            || self
                .closed
                .iter()
                .any(|&pair| pair == (a, b) || pair == (b, a))
        {
            Some("repeats a bond")
        } else if ordinary(open.bond) && ordinary(self.bond) && open.bond != self.bond {
            Some("has a different bond at each end")
        } else {
            None
        }
    }

    /// `7`, `%12` or `%(123)`, up to five digits in the last.
    fn ring_number(&mut self) -> Checked<u32> {
        let (skip, digits, close) = match &self.bytes[self.at..] {
            [b'%', b'(', rest @ ..] => {
                let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
                let closed = rest.get(digits) == Some(&b')');
                (2, if closed { digits } else { 0 }, 1)
            }
            [b'%', a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit() => (1, 2, 0),
            [b'%', ..] => (1, 0, 0),
            _ => (0, 1, 0),
        };
        if !(1..=5).contains(&digits) {
            return self.unexpected();
        }
        let from = self.at + skip;
        self.at = from + digits + close;
        let digits = &self.bytes[from..from + digits];
        Ok(digits
            .iter()
            .fold(0, |n, digit| 10 * n + u32::from(digit - b'0')))
    }

    fn bracket(&mut self) -> Checked {
        self.place_atom(self.at)?;
        self.at += 1;
        match self.number(3) {
            Some(_) if self.peek().is_ascii_digit() => {
                return self.bad_bracket("the isotope has more than three digits");
            }
            _ => self.symbol()?,
        }
        self.chirality();
        if self.peek() == b'H' {
            self.at += 1;
            self.number(1);
        }
        self.charge();
        if self.peek() == b':' {
            self.at += 1;
            if self.number(4).is_none() {
                return self.bad_bracket("`:` needs an atom class of up to four digits");
            }
        }
        match self.peek() {
            b']' => self.at += 1,
            _ => return self.bad_bracket("something that does not belong here"),
        }
        Ok(())
    }

    /// A fault in the bracket atom being read: here, or where it began if the text ends.
    fn bad_bracket<T>(&self, problem: &'static str) -> Checked<T> {
        let start = self.atoms.last().map_or(0, |&start| start as usize);
        if self.at == self.bytes.len() {
            let problem = "`[` is never closed";
            return self.fail(Kind::Bracket { problem }, start);
        }
        self.fail(Kind::Bracket { problem }, self.at)
    }

    /// Reads up to `most` digits.
    fn number(&mut self, most: usize) -> Option<u32> {
        let digits = self.bytes[self.at..]
            .iter()
            .take(most)
            .take_while(|byte| byte.is_ascii_digit());
        let (mut value, mut count) = (0, 0);
        for digit in digits {
            value = 10 * value + u32::from(digit - b'0');
            count += 1;
        }
        self.at += count;
        (count > 0).then_some(value)
    }

    fn symbol(&mut self) -> Checked {
        let length = match &self.bytes[self.at..] {
            [a @ b'A'..=b'Z', b @ b'a'..=b'z', ..] if is_element(&[*a, *b]) => 2,
            [b's', b'e' | b'i', ..] | [b'a', b's', ..] | [b't', b'e', ..] => 2,
            [a @ b'A'..=b'Z', ..] if is_element(&[*a]) => 1,
            [b'b' | b'c' | b'n' | b'o' | b'p' | b's' | b'*', ..] => 1,
            _ => return self.bad_bracket("no element symbol here"),
        };
        self.at += length;
        Ok(())
    }

    /// `@`, `@@` or a class such as `@TB7`, whose range the reader checks.
    fn chirality(&mut self) {
        if self.peek() != b'@' {
            return;
        }
        self.at += 1;
        match &self.bytes[self.at..] {
            [b'@', ..] => self.at += 1,
            [b'T', b'H' | b'B', ..] | [b'A', b'L', ..] | [b'S', b'P', ..] | [b'O', b'H', ..] => {
                self.at += 2;
                self.number(2);
            }
            _ => {}
        }
    }

    /// `+`, `++`, `+2` and the same with `-`.
    fn charge(&mut self) {
        let sign = self.peek();
        if !matches!(sign, b'+' | b'-') {
            return;
        }
        self.at += 1;
        if self.peek() == sign {
            self.at += 1;
        } else {
            self.number(2);
        }
    }

    fn end(&mut self) -> Checked {
        if let Some(&(_, position)) = self.branches.last() {
            return self.fail(Kind::Parenthesis, position);
        }
        if !self.last.has_atom() {
            return self.misplaced("the end");
        }
        if let Some(ring) = self.rings.first() {
            let (number, problem) = (ring.number, "is never closed");
            return self.fail(Kind::Ring { number, problem }, ring.position);
        }
        Ok(())
    }
}

/// Symbols of the elements 1 to 118, a space after each.
const ELEMENTS: &str = "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni \
    Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd \
    Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U \
    Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og";

fn is_element(symbol: &[u8]) -> bool {
    ELEMENTS
        .split_ascii_whitespace()
        .any(|element| element.as_bytes() == symbol)
}
