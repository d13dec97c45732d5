//! The command `interpose`. Each of its commands has a file; `options`, `failure`, `message`, `terminal`, `progress`
//! and `output` hold the code that commands share.

mod adapter;
mod cache;
mod compose;
mod failure;
mod help;
mod inspect;
mod limits;
mod lines;
mod message;
mod options;
mod output;
mod paths;
mod policy;
mod prepare;
mod preview1;
mod progress;
mod record;
mod reference;
mod run;
mod save;
mod serve;
mod session;
mod terminal;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Args, ColorChoice, CommandFactory as _, Parser, Subcommand};

use self::failure::{Failure, Kind, Statuses};
use self::message::Reporter;
use self::record::Record;
use self::session::Session;

/// Puts a policy between a WebAssembly component and its host.
#[derive(Debug, Parser)]
#[command(
    name = "interpose",
    version,
    about,
    arg_required_else_help = true,
    after_help = help::after(&[
        "interpose run -p deterministic app.wasm",
        "interpose compose app.wasm -p sandbox -o out.wasm",
        "interpose help run",
    ], help::WITH_A_POLICY) + "\n  `interpose run` has others: see `interpose help run`"
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
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = help::COMMON)]
    quiet: bool,
    /// Print what is done, with times
    #[arg(long, short, global = true, help_heading = help::COMMON)]
    verbose: bool,
    /// Colour messages
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = help::COMMON)]
    color: ColorChoice,
    /// Print messages and results as JSON
    #[arg(long, global = true, help_heading = help::COMMON)]
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
    Completions(reference::Completions),
    #[command(name = "man")]
    Manual(reference::Manual),
}

/// Runs the command line of this process and returns its exit status: 0 for success, otherwise that of the [`Failure`].
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
        Command::Run(command) => return command.execute(&session),
        Command::Serve(command) => command.execute(&session),
        Command::Inspect(command) => command.execute(&session),
        Command::Adapter(command) => command.execute(&session),
        Command::Policy(command) => command.execute(&session),
        Command::Cache(command) => command.execute(&session),
        Command::Completions(command) => command.execute(CommandLine::command()),
        Command::Manual(command) => command.execute(CommandLine::command()),
    };
    result.unwrap_or_else(|failure| fail(&session.reporter, &failure))
}

/// Reports why a command failed.
fn fail(reporter: &Reporter, failure: &Failure) -> ExitCode {
    failure.report(reporter);
    ExitCode::from(failure.kind().status(Statuses::Small))
}

/// Prints help, the version, or the error in a command line.
fn not_a_command(error: &clap::Error) -> ExitCode {
    let asked = Asked::of_process();
    let reporter = Reporter::new(asked.json, false, false);
    if !error.use_stderr() {
        let printed = output::written_out(error.print());
        return printed.map_or_else(
            |failure| asked.fail(&reporter, failure),
            |()| ExitCode::SUCCESS,
        );
    }
    if !asked.json {
        let _ = error.print();
        return ExitCode::from(Kind::Input.status(asked.statuses()));
    }
    let text = error.to_string();
    let (message, hint) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.trim_start_matches("error: ").to_owned();
    let failure = Failure::bad("command-line::invalid", message).hint(hint.trim());
    asked.fail(&reporter, failure)
}

/// The facts about a faulty command line that decide how its error is reported.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    /// Whether the command is `run`, whose failures have other statuses.
    run: bool,
    /// Whether messages are printed as objects.
    json: bool,
}

impl Asked {
    fn of_process() -> Self {
        Self::of(std::env::args_os().skip(1))
    }

    fn of(arguments: impl Iterator<Item = OsString>) -> Self {
        let mut asked = Self::default();
        let mut words = 0;
        let mut is_value = false;
        // Arguments behind `--` are the application's.
        for argument in arguments.take_while(|argument| argument != "--") {
            let is_option = argument.as_encoded_bytes().starts_with(b"-");
            if !is_option && !is_value {
                asked.run |= words == 0 && argument == "run";
                words += 1;
            }
            // `--color` is the only option before the command that takes a value.
            is_value = words == 0 && argument == "--color";
            asked.json |= argument == "--json";
        }
        asked
    }

    /// Reports why no command was run.
    fn fail(&self, reporter: &Reporter, failure: Failure) -> ExitCode {
        match self.run {
            true => Record::start().finish(reporter, Err(failure)),
            false => fail(reporter, &failure),
        }
    }

    fn statuses(&self) -> Statuses {
        match self.run {
            true => Statuses::BesideAnApplication,
            false => Statuses::Small,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_wrong_command_line_asks_for() {
        for (line, run, json) in [
            ("", false, false),
            ("run", true, false),
            ("--color never run --bogus --json", true, true),
            ("--color=never --json run", true, true),
            ("--bogus run", true, false),
            ("policy run", false, false),
            ("compose run --json", false, true),
            ("run -- --json", true, false),
        ] {
            let asked = Asked::of(line.split_whitespace().map(OsString::from));
            assert_eq!(asked, Asked { run, json }, "{line}");
        }
    }
}
