//! Options of a run, as results name them.

use geogate::train::config::RunConfig;

#[test]
fn options_name_what_differs_from_the_defaults() {
    let mut config = RunConfig::default();
    assert_eq!(config.changed_options(), "");
    config.model.hidden = 300;
    config.model.readout = geogate::nn::GraphReadout::Mean;
    config.training.seed = 7;
    config.training.lr = 5e-4;
    config.split.split_seed = Some(3);
    config.data.max_rows.insert("tc".to_owned(), 400);
    assert_eq!(
        config.changed_options(),
        "max_rows.tc=400 split_seed=3 hidden=300 readout=mean lr=0.0005"
    );
}
