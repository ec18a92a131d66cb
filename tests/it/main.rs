//! The integration tests: one binary, one module for each subject.

mod dates;
mod machine;
mod shop;
mod tidy;
