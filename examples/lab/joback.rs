//! The group-contribution method of Joback and Reid: groups, their contributions, and the four
//! estimates built on them.
//!
//! Source: K. G. Joback and R. C. Reid, "Estimation of pure-component properties from
//! group-contributions", Chemical Engineering Communications 57 (1987) 233–243. The table holds
//! the groups that the lab's molecules are made of, not all of the paper's.

use std::ops::AddAssign;

use geogate::data::virtual_lab::Properties;

/// A structural group of the method. "Ring" groups are atoms of a ring; a ring `=CH-` or `=C<` is
/// aromatic or olefinic alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Group {
    /// `-CH3`.
    Methyl,
    /// `-CH2-`.
    Methylene,
    /// `>CH-`.
    Methine,
    /// `>C<`.
    Quaternary,
    /// `=CH2`.
    VinylCh2,
    /// `=CH-`.
    VinylCh,
    /// `=C<`.
    VinylC,
    /// `-CH2-` in a ring.
    RingCh2,
    /// `>CH-` in a ring.
    RingCh,
    /// `=CH-` in a ring.
    RingVinylCh,
    /// `=C<` in a ring.
    RingVinylC,
    /// `-F`.
    Fluorine,
    /// `-Cl`.
    Chlorine,
    /// `-Br`.
    Bromine,
    /// `-OH` on a carbon that is not aromatic.
    Alcohol,
    /// `-OH` on an aromatic carbon.
    Phenol,
    /// `-O-`.
    Ether,
    /// `>C=O`.
    Ketone,
    /// `-CH=O`.
    Aldehyde,
    /// `-COOH`.
    Acid,
    /// `-COO-`.
    Ester,
    /// `-NH2`.
    PrimaryAmine,
    /// `>NH`.
    SecondaryAmine,
}

/// One line of the method's table: what a group adds to the four sums, and the atoms it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Contribution {
    /// The group.
    pub(crate) group: Group,
    /// To the boiling point, K.
    pub(crate) boiling_point: f64,
    /// To the sum under the critical temperature, dimensionless.
    pub(crate) critical_temperature: f64,
    /// To the sum under the critical pressure, bar^(-1/2).
    pub(crate) critical_pressure: f64,
    /// To the critical volume, cm³/mol.
    pub(crate) critical_volume: f64,
    /// Atoms other than hydrogen.
    pub(crate) heavy_atoms: usize,
    /// Hydrogen atoms.
    pub(crate) hydrogens: usize,
}

const fn line(group: Group, sums: [f64; 4], atoms: [usize; 2]) -> Contribution {
    Contribution {
        group,
        boiling_point: sums[0],
        critical_temperature: sums[1],
        critical_pressure: sums[2],
        critical_volume: sums[3],
        heavy_atoms: atoms[0],
        hydrogens: atoms[1],
    }
}

/// Number of groups in [`CONTRIBUTIONS`].
pub(crate) const GROUPS: usize = 23;

/// The method's table, in the order of [`Group`].
pub(crate) const CONTRIBUTIONS: [Contribution; GROUPS] = [
    line(Group::Methyl, [23.58, 0.0141, -0.0012, 65.0], [1, 3]),
    line(Group::Methylene, [22.88, 0.0189, 0.0, 56.0], [1, 2]),
    line(Group::Methine, [21.74, 0.0164, 0.0020, 41.0], [1, 1]),
    line(Group::Quaternary, [18.25, 0.0067, 0.0043, 27.0], [1, 0]),
    line(Group::VinylCh2, [18.18, 0.0113, -0.0028, 56.0], [1, 2]),
    line(Group::VinylCh, [24.96, 0.0129, -0.0006, 46.0], [1, 1]),
    line(Group::VinylC, [24.14, 0.0117, 0.0011, 38.0], [1, 0]),
    line(Group::RingCh2, [27.15, 0.0100, 0.0025, 48.0], [1, 2]),
    line(Group::RingCh, [21.78, 0.0122, 0.0004, 38.0], [1, 1]),
    line(Group::RingVinylCh, [26.73, 0.0082, 0.0011, 41.0], [1, 1]),
    line(Group::RingVinylC, [31.01, 0.0143, 0.0008, 32.0], [1, 0]),
    line(Group::Fluorine, [-0.03, 0.0111, -0.0057, 27.0], [1, 0]),
    line(Group::Chlorine, [38.13, 0.0105, -0.0049, 58.0], [1, 0]),
    line(Group::Bromine, [66.86, 0.0133, 0.0057, 71.0], [1, 0]),
    line(Group::Alcohol, [92.88, 0.0741, 0.0112, 28.0], [1, 1]),
    line(Group::Phenol, [76.34, 0.0240, 0.0184, -25.0], [1, 1]),
    line(Group::Ether, [22.42, 0.0168, 0.0015, 18.0], [1, 0]),
    line(Group::Ketone, [76.75, 0.0380, 0.0031, 62.0], [2, 0]),
    line(Group::Aldehyde, [72.24, 0.0379, 0.0030, 82.0], [2, 1]),
    line(Group::Acid, [169.09, 0.0791, 0.0077, 89.0], [3, 1]),
    line(Group::Ester, [81.10, 0.0481, 0.0005, 82.0], [3, 0]),
    line(Group::PrimaryAmine, [73.23, 0.0243, 0.0109, 38.0], [1, 2]),
    line(Group::SecondaryAmine, [50.17, 0.0295, 0.0077, 35.0], [1, 1]),
];

