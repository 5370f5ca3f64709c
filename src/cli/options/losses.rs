//! Flags of the weights of losses, one for each row of the table of losses.

use std::collections::BTreeMap;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};
use serde::Serialize;

use crate::method::{LOSSES, Loss, LossEntry};

/// Weights of losses that were given, by option.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(in crate::cli) struct LossFlags(BTreeMap<&'static str, f64>);

impl Args for LossFlags {
    fn augment_args(command: Command) -> Command {
        command.args(LOSSES.iter().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for LossFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let given = LOSSES
            .iter()
            .filter(|entry| matches.value_source(entry.option) == Some(ValueSource::CommandLine));
        let weight = |entry: &LossEntry| {
            let weight = matches.get_one::<f64>(entry.option);
            weight.map(|&weight| (entry.option, weight))
        };
        self.0.extend(given.filter_map(weight));
        Ok(())
    }
}

fn flag(entry: &LossEntry) -> Arg {
    let heading = match entry.loss {
        Loss::Distillation
        | Loss::Autoencoder
        | Loss::Consistency
        | Loss::Mapping
        | Loss::Distance => "Network",
        _ => "Contact losses",
    };
    Arg::new(entry.option)
        .long(entry.option)
        .value_name("WEIGHT")
        .value_parser(value_parser!(f64))
        .allow_negative_numbers(true)
        .help_heading(heading)
        .help(entry.help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_by_their_options() {
        let command = LossFlags::augment_args(Command::new("test"));
        let matches = command.get_matches_from(["test", "--delta", "-3", "--cocycle=0.5"]);
        let flags = LossFlags::from_arg_matches(&matches).unwrap();
        let text = toml::to_string(&flags).unwrap();
        assert_eq!(text, "cocycle = 0.5\ndelta = -3.0\n");
        // an option is its flag
        assert!(LOSSES.iter().all(|entry| !entry.option.contains('_')));
    }
}
