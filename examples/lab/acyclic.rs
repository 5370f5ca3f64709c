//! The families of molecules without a ring.

use super::grammar::{End, Link, Piece, alkene, alkyls, carbon, chain, through};

/// Every alkyl of at most `all` carbons and straight ones of the sizes in `straight`.
fn alkyls_and_chains(
    all: usize,
    straight: impl IntoIterator<Item = usize>,
) -> impl Iterator<Item = Piece> {
    alkyls(all)
        .into_iter()
        .chain(straight.into_iter().map(chain))
}

/// Every unordered pair of `pieces`, a piece with itself included.
fn pairs(pieces: &[Piece]) -> impl Iterator<Item = (&Piece, &Piece)> {
    pieces
        .iter()
        .enumerate()
        .flat_map(|(place, first)| pieces[place..].iter().map(move |second| (first, second)))
}

/// `R-X` for alkyls R up to `all` carbons or straight, and an end X.
fn ended(all: usize, straight: impl IntoIterator<Item = usize>, end: End) -> Vec<Piece> {
    alkyls_and_chains(all, straight)
        .map(|alkyl| alkyl.bond(&end.piece()))
        .collect()
}

/// `R-L-R'` for every unordered pair of `pieces` and a link L that reads the same both ways.
fn linked(pieces: &[Piece], link: Link) -> Vec<Piece> {
    pairs(pieces)
        .map(|(first, second)| first.bond(&link.to(second)))
        .collect()
}

/// All alkanes up to nonane, straight ones to eicosane, and 2-methyl ones between.
pub(crate) fn alkanes() -> Vec<Piece> {
    let isobutyl = through(&[Link::Methylene, Link::Ethylidene], &chain(1));
    let mut found: Vec<Piece> = alkyls_and_chains(8, 9..20)
        .map(|alkyl| alkyl.bond(&chain(1)))
        .collect();
    found.extend((5..13).map(|carbons| isobutyl.bond(&chain(carbons))));
    found
}

/// Alkenes with one to four alkyls at the double bond, and dienes with their double bonds apart.
pub(crate) fn alkenes() -> Vec<Piece> {
    let small = alkyls(4);
    let mut found = ended(6, 7..13, End::Vinyl);
    for (first, second) in pairs(&small) {
        found.push(alkene(&[], &[first, second]));
        found.push(alkene(&[first], &[second]));
        found.extend(small[..3].iter().map(|r| alkene(&[r], &[first, second])));
    }
    for (first, second) in pairs(&small[..3]) {
        found.push(alkene(&[&small[0], &small[0]], &[first, second]));
    }
    let vinyl = End::Vinyl.piece();
    for links in 0..9 {
        found.push(vinyl.bond(&through(&vec![Link::Methylene; links], &vinyl)));
    }
    found
}

/// Alcohols with one hydroxyl.
pub(crate) fn alcohols() -> Vec<Piece> {
    ended(6, 7..15, End::Hydroxy)
}

/// Ethers, and glycol diethers.
pub(crate) fn ethers() -> Vec<Piece> {
    const GLYCOL: [Link; 4] = [Link::Oxygen, Link::Methylene, Link::Methylene, Link::Oxygen];
    let pieces: Vec<Piece> = alkyls_and_chains(4, [5, 6, 8]).collect();
    let mut found = linked(&pieces, Link::Oxygen);
    found.extend(pairs(&pieces[..6]).map(|(first, second)| first.bond(&through(&GLYCOL, second))));
    found
}

/// Ketones, and diketones with their carbonyls apart.
pub(crate) fn ketones() -> Vec<Piece> {
    const DIKETONE: [Link; 4] = [
        Link::Carbonyl,
        Link::Methylene,
        Link::Methylene,
        Link::Carbonyl,
    ];
    let pieces: Vec<Piece> = alkyls_and_chains(4, [5, 6, 8]).collect();
    let mut found = linked(&pieces, Link::Carbonyl);
    found
        .extend(pairs(&pieces[..4]).map(|(first, second)| first.bond(&through(&DIKETONE, second))));
    found
}

