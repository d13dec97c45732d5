//! `interpose compose`: writes the interposed component.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::options::{PolicyOptions, application, assembly};
use super::{Result, Session, output};
use crate::emit::{EmitOptions, emit_parts};

/// Interpose a component and write the result
#[derive(Debug, Args)]
pub(super) struct Compose {
    /// A component, or a WASI preview 1 core module
    #[arg(
        value_name = "APP",
        required_unless_present = "graph",
        conflicts_with = "graph"
    )]
    application: Option<PathBuf>,
    /// Several components, each with its policy, as this file says
    #[arg(long, value_name = "FILE")]
    graph: Option<PathBuf>,
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
        let (component, parts, exports) = match &self.graph {
            Some(graph) => {
                let assembly = assembly(session, graph, &self.options)?;
                let assembled = {
                    let _progress = session.progress("composing");
                    self.options.composer()?.assemble(&assembly)?
                };
                for member in &assembled.members {
                    for warning in &member.composition.plan.warnings {
                        let name = &member.name;
                        session.reporter.warning(&format!("`{name}`: {warning}"));
                    }
                }
                (assembled.component, assembled.parts, assembled.exports)
            }
            None => {
                let application = application(session, self.application.as_deref())?;
                let policy = self.options.policy()?;
                let composition = {
                    let _progress = session.progress("composing");
                    self.options.composer()?.compose(&application, &policy)?
                };
                for warning in &composition.plan.warnings {
                    session.reporter.warning(warning);
                }
                (
                    composition.component,
                    composition.parts,
                    composition.exports,
                )
            }
        };
        if let Some(directory) = &self.emit_wac {
            let source = self.graph.as_ref().or(self.application.as_ref());
            let stem = source.and_then(|path| path.file_stem()).unwrap_or_default();
            let name = stem.to_string_lossy().into_owned();
            for (file, contents) in emit_parts(&parts, &exports, &EmitOptions { name }) {
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
        output::write(&self.output, &component)?;
        Ok(ExitCode::SUCCESS)
    }
}
