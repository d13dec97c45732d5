//! `interpose adapter`: composes a policy's adapters without an application.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::help;
use crate::limits::warn_of_limits;
use crate::options::PolicyOptions;
use crate::output::Outputs;
use crate::paths::{Use, check};
use crate::session::{Result, Session};

/// Write the configured adapters as one component, for `wac plug` or any other composer
///
/// What is plugged gets its types from the adapters where the policy needs a kernel: files in memory, virtual time,
/// streams that are not the host's. An application whose exports have such types, as `wasi:http/incoming-handler` of a
/// server has, is of no use to a host then, and is to be composed by `interpose compose`.
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose adapter -p sandbox -o world.wasm",
], help::WITH_A_POLICY))]
pub struct Adapter {
    #[command(flatten)]
    options: PolicyOptions,
    /// The file to write
    #[arg(long, short, value_name = "OUT", display_order = 2)]
    output: PathBuf,
}

impl Adapter {
    pub fn execute(&self, session: &Session) -> Result {
        let policy = self.options.policy()?;
        check(
            session,
            &policy,
            &self.options,
            &Use::Later(&[&self.output]),
        )?;
        let composition = {
            let progress = session.progress("composing");
            self.options.composer(&progress)?.adapters(&policy)?
        };
        if composition.plan.layers.is_empty() {
            return Err(Failure::bad(
                "adapter::nothing",
                "the policy leaves everything to the host, so there is no adapter to write".into(),
            )
            .hint("an application under this policy needs no composing"));
        }
        for warning in &composition.plan.warnings {
            session.reporter.warning(warning);
        }
        warn_of_limits(session, [&composition.plan.decisions.limits]);
        let mut outputs = Outputs::default();
        outputs.add(&self.output, &composition.component)?;
        outputs.write()?;
        Ok(ExitCode::SUCCESS)
    }
}
