//! Runs commands. Each command is printed before it starts, and the first one that fails ends the task with its status.

use std::ffi::OsStr;
use std::fmt;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use anyhow::{Context, Result};

/// A command ended with another status than success.
#[derive(Debug)]
struct Failed {
    command: String,
    status: ExitStatus,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed: {}", self.command, self.status)
    }
}

impl std::error::Error for Failed {}

/// The exit status for an error: that of the command that failed, otherwise 1.
pub fn status(error: &anyhow::Error) -> ExitCode {
    let failed = error.downcast_ref::<Failed>();
    let code = failed.and_then(|failed| failed.status.code());
    match code.map(u8::try_from) {
        Some(Ok(code)) => ExitCode::from(code),
        _ => ExitCode::FAILURE,
    }
}

/// A cargo command. `PATH` finds it and not the variable `CARGO`, because only rustup's proxy understands `+nightly`.
pub fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    command("cargo", arguments)
}

/// A command.
pub fn command<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Prints the command and runs it.
pub fn run(command: &mut Command) -> Result<()> {
    print(command);
    let status = command.status().with_context(|| shown(command))?;
    finished(command, status)
}

/// Prints the command, runs it, and returns its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    print(command);
    quiet_output(command)
}

/// Runs the command without printing it and returns its standard output.
pub fn quiet_output(command: &mut Command) -> Result<String> {
    let child = command.stderr(Stdio::inherit()).output();
    let output = child.with_context(|| shown(command))?;
    finished(command, output.status)?;
    String::from_utf8(output.stdout).with_context(|| shown(command))
}

/// Whether the command starts and succeeds. Nothing is printed.
pub fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn finished(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    let command = shown(command);
    Err(Failed { command, status }.into())
}

fn print(command: &Command) {
    match command.get_current_dir() {
        Some(folder) => eprintln!("$ (cd {} && {})", folder.display(), shown(command)),
        None => eprintln!("$ {}", shown(command)),
    }
}

/// The command in the form that a shell takes, for arguments without quotes.
fn shown(command: &Command) -> String {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words: Vec<String> = words
        .map(|word| word.to_string_lossy())
        .map(|word| match word.contains([' ', '*']) || word.is_empty() {
            true => format!("'{word}'"),
            false => word.into_owned(),
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_they_are_typed() {
        let command = cargo(["run", "--", "two words", ""]);
        assert_eq!(shown(&command), "cargo run -- 'two words' ''");
    }

    #[test]
    fn the_status_of_the_command_that_failed_is_kept() {
        let error = quiet_output(&mut command("sh", ["-c", "exit 7"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c 'exit 7'` failed: exit status: 7");
        assert_eq!(status(&error), ExitCode::from(7));
        assert_eq!(status(&error.context("why")), ExitCode::from(7));
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = run(&mut command("no-such-program", ["now"])).unwrap_err();
        assert!(error.to_string().contains("no-such-program now"));
        assert_eq!(status(&error), ExitCode::FAILURE);
    }
}
