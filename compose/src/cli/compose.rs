//! `interpose compose`: writes the interposed component.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::options::{PolicyOptions, application};
use super::{Result, Session, output};
use crate::emit::{EmitOptions, emit};

/// Interpose a component and write the result
#[derive(Debug, Args)]
pub(super) struct Compose {
    /// A component, or a WASI preview 1 core module
    #[arg(value_name = "APP")]
    application: PathBuf,
    #[command(flatten)]
    options: PolicyOptions,
    /// The file to write
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    /// Also write the composition as a `.wac` script, with the configured adapters, into DIR
    #[arg(long, value_name = "DIR")]
    emit_wac: Option<PathBuf>,
}

impl Compose {
    pub(super) fn execute(&self, session: &Session) -> Result {
        let application = application(session, &self.application)?;
        let policy = self.options.policy()?;
        let composition = {
            let _progress = session.progress("composing");
            self.options.composer()?.compose(&application, &policy)?
        };
        for warning in &composition.plan.warnings {
            session.reporter.warning(warning);
        }
        if let Some(directory) = &self.emit_wac {
            let name = self
                .application
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            for (file, contents) in emit(&composition, &EmitOptions { name }) {
                let path = directory.join(file);
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(|error| {
                        super::message::Failure::bad(format!(
                            "`{}` cannot be made: {error}",
                            parent.display()
                        ))
                    })?;
                }
                output::write(&path, &contents)?;
            }
        }
        output::write(&self.output, &composition.component)?;
        Ok(ExitCode::SUCCESS)
    }
}
