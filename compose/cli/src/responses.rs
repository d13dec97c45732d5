//! `interpose responses`: writes the answers of servers in a recording as a policy, for runs without a network.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use interpose_learn::AnswerLearner;
use interpose_policy::Policy;
use interpose_recording::RecordingError;

use crate::failure::Failure;
use crate::help;
use crate::message::Sentence;
use crate::output::Outputs;
use crate::replay::read;
use crate::session::{Result, Session};

/// Write what servers answered in a recording as a policy with `[[http.responses]]`
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose record -p online.toml -o run.rec app.wasm",
    "interpose responses run.rec -o answers.toml",
    "interpose test app.wasm -p answers.toml",
], help::WITHOUT_A_POLICY))]
pub struct Responses {
    /// A recording, which `interpose record` has made
    #[arg(value_name = "RECORDING")]
    recording: PathBuf,
    /// The policy file to write; bodies that are no short texts get files beside it
    #[arg(long, short, value_name = "OUT", display_order = 2)]
    output: PathBuf,
    /// The policy that the written one extends: a built-in one, or a file relative to OUT
    #[arg(long, value_name = "POLICY", default_value = "deterministic")]
    extends: String,
}

impl Responses {
    pub fn execute(&self, session: &Session) -> Result {
        let recording = read(&self.recording)?;
        let mut learner = AnswerLearner::new(recording.header.table.clone());
        for (at, event) in recording.timeline() {
            learner.take(at, event.map_err(|_| RecordingError::Damaged)?);
        }
        let answers = learner.answers();
        if answers.exchanges.is_empty() {
            let message = format!(
                "the application of `{}` made no HTTP requests",
                self.recording.display()
            );
            return Err(Failure::bad("responses::none", message)
                .hint("record a run in which it makes them, under a policy that allows them"));
        }
        let stem = self.output.file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy();
        let written = answers.to_responses(&recording.header.name, &self.extends, &stem);
        let directory = self.output.parent().unwrap_or(Path::new(""));
        // What is written can be read, unless the extended policy cannot.
        let name = self.output.to_string_lossy();
        Policy::parse(&name, &written.policy, Some(directory))?;
        let mut outputs = Outputs::default();
        for (name, contents) in &written.files {
            outputs.add(&directory.join(name), contents)?;
        }
        outputs.add(&self.output, written.policy.as_bytes())?;
        outputs.write()?;
        for difference in written.differences {
            let warning = Sentence::new("responses::differs", difference);
            session.reporter.warning(&warning);
        }
        Ok(ExitCode::SUCCESS)
    }
}