/// How often each group occurs in a molecule or a piece of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct GroupCounts([u8; GROUPS]);

impl GroupCounts {
    /// The counts of a list of groups, one entry per occurrence.
    pub(crate) fn of(groups: &[Group]) -> Self {
        let mut counts = Self::default();
        for &group in groups {
            counts.0[group as usize] += 1;
        }
        counts
    }

    /// Occurrences of `group`.
    pub(crate) fn count(&self, group: Group) -> usize {
        usize::from(self.0[group as usize])
    }

    /// Atoms other than hydrogen.
    pub(crate) fn heavy_atoms(&self) -> usize {
        self.lines().map(|(n, line)| n * line.heavy_atoms).sum()
    }

    /// All atoms, hydrogens included: N_atoms of the critical pressure.
    pub(crate) fn atoms(&self) -> usize {
        self.lines()
            .map(|(n, line)| n * (line.heavy_atoms + line.hydrogens))
            .sum()
    }

    /// The sum of a column of the table over the groups.
    pub(crate) fn sum(&self, column: impl Fn(&Contribution) -> f64) -> f64 {
        self.lines().map(|(n, line)| n as f64 * column(line)).sum()
    }

    /// The method's estimates for a molecule of these groups.
    ///
    /// ```text
    /// Tb = 198 + Σ Tb_i                              K
    /// Tc = Tb / (0.584 + 0.965 Σ Tc_i − (Σ Tc_i)²)   K
    /// Pc = (0.113 + 0.0032 N_atoms − Σ Pc_i)⁻²       bar
    /// Vc = 17.5 + Σ Vc_i                             cm³/mol
    /// ```
    ///
    /// Tc is meant for Σ Tc_i below 0.48, where its denominator is largest and begins to fall.
    pub(crate) fn properties(&self) -> Properties {
        let boiling_point_k = 198.0 + self.sum(|line| line.boiling_point);
        let sum = self.sum(|line| line.critical_temperature);
        let root = 0.113 + 0.0032 * self.atoms() as f64 - self.sum(|line| line.critical_pressure);
        Properties {
            boiling_point_k,
            critical_temperature_k: boiling_point_k / (0.584 + 0.965 * sum - sum * sum),
            critical_pressure_bar: root.powi(-2),
            critical_volume_cm3_mol: 17.5 + self.sum(|line| line.critical_volume),
        }
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &'static Contribution)> {
        self.0.iter().map(|&n| usize::from(n)).zip(&CONTRIBUTIONS)
    }
}

impl AddAssign for GroupCounts {
    fn add_assign(&mut self, other: Self) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine += others;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (place, line) in CONTRIBUTIONS.iter().enumerate() {
            assert_eq!(line.group as usize, place, "{:?}", line.group);
        }
    }

    #[test]
    fn counts_add_up() {
        let mut counts = GroupCounts::of(&[Group::Methyl, Group::Alcohol]);
        counts += GroupCounts::of(&[Group::Methyl]);
        assert_eq!(counts.count(Group::Methyl), 2);
        assert_eq!((counts.heavy_atoms(), counts.atoms()), (3, 10));
    }
}
