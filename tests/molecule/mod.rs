//! Molecules against RDKit, against themselves respelled, and against texts that are none.

mod batch;
mod corpus;
mod descriptors;
mod golden;
mod invariance;
mod keys;
mod refusal;
mod respelling;
