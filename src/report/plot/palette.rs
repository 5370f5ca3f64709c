//! Colours of lines, dots and intervals: of a series by its place, of a method by what it is.

use crate::method::MethodName;

/// Colours that differ in lightness too: blue, orange, green, purple, brown, grey, then lighter and darker ones.
pub(super) const COLOURS: [&str; 14] = [
    "#1f6fb4", "#e07b00", "#2a8c4a", "#7b4fa3", "#8a5a3c", "#7a8594", "#6db3e8", "#c2343f",
    "#9bc53d", "#c77dba", "#123a5c", "#d9b310", "#1aa39a", "#5c6b12",
];

/// The colour of what stands at this place of a list.
pub(super) fn by_place(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

/// The colour of a method: its own in every picture, whatever it is compared with.
pub(super) fn of_method(method: MethodName) -> &'static str {
    let place = match method {
        MethodName::Stl => 0,
        MethodName::Mtl => 1,
        MethodName::Gate => 2,
        MethodName::Gp => 3,
        MethodName::FtAll => 4,
        MethodName::Ridge => 5,
        MethodName::Kd => 6,
        MethodName::Geogate => 7,
        MethodName::Gear => 8,
        MethodName::GpMtl => 9,
        MethodName::Auto => 10,
        MethodName::FtHead => 11,
        MethodName::GspKd => 12,
        MethodName::AddTask => 13,
    };
    COLOURS[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_methods_have_one_colour() {
        let mut colours: Vec<&str> = MethodName::all().map(of_method).collect();
        let methods = colours.len();
        colours.sort_unstable();
        colours.dedup();
        assert_eq!(colours.len(), methods);
    }
}
