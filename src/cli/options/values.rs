//! What the values of flags are read by.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use serde::de::value::{Error as NameError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use crate::train::config::LARGEST_SEED;

/// A whole number that configuration files can hold; its range is the option's own.
pub(in crate::cli) fn whole(text: &str) -> Result<usize, String> {
    let number = text
        .parse::<u64>()
        .map_err(|_| "not a whole number from 0 on")?;
    let fits = Some(number).filter(|&number| number <= LARGEST_SEED);
    let number = fits.and_then(|number| usize::try_from(number).ok());
    Ok(number.ok_or("too large a number")?)
}

/// A path that configuration files can hold: they are text.
pub(in crate::cli) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.to_str().is_some() {
            Ok(path)
        } else {
            Err("the name is no UTF-8 text; choose another, or rename it")
        }
    })
}

/// `on` or `off`.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err("it is on or off".to_owned()),
    }
}

/// A choice by the name it has in configuration files.
pub(super) fn named<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    let name: StrDeserializer<'_, NameError> = name.into_deserializer();
    T::deserialize(name).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::config::SplitName;
    use crate::nn::ScheduleName;

    #[test]
    fn whole_numbers_are_those_that_files_can_hold() {
        assert_eq!(whole("9223372036854775807"), Ok(LARGEST_SEED as usize));
        for (text, words) in [
            ("9223372036854775808", "too large"),
            ("-1", "not a whole"),
            ("1.5", "not a whole"),
        ] {
            assert!(whole(text).unwrap_err().contains(words), "{text}");
        }
    }

    #[test]
    fn choices_go_by_their_names_in_files() {
        assert_eq!(
            named::<ScheduleName>("one-cycle"),
            Ok(ScheduleName::OneCycle)
        );
        let message = named::<SplitName>("skaffold").unwrap_err();
        assert!(
            message.contains("skaffold") && message.contains("`scaffold`"),
            "{message}"
        );
    }
}
