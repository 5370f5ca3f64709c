//! The program as its users meet it: arguments in; files, messages and exit status out.

mod addition;
mod bad_input;
mod choosing;
mod comparison;
mod conditions;
mod configuration;
mod evidence;
mod explain;
mod extrapolation;
mod geometry;
mod help;
mod interruption;
mod picture;
mod prediction;
mod ranges;
mod reading;
mod recomputation;
mod replacement;
mod run;
mod scratch;
mod stability;
mod uncertainty;
mod variants;
