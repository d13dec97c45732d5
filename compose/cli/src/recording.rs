//! `interpose record`: runs an application and keeps all that crosses its boundary.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::help;
use crate::recorder::NewRecording;
use crate::run::Run;
use crate::session::Session;

/// Run a component as `run` does, and keep all that crosses its boundary in a file
#[derive(Debug, Args)]
#[command(
    override_usage = "interpose record [OPTIONS] --policy <POLICY> --output <FILE> <APP> [ARGS]...",
    after_help = help::after_run(&[
        "interpose record -p policy.toml -o run.rec app.wasm --flag",
        "interpose replay app.wasm run.rec",
    ])
)]
pub struct Record {
    /// The recording
    #[arg(long, short, value_name = "FILE", display_order = 2)]
    output: PathBuf,
    /// The functions whose results are kept without their texts and bytes, like `cli.environment.*`
    #[arg(
        long,
        value_name = "FILTER",
        allow_hyphen_values = true,
        display_order = 3
    )]
    redact: Option<String>,
    #[command(flatten)]
    run: Run,
}

impl Record {
    pub fn execute(mut self, session: &Session) -> ExitCode {
        self.run.recording = Some(NewRecording {
            output: self.output,
            redact: self.redact,
        });
        self.run.execute(session)
    }
}
