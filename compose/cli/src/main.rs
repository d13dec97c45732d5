//! The command `interpose`. Each of its commands has a file; `options`, `failure`, `message`, `terminal`, `progress` and
//! `output` hold what they share.

mod adapter;
mod cache;
mod compose;
mod failure;
mod inspect;
mod limits;
mod message;
mod options;
mod output;
mod paths;
mod policy;
mod prepare;
mod progress;
mod run;
mod save;
mod serve;
mod session;
mod terminal;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Args, ColorChoice, Parser, Subcommand};

use self::failure::Failure;
use self::message::Reporter;
use self::session::Session;

/// Puts a policy between a WebAssembly component and its host.
#[derive(Debug, Parser)]
#[command(
    name = "interpose",
    version,
    about,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct CommandLine {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
struct Global {
    /// Print only errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print what is done, with times
    #[arg(long, short, global = true)]
    verbose: bool,
    /// Colour messages
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    /// Print messages and results as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Compose(compose::Compose),
    Run(run::Run),
    Serve(serve::Serve),
    Inspect(inspect::Inspect),
    Adapter(adapter::Adapter),
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    Cache(cache::Cache),
}

/// Runs the command line of this process and returns its exit status: 0 for success, the guest's status for `run`,
/// 134 when the guest trapped, 2 for a bad command line, policy or component, 3 when the policy refuses the component.
fn main() -> ExitCode {
    wasi_interpose::foreign::silence_panics();
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => return not_a_command(&error),
    };
    let color = match line.global.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
        }
    };
    let session = Session {
        reporter: Reporter::new(line.global.json, color, line.global.quiet),
        verbose: line.global.verbose,
        quiet: line.global.quiet,
        json: line.global.json,
    };
    let result = match line.command {
        Command::Compose(command) => command.execute(&session),
        Command::Run(command) => command.execute(&session),
        Command::Serve(command) => command.execute(&session),
        Command::Inspect(command) => command.execute(&session),
        Command::Adapter(command) => command.execute(&session),
        Command::Policy(command) => command.execute(&session),
        Command::Cache(command) => command.execute(&session),
    };
    result.unwrap_or_else(|failure| fail(&session.reporter, &failure))
}

/// Says why a command failed.
fn fail(reporter: &Reporter, failure: &Failure) -> ExitCode {
    failure.report(reporter);
    ExitCode::from(failure.status())
}

/// Prints help, the version, or what is wrong with a command line.
fn not_a_command(error: &clap::Error) -> ExitCode {
    // What comes behind `--` is the application's. The line has not been read, so that nothing else says it.
    let mut options = std::env::args_os().take_while(|argument| argument != "--");
    let json = options.any(|argument| argument == "--json");
    if !error.use_stderr() {
        let printed = output::written_out(error.print());
        return printed.map_or_else(
            |failure| fail(&Reporter::new(json, false, false), &failure),
            |()| ExitCode::SUCCESS,
        );
    }
    if !json {
        let _ = error.print();
        return ExitCode::from(2);
    }
    let text = error.to_string();
    let (message, hint) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.trim_start_matches("error: ").to_owned();
    let failure = Failure::bad(message).hint(hint.trim());
    fail(&Reporter::new(true, false, false), &failure)
}
