//! What the library calls an option is a flag to someone at the command line.

use clap::{Command, CommandFactory};

use super::Program;

/// A message of the library with the flags of the program for its options.
pub(super) fn of_program(message: &str) -> String {
    with_flags(message, &Program::command())
}

/// A parser of flags whose errors are those of the library.
pub(super) fn parser<T, E: ToString>(
    parse: impl Fn(&str) -> Result<T, E> + Clone,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| parse(text).map_err(|error| of_program(&error.to_string()))
}

/// A message of the library with every "option `name`" as the flag of `command` that sets it, and
/// "option `name` = value" as the flag with its value. Options without a flag stay as they are.
fn with_flags(message: &str, command: &Command) -> String {
    const MARK: &str = "option `";
    let mut text = String::new();
    let mut rest = message;
    while let Some(start) = rest.find(MARK) {
        text.push_str(&rest[..start]);
        let after = &rest[start + MARK.len()..];
        let named = after.split_once('`');
        let flag = named.and_then(|(name, tail)| Some((flag_of(name, command)?, tail)));
        match flag {
            Some((flag, tail)) => {
                text.push_str(&flag);
                rest = tail;
                if let Some(value) = tail.strip_prefix(" = ") {
                    text.push(' ');
                    rest = value;
                }
            }
            None => {
                text.push_str(MARK);
                rest = after;
            }
        }
    }
    text + rest
}

/// The flag that sets an option, in any of the subcommands.
fn flag_of(option: &str, command: &Command) -> Option<String> {
    let name = match option {
        "tasks" => "task",
        "sources" => "source",
        "wide" => "data",
        "pairs" => "loss-pairs",
        other => other,
    };
    let long = name.replace('_', "-");
    let mut commands = command.get_subcommands();
    let has = |command: &Command| {
        let mut arguments = command.get_arguments();
        arguments.any(|argument| argument.get_long() == Some(&long))
    };
    commands.any(has).then(|| format!("--{long}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_flags() {
        let command = Program::command();
        for (message, want) in [
            ("option `lr` is -1; correct it", "--lr is -1; correct it"),
            (
                "divide with option `split` = random, or raise option `test_fraction`",
                "divide with --split random, or raise --test-fraction",
            ),
            ("option `no_such` stays", "option `no_such` stays"),
            ("option `lr", "option `lr"),
            ("option `tasks` and option `wide`", "--task and --data"),
        ] {
            assert_eq!(with_flags(message, &command), want);
        }
    }
}
