//! The `dues` command.

fn main() -> std::process::ExitCode {
    dues::cli::run()
}
