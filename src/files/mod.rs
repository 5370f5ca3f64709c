//! What is kept on disk: files that are whole or absent, the output folder and what is in it.
//!
//! | to … | see |
//! |---|---|
//! | write a file whole or not at all | [`write_atomically`], [`write_json`], [`PendingFile`] |
//! | write results into a folder, and replace earlier ones when they are whole | [`OutputFolder`], [`Permission`] |
//! | go on with a run | [`resumable`], [`replaced_by`] |
//! | keep what is read out of what is written | [`refuse_inputs`], [`refuse_to_overwrite`] |
//! | call the files of an output folder by their names | [`names`] |
//!
//! A file is written beside its destination, flushed, then renamed; so is a folder that replaces another.

mod atomic;
mod csv;
mod folder;
mod inputs;
mod lock;
pub mod names;
mod replacement;

pub use atomic::{
    PendingFile, create_folder, is_standard_output, is_written_through, remove_file,
    write_atomically, write_json,
};
pub(crate) use csv::{number, table_csv};
pub use folder::{OutputFolder, Permission, resumable};
pub use inputs::{refuse_inputs, refuse_to_overwrite};
pub use replacement::replaced_by;
