//! The integration tests: one binary, one module for each subject.

mod archive;
mod consent;
mod control;
mod cost;
mod dates;
mod dunning;
mod exhaustive;
mod explained;
mod faults;
mod fences;
mod fuzzed;
mod giving_up;
mod laws;
mod machine;
mod model;
mod once;
mod plans;
mod preview;
mod real;
mod sandbox;
mod seeds;
mod shop;
mod sim;
mod story;
mod tidy;
mod world;
