//! The families of molecules with rings.

use super::grammar::{End, Link, Piece, alkyls, bare_ring, carbon, chain, ring, through};

/// Saturated rings of three to eight atoms.
const SATURATED: [&str; 6] = [
    "C1CC1",
    "C1CCC1",
    "C1CCCC1",
    "C1CCCCC1",
    "C1CCCCCC1",
    "C1CCCCCCC1",
];

/// Rings with one or two double bonds, opened at a saturated atom.
const OLEFINIC: [&str; 8] = [
    "C1V=VCC1",    // cyclopent-2-enyl
    "C1CV=VC1",    // cyclopent-3-enyl
    "C1V=VCCC1",   // cyclohex-2-enyl
    "C1CV=VCC1",   // cyclohex-3-enyl
    "C1V=VV=VC1",  // cyclohexa-2,4-dienyl
    "C1CV=VCCC1",  // cyclohept-3-enyl
    "C1CCV=VCCC1", // cyclooct-4-enyl
    "C1V=VC1",     // cyclobut-2-enyl
];

/// The same rings opened at an atom of a double bond.
const VINYLIC: [&str; 6] = [
    "V1=VCC1",    // cyclobut-1-enyl
    "V1=VCCC1",   // cyclopent-1-enyl
    "V1=VCCCC1",  // cyclohex-1-enyl
    "V1=VV=VCC1", // cyclohexa-1,3-dienyl
    "V1=VCV=VC1", // cyclohexa-1,4-dienyl
    "V1=VCCCCC1", // cyclohept-1-enyl
];

const BENZENE: &str = "c1ccccc1";

/// Bridged and fused systems opened at a saturated atom.
const FUSED_SATURATED: [&str; 17] = [
    "C1CH2CCH1C2",          // norbornan-2-yl
    "C1CH2CCH1CC2",         // bicyclo[2.2.2]octan-2-yl
    "C1H2CH3CH1CH(C2)C3",   // adamantan-2-yl
    "C1CCH2CH12",           // bicyclo[3.1.0]hexan-2-yl
    "C1CCCH2CH12",          // bicyclo[4.1.0]heptan-2-yl
    "C1CCH2CCCH12",         // octahydropentalen-1-yl
    "C1CCH2CCCCH12",        // hydrindan-1-yl
    "C1CH2CCCCH2C1",        // hydrindan-2-yl
    "C1CCCH2CCCCH12",       // decalin-1-yl
    "C1CCH2CCCCH2C1",       // decalin-2-yl
    "C1CCCH2CCH3CCCCH3H12", // perhydrophenanthren-1-yl
    "C1CA2ccccA12",         // benzocyclobuten-1-yl
    "C1CCA2ccccA12",        // indan-1-yl
    "C1CA2ccccA2C1",        // indan-2-yl
    "C1CCCA2ccccA12",       // tetralin-1-yl
    "C1CCA2ccccA2C1",       // tetralin-2-yl
    "C1CCCCA2ccccA12",      // benzocyclohepten-5-yl
];

/// Further fused systems opened at a saturated atom, with conjugated double bonds or three rings.
const FUSED_BENZYLIC: [&str; 5] = [
    "C1V=VA2ccccA12",       // inden-1-yl
    "C1CV=VA2ccccA12",      // 1,2-dihydronaphthalen-1-yl
    "C1A2ccccA2A2ccccA12",  // fluoren-9-yl
    "C1CA2cccA3cccA1A23",   // acenaphthen-1-yl
    "C1CCCA2cA3ccccA3cA12", // tetrahydroanthracen-1-yl
];

/// Fused systems opened at an aromatic atom.
const FUSED_AROMATIC: [&str; 12] = [
    "c1cccA2ccccA12",        // naphthalen-1-yl
    "c1ccA2ccccA2c1",        // naphthalen-2-yl
    "c1cccA2CCA12",          // benzocyclobuten-3-yl
    "c1cccA2CCCA12",         // indan-4-yl
    "c1ccA2CCCA2c1",         // indan-5-yl
    "c1ccA2V=VCA2c1",        // inden-6-yl
    "c1cccA2CCCCA12",        // tetralin-5-yl
    "c1ccA2CCCCA2c1",        // tetralin-6-yl
    "c1ccA2cA3ccccA3cA2c1",  // anthracen-2-yl
    "c1cA2ccccA2A2ccccA12",  // phenanthren-9-yl
    "c1ccA2A(c1)CA1ccccA21", // fluoren-2-yl
    "c1ccA2CCA3cccA1A23",    // acenaphthen-5-yl
];

