//! Methods by name, their options, and which of these go together.

use geogate::method::{LOSSES, METHODS, MethodName, ModelConfig, ModelOptions};

#[test]
fn the_table_is_in_the_order_of_the_names() {
    for (index, entry) in METHODS.iter().enumerate() {
        assert_eq!(entry.method as usize, index);
        assert_eq!(entry.name.parse::<MethodName>().unwrap(), entry.method);
        let text = serde_json::to_string(&entry.method).unwrap();
        assert_eq!(text, format!("\"{}\"", entry.name));
        assert_eq!(
            serde_json::from_str::<MethodName>(&text).unwrap(),
            entry.method
        );
    }
    let error = "gat".parse::<MethodName>().unwrap_err();
    assert!(error.is_input());
    assert!(error.to_string().contains("`gat`") && error.to_string().contains("gate"));
}

#[test]
fn weights_are_options_of_the_network() {
    let table = toml::Table::try_from(ModelConfig::default()).unwrap();
    for entry in &LOSSES {
        let weight = (entry.weight)(&ModelConfig::default());
        assert_eq!(table[entry.option].as_float(), Some(weight));
        assert!(entry.help.contains(&format!("[default: {weight}]")));
        for method in MethodName::networks() {
            let (name, preset) = (method.as_str(), (entry.weight)(&ModelConfig::of(method)));
            let said = [format!("{name} has {preset}"), format!("{name} {preset}")];
            assert!(preset == weight || said.iter().any(|said| entry.help.contains(said)));
        }
    }
}

fn options(text: &str) -> ModelOptions {
    ModelOptions::new(toml::from_str(text).unwrap())
}

#[test]
fn what_is_given_wins_over_the_methods_defaults() {
    let given = options("method = \"gear\"\nhidden = 7\nflat = 0.5");
    let gear = given.resolve(None).unwrap();
    let preset = ModelConfig::of(MethodName::Gear);
    assert_eq!((gear.method, gear.latent_dim), (MethodName::Gear, 8));
    assert_eq!((gear.hidden, gear.flat), (7, 0.5));
    assert_eq!(gear.curvature, preset.curvature);
    let gate = given.resolve(Some(MethodName::Gate)).unwrap();
    assert_eq!((gate.method, gate.latent_dim), (MethodName::Gate, 50));
    assert_eq!((gate.hidden, gate.flat), (7, 0.5));
    // resolving what is resolved changes nothing
    let whole = ModelOptions::new(toml::Table::try_from(&gear).unwrap());
    assert_eq!(whole.resolve(None).unwrap(), gear);
    assert!(options("hiden = 7").resolve(None).is_err());
    assert!(options("method = \"gaet\"").resolve(None).is_err());
}

#[test]
fn each_method_has_its_defaults_under_what_is_given() {
    let given = options("hidden = 70");
    for method in MethodName::networks() {
        let preset = ModelConfig::of(method);
        let model = given.resolve(Some(method)).unwrap();
        assert_eq!(
            model,
            ModelConfig {
                hidden: 70,
                ..preset
            }
        );
    }
}

#[test]
fn every_preset_is_valid() {
    for method in MethodName::all() {
        ModelConfig::of(method).validate().unwrap();
    }
}

#[test]
fn losses_that_do_not_exist_are_refused_by_name() {
    let refused = |text: &str, words: &[&str]| {
        let error = options(text).resolve(None).unwrap().validate().unwrap_err();
        let message = error.to_string();
        assert!(error.is_input());
        let named = words.iter().all(|word| message.contains(word));
        assert!(named, "{text}: {message}");
    };
    refused("curvature = 1.0", &["`curvature`", "50", "zero"]);
    refused("curvature = 1.0\nlatent_dim = 1", &["`latent_dim` = 1"]);
    refused("affine = 1.0\nactivation = \"relu\"", &["`affine`", "relu"]);
    refused("normal = 1.0\nepsilon = 0.0", &["`epsilon` = 0"]);
    refused("order2 = 1.0\nperturbations = 0", &["`perturbations` = 0"]);
    refused("flat = 1.0\ndropout = 0.1", &["`dropout`"]);
    refused("isometry = -1.0", &["`isometry` is -1", "from 0 to"]);
    refused("alpha = nan", &["`alpha` is NaN"]);
    refused("depth = 0", &["`depth` is 0"]);
    refused(
        "start = \"isometric\"\nhidden = 99",
        &["`hidden` = 99", "50"],
    );
    refused(
        "start = \"isometric\"\nactivation = \"tanh\"",
        &["`start` = isometric"],
    );
    let three = options("cocycle = 1.0").resolve(None).unwrap();
    assert!(three.validate_for(2).is_err() && three.validate_for(3).is_ok());
    let taught = options("").resolve(Some(MethodName::GspKd)).unwrap();
    let error = taught.validate_for(1).unwrap_err().to_string();
    assert!(error.contains("`method` = gsp-kd") && taught.validate_for(2).is_ok());
    // a method without charts has no use for them
    options("curvature = 1.0")
        .resolve(Some(MethodName::Mtl))
        .unwrap()
        .validate()
        .unwrap();
}
