//! The `geogate` program.

fn main() {}