/// Every unordered pair of places in `0..n`, a place with itself included.
fn place_pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |first| (first..n).map(move |second| (first, second)))
}

fn methyl() -> Piece {
    chain(1)
}

/// What may sit on any ring atom, a carbon of a double bond included.
fn alkyl_and_carbonyl() -> Vec<Piece> {
    let mut found = alkyls(4);
    found.push(Link::Carbonyl.to(&methyl()));
    found.push(Link::Carboxylate.to(&methyl()));
    found.push(Link::Methylene.to(&End::Hydroxy.piece()));
    found
}

/// What may sit on a saturated ring atom.
fn on_saturated() -> Vec<Piece> {
    let mut found = alkyl_and_carbonyl();
    let ends = [
        End::Fluoro,
        End::Chloro,
        End::Bromo,
        End::Hydroxy,
        End::Amino,
        End::Formyl,
        End::Carboxy,
        End::Vinyl,
    ];
    found.extend(ends.map(End::piece));
    found.extend([Link::Oxygen, Link::Acyloxy, Link::Imino].map(|link| link.to(&methyl())));
    found
}

/// What may sit on a benzene ring beside a phenol's hydroxyl.
fn on_benzene() -> Vec<Piece> {
    let mut found = vec![methyl()];
    let ends = [
        End::Fluoro,
        End::Chloro,
        End::Bromo,
        End::Amino,
        End::Formyl,
        End::Carboxy,
        End::Vinyl,
    ];
    found.extend(ends.map(End::piece));
    let links = [
        Link::Methylene,
        Link::Ethylidene,
        Link::Oxygen,
        Link::Carbonyl,
        Link::Carboxylate,
    ];
    found.extend(links.map(|link| link.to(&methyl())));
    found
}

/// Each of `templates` bare and with each of `substituents` at its open atom.
fn decorated(templates: &[&str], substituents: &[Piece]) -> Vec<Piece> {
    templates
        .iter()
        .flat_map(|template| {
            let open = ring(template, &[]);
            let with = substituents.iter().map(move |piece| open.bond(piece));
            std::iter::once(bare_ring(template)).chain(with)
        })
        .collect()
}

/// Cycloalkanes with up to two substituents.
pub(crate) fn cycloalkanes() -> Vec<Piece> {
    let second = [
        methyl(),
        chain(2),
        carbon(&[&methyl(), &methyl()]),
        End::Hydroxy.piece(),
        End::Chloro.piece(),
        Link::Oxygen.to(&methyl()),
    ];
    let mut found = decorated(&SATURATED, &on_saturated());
    for (template, places) in [(SATURATED[2], 1..3), (SATURATED[3], 1..4)] {
        for place in places {
            found.extend(place_pairs(second.len()).map(|(first, other)| {
                ring(template, &[(place, &second[other])]).bond(&second[first])
            }));
        }
    }
    found
}

/// Cycloalkenes and cyclohexadienes; a hydroxyl, amine or halogen keeps off the double bond.
pub(crate) fn cycloalkenes() -> Vec<Piece> {
    let mut found = decorated(&OLEFINIC, &on_saturated());
    found.extend(decorated(&VINYLIC, &alkyl_and_carbonyl()));
    found
}

/// Benzenes with one to three substituents.
pub(crate) fn benzenes() -> Vec<Piece> {
    let two = on_benzene();
    let three = [
        methyl(),
        chain(2),
        End::Chloro.piece(),
        Link::Oxygen.to(&methyl()),
    ];
    let mut found = decorated(&[BENZENE], &on_saturated_but_hydroxy());
    found.extend(decorated(&[BENZENE], &alkyls(6)));
    for (first, second) in place_pairs(two.len()) {
        let at = |place| ring(BENZENE, &[(place, &two[second])]).bond(&two[first]);
        found.extend((1..4).map(at));
    }
    for (first, second) in place_pairs(three.len()) {
        for other in &three {
            let at = |a, b| ring(BENZENE, &[(a, &three[second]), (b, other)]);
            found.push(at(1, 3).bond(&three[first]));
            found.push(at(2, 4).bond(&three[first]));
        }
    }
    found
}

