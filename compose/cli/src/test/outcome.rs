//! Says what a campaign found.

use std::env;
use std::process::ExitCode;

use interpose_simulate::Report;

use super::command;
use crate::output;
use crate::session::{Result, Session};

/// Prints what a campaign found. `commands` says whether failures are followed by the commands that repeat them, which are
/// made of this process's command line.
pub fn tell(session: &Session, report: &Report, commands: bool) -> Result {
    if session.json {
        output::result(&report.to_json())?;
        return Ok(status(report.has_passed()));
    }
    let mut text = format!("{}\n", report.summary());
    for group in &report.failures {
        text += &format!("\n{group}");
        if let Some(file) = group.example.file.as_deref().filter(|_| commands) {
            let command = command::replaying(env::args_os(), file);
            text += &format!("  repeat it: {command}\n");
        }
    }
    output::result(&text)?;
    Ok(status(report.has_passed()))
}

/// The exit status: 0 if nothing failed, and else 1.
pub fn status(has_passed: bool) -> ExitCode {
    ExitCode::from(u8::from(!has_passed))
}