/// Aldehydes, saturated and with a double bond beside the carbonyl.
pub(crate) fn aldehydes() -> Vec<Piece> {
    let formyl = End::Formyl.piece();
    let mut found = ended(5, 6..14, End::Formyl);
    found.extend(alkyls(4).iter().map(|r| alkene(&[r], &[&formyl])));
    found
}

/// Acids, saturated and with a double bond beside the carboxyl.
pub(crate) fn acids() -> Vec<Piece> {
    let carboxyl = End::Carboxy.piece();
    let mut found = ended(5, 6..14, End::Carboxy);
    found.extend(alkyls(4).iter().map(|r| alkene(&[r], &[&carboxyl])));
    found
}

/// Esters of acids from acetic acid on (a formate could be read as ether and aldehyde), acrylates,
/// and diesters.
pub(crate) fn esters() -> Vec<Piece> {
    let alcohols: Vec<Piece> = alkyls_and_chains(4, [5, 6, 8]).collect();
    let mut acids: Vec<Piece> = alkyls_and_chains(4, [5, 7, 9]).collect();
    acids.push(End::Vinyl.piece());
    let mut found = Vec::new();
    for alcohol in &alcohols {
        let ester = Link::Carboxylate.to(alcohol);
        found.extend(acids.iter().map(|acid| acid.bond(&ester)));
        found.extend(
            (2..5).map(|links| ester.bond(&through(&vec![Link::Methylene; links], &ester))),
        );
    }
    found
}

/// Primary and secondary amines.
pub(crate) fn amines() -> Vec<Piece> {
    let pieces: Vec<Piece> = alkyls_and_chains(4, [5, 6]).collect();
    let mut found = ended(5, 6..13, End::Amino);
    found.extend(linked(&pieces, Link::Imino));
    found
}

/// Fluorides, chlorides and bromides: one halogen, two on neighbours, two or three at one carbon.
pub(crate) fn halides() -> Vec<Piece> {
    let mut found = Vec::new();
    for end in [End::Fluoro, End::Chloro, End::Bromo] {
        let halogen = end.piece();
        found.extend(ended(5, 6..11, end));
        for alkyl in alkyls(3) {
            let vicinal = carbon(&[&halogen, &alkyl]);
            found.push(vicinal.bond(&carbon(&[&halogen])));
            found.push(carbon(&[&halogen, &halogen]).bond(&alkyl));
            found.push(carbon(&[&halogen, &halogen, &halogen]).bond(&alkyl));
        }
    }
    found
}

/// Ends that live in one molecule with any other, and amines, which would react with some of them.
fn functional_ends() -> (Vec<Piece>, Vec<Piece>) {
    let methyl = chain(1);
    let peaceful = [
        End::Fluoro.piece(),
        End::Chloro.piece(),
        End::Bromo.piece(),
        End::Hydroxy.piece(),
        End::Formyl.piece(),
        End::Carboxy.piece(),
        End::Vinyl.piece(),
        Link::Oxygen.to(&methyl),
        Link::Carbonyl.to(&methyl),
        Link::Carboxylate.to(&methyl),
    ];
    let amines = [End::Amino.piece(), Link::Imino.to(&methyl)];
    (peaceful.to_vec(), amines.to_vec())
}

/// Two functional ends on a bridge of two to six carbons, straight or branched. Amines go with
/// amines, alcohols, ethers and alkenes only.
pub(crate) fn bifunctional() -> Vec<Piece> {
    use Link::{Ethylidene, Methylene};
    const BRIDGES: [&[Link]; 5] = [
        &[Methylene; 2],
        &[Methylene; 3],
        &[Methylene; 4],
        &[Methylene; 6],
        &[Methylene, Ethylidene],
    ];
    let (peaceful, amines) = functional_ends();
    let beside_amines = [3, 6, 7].map(|place| &peaceful[place]);
    let mut found = Vec::new();
    for bridge in BRIDGES {
        let across = |(first, second): (&Piece, &Piece)| first.bond(&through(bridge, second));
        found.extend(pairs(&peaceful).map(across));
        found.extend(pairs(&amines).map(across));
        for amine in &amines {
            found.extend(beside_amines.map(|end| across((amine, end))));
        }
    }
    found
}