/// What may sit on a saturated ring atom, but for the hydroxyl, which is a phenol's on benzene.
fn on_saturated_but_hydroxy() -> Vec<Piece> {
    let mut found = on_saturated();
    found.retain(|piece| piece.smiles != End::Hydroxy.piece().smiles);
    found
}

/// Phenols with up to two further substituents and one hydroxyl.
pub(crate) fn phenols() -> Vec<Piece> {
    let hydroxyl = End::PhenolHydroxy.piece();
    let mut one = alkyls(5);
    one.extend(on_benzene());
    let two = [
        methyl(),
        chain(2),
        carbon(&[&methyl(), &methyl()]),
        End::Chloro.piece(),
        Link::Oxygen.to(&methyl()),
    ];
    let mut found = vec![ring(BENZENE, &[]).bond(&hydroxyl)];
    for piece in &one {
        found.extend((1..4).map(|place| ring(BENZENE, &[(place, piece)]).bond(&hydroxyl)));
    }
    for (first, second) in place_pairs(two.len()) {
        for places in [(1, 5), (1, 3), (3, 1), (2, 4)] {
            let at = [(places.0, &two[first]), (places.1, &two[second])];
            found.push(ring(BENZENE, &at).bond(&hydroxyl));
        }
    }
    found
}

/// Bridged and fused ring systems with up to one substituent.
pub(crate) fn fused() -> Vec<Piece> {
    let few = [
        methyl(),
        chain(2),
        chain(3),
        carbon(&[&methyl(), &methyl()]),
        End::Chloro.piece(),
        End::Hydroxy.piece(),
        End::Amino.piece(),
        End::Carboxy.piece(),
        Link::Oxygen.to(&methyl()),
        Link::Carbonyl.to(&methyl()),
        Link::Acyloxy.to(&methyl()),
    ];
    let mut found = decorated(&FUSED_SATURATED, &few);
    found.extend(decorated(&FUSED_BENZYLIC, &few[..6]));
    let mut aromatic = on_benzene();
    aromatic.push(End::PhenolHydroxy.piece());
    found.extend(decorated(&FUSED_AROMATIC, &aromatic));
    found
}

/// What lies between two rings, where it reads the same both ways.
const SYMMETRIC: [&[Link]; 10] = [
    &[],
    &[Link::Methylene],
    &[Link::Methylene; 2],
    &[Link::Methylene; 3],
    &[Link::Ethylidene],
    &[Link::Isopropylidene],
    &[Link::Vinylene],
    &[Link::Oxygen],
    &[Link::Carbonyl],
    &[Link::Imino],
];

/// What lies between two rings, where it has a direction.
const DIRECTED: [&[Link]; 6] = [
    &[Link::Carboxylate],
    &[Link::Oxygen, Link::Methylene],
    &[Link::Carbonyl, Link::Methylene],
    &[Link::Imino, Link::Methylene],
    &[Link::Carboxylate, Link::Methylene],
    &[Link::Oxygen, Link::Methylene, Link::Methylene],
];

/// Two rings on a link: every pair of a few plain rings, and substituted phenyls on some.
pub(crate) fn linked_rings() -> Vec<Piece> {
    let plain = [
        BENZENE,
        SATURATED[0],
        SATURATED[2],
        SATURATED[3],
        OLEFINIC[2],
        FUSED_AROMATIC[1],
    ]
    .map(|template| ring(template, &[]));
    let mut found = Vec::new();
    for (first, second) in place_pairs(plain.len()) {
        let joined = |links: &&[Link]| plain[first].bond(&through(links, &plain[second]));
        let turned = |links: &&[Link]| plain[second].bond(&through(links, &plain[first]));
        found.extend(SYMMETRIC.iter().map(joined));
        found.extend(DIRECTED.iter().map(joined));
        found.extend(DIRECTED.iter().map(turned));
    }
    for end in [methyl(), End::Chloro.piece(), End::PhenolHydroxy.piece()] {
        for place in [1, 3] {
            let phenyl = ring(BENZENE, &[(place, &end)]);
            for links in [SYMMETRIC[1], DIRECTED[0]] {
                let joined = |other| phenyl.bond(&through(links, other));
                found.extend(plain.iter().map(joined));
            }
        }
    }
    found
}
