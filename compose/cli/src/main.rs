//! The command `interpose`. Each of its commands has a file; `options`, `failure`, `message`, `terminal`, `progress`
//! and `output` hold the code that commands share.

mod adapter;
mod cache;
mod compose;
mod denials;
mod failure;
mod help;
mod inspect;
mod learn;
mod limits;
mod lines;
mod linking;
mod message;
mod options;
mod output;
mod paths;
mod policy;
mod prepare;
mod preview1;
mod progress;
mod record;
mod recorder;
mod recording;
mod reference;
mod replay;
mod responses;
mod run;
mod save;
mod serve;
mod session;
mod terminal;
mod test;
mod trace;
mod trace_recording;

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
    Record(recording::Record),
    Replay(replay::Replay),
    #[command(name = "trace")]
    Trace(trace_recording::TraceRecording),
    Responses(responses::Responses),
    Serve(serve::Serve),
    Learn(learn::Learn),
    Test(test::Test),
    Inspect(inspect::Inspect),
    Adapter(adapter::Adapter),
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    Cache(cache::Cache),
    Completions(reference::Completions),
    #[command(name = "man")]
    Manual(reference::Manual),
}

impl Command {
    /// Which exit statuses it has for its own failures.
    fn statuses(&self) -> Statuses {
        match self {
            Self::Run(_) | Self::Record(_) | Self::Replay(_) => Statuses::BesideAnApplication,
            Self::Policy(command) => command.statuses(),
            Self::Test(_) => Statuses::BesideADifference,
            _ => Statuses::Small,
        }
    }
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
    let statuses = line.command.statuses();
    let result = match line.command {
        Command::Compose(command) => command.execute(&session),
        Command::Run(command) => return command.execute(&session),
        Command::Record(command) => return command.execute(&session),
        Command::Replay(command) => return command.execute(&session),
        Command::Trace(command) => command.execute(&session),
        Command::Responses(command) => command.execute(&session),
        Command::Serve(command) => command.execute(&session),
        Command::Learn(command) => command.execute(&session),
        Command::Test(command) => command.execute(&session),
        Command::Inspect(command) => command.execute(&session),
        Command::Adapter(command) => command.execute(&session),
        Command::Policy(command) => command.execute(&session),
        Command::Cache(command) => command.execute(&session),
        Command::Completions(command) => command.execute(CommandLine::command()),
        Command::Manual(command) => command.execute(CommandLine::command()),
    };
    result.unwrap_or_else(|failure| fail(&session.reporter, &failure, statuses))
}

/// Says why a command failed.
fn fail(reporter: &Reporter, failure: &Failure, statuses: Statuses) -> ExitCode {
    failure.report(reporter);
    ExitCode::from(failure.kind().status(statuses))
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
        return ExitCode::from(Kind::Input.status(asked.statuses));
    }
    let text = error.to_string();
    let (message, hint) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.trim_start_matches("error: ").to_owned();
    let failure = Failure::bad("command-line::invalid", message).hint(hint.trim());
    asked.fail(&reporter, failure)
}

/// What can be told of a command line that is wrong.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// Those of the command that it seems to be.
    statuses: Statuses,
    /// Whether messages are to be objects.
    json: bool,
}

impl Asked {
    fn of_process() -> Self {
        Self::of(std::env::args_os().skip(1))
    }

    fn of(arguments: impl Iterator<Item = OsString>) -> Self {
        let mut asked = Self {
            statuses: Statuses::Small,
            json: false,
        };
        let (mut words, mut is_policy) = (0, false);
        let mut is_value = false;
        // Arguments behind `--` are the application's.
        for argument in arguments.take_while(|argument| argument != "--") {
            let is_option = argument.as_encoded_bytes().starts_with(b"-");
            if !is_option && !is_value {
                match words {
                    0 if ["run", "record", "replay"]
                        .iter()
                        .any(|name| argument == *name) =>
                    {
                        asked.statuses = Statuses::BesideAnApplication;
                    }
                    0 if argument == "test" => asked.statuses = Statuses::BesideADifference,
                    0 => is_policy = argument == "policy",
                    1 if is_policy && argument == "diff" => {
                        asked.statuses = Statuses::BesideADifference;
                    }
                    _ => {}
                }
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
        match self.statuses {
            Statuses::BesideAnApplication => Record::start().finish(reporter, Err(failure)),
            statuses => fail(reporter, &failure, statuses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_wrong_command_line_asks_for() {
        use Statuses::{BesideADifference, BesideAnApplication, Small};

        for (line, statuses, json) in [
            ("", Small, false),
            ("run", BesideAnApplication, false),
            (
                "--color never run --bogus --json",
                BesideAnApplication,
                true,
            ),
            ("--color=never --json run", BesideAnApplication, true),
            ("--bogus run", BesideAnApplication, false),
            ("policy run", Small, false),
            ("policy --json diff a", BesideADifference, true),
            ("policy check diff", Small, false),
            ("diff policy diff", Small, false),
            ("test --json", BesideADifference, true),
            ("policy test", Small, false),
            ("compose run --json", Small, true),
            ("run -- --json", BesideAnApplication, false),
            ("run policy diff", BesideAnApplication, false),
        ] {
            let asked = Asked::of(line.split_whitespace().map(OsString::from));
            assert_eq!(asked, Asked { statuses, json }, "{line}");
        }
    }
}
