//! `interpose compose`: writes the interposed component.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::options::{application, assembly};
use super::prepare::Program;
use super::{Result, Session, output};
use crate::emit::{EmitOptions, emit_parts};

/// Interpose a component and write the result
#[derive(Debug, Args)]
pub(super) struct Compose {
    #[command(flatten)]
    program: Program,
    /// The file to write
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    /// Also write the composition as a `.wac` script, with the configured adapters, into DIR
    #[arg(long, value_name = "DIR")]
    emit_wac: Option<PathBuf>,
}

impl Compose {
    pub(super) fn execute(&self, session: &Session) -> Result {
        let Program {
            application: path,
            graph,
            options,
        } = &self.program;
        let (component, parts, exports) = match graph {
            Some(graph) => {
                let assembly = assembly(session, graph, options)?;
                let assembled = {
                    let _progress = session.progress("composing");
                    options.composer()?.assemble(&assembly)?
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
                let application = application(session, path.as_deref())?;
                let policy = options.policy()?;
                let composition = {
                    let _progress = session.progress("composing");
                    options.composer()?.compose(&application, &policy)?
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
            let source = graph.as_ref().or(path.as_ref());
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
