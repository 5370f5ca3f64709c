//! Options that are varied.

use geogate::evaluate::variant::Variation;

#[test]
fn what_cannot_be_varied_is_said() {
    for (text, words) in [
        ("delta", "no `=`"),
        ("dleta=1", "`dleta` is no option"),
        ("seed=1,2", "`seed` is no option"),
        ("delta=", "empty"),
        ("delta=1,1", "twice"),
        ("delta=much", "a number"),
        ("hidden=1.5", "a whole number"),
        ("distance=far", "distance=far"),
        ("corrupt-share=2", "corrupt"),
    ] {
        let error = text.parse::<Variation>().unwrap_err();
        assert!(error.is_input());
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
}
