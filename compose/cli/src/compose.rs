//! `interpose compose`: composes a component and writes the result.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::help;
use crate::limits::warn_of_limits;
use crate::linking::Link;
use crate::options::{application, read_graph};
use crate::output::Outputs;
use crate::paths::{Use, check, check_graph, members};
use crate::prepare::Program;
use crate::session::{Result, Session};
use wasi_interpose::emit::{EmitOptions, PARTS, emit_parts};
use wasi_interpose::preview1::Target;

/// Interpose a component and write the result
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose compose app.wasm -p sandbox -o out.wasm",
    "interpose compose app.wasm -p policy.toml --mount /data=files -o out.wasm",
    "interpose compose --graph graph.toml -o out.wasm",
], help::WITH_A_POLICY))]
pub struct Compose {
    #[command(flatten)]
    program: Program,
    /// The file to write
    #[arg(long, short, value_name = "OUT", display_order = 2)]
    output: PathBuf,
    /// Also write the composition as a `.wac` script, with the configured adapters, into DIR
    #[arg(long, value_name = "DIR")]
    emit_wac: Option<PathBuf>,
    /// How the adapters and the application become one component
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    link: Link,
}

impl Compose {
    pub fn execute(&self, session: &Session) -> Result {
        let Program {
            application: path,
            graph,
            options,
        } = &self.program;
        let outputs: Vec<&Path> = std::iter::once(&self.output)
            .chain(&self.emit_wac)
            .map(PathBuf::as_path)
            .collect();
        let later = Use::Later(&outputs);
        let (component, parts, exports) = match graph {
            Some(file) => {
                let graph = read_graph(session, file, options, Target::default())?;
                check_graph(session, file, members(&graph), options, &later)?;
                let assembled = {
                    let progress = session.progress("composing");
                    let composer = options.composer(&progress)?;
                    composer.linked(self.link.linking()).assemble(&graph)?
                };
                session.warn_of_members(&assembled);
                let members = assembled.members.iter();
                warn_of_limits(
                    session,
                    members.map(|member| &member.composition.plan.decisions.limits),
                );
                (assembled.component, assembled.parts, assembled.exports)
            }
            None => {
                let application = application(
                    session,
                    path.as_deref(),
                    options.preview1.adapter(Target::default()),
                )?;
                let policy = options.policy()?;
                check(session, &policy, options, &later)?;
                let composition = {
                    let progress = session.progress("composing");
                    let composer = options.composer(&progress)?;
                    let composer = composer.linked(self.link.linking());
                    composer.compose(&application, &policy)?
                };
                for warning in &composition.plan.warnings {
                    session.reporter.warning(warning);
                }
                warn_of_limits(session, [&composition.plan.decisions.limits]);
                let (parts, exports) = composition.expanded();
                (composition.component, parts, exports)
            }
        };
        let mut outputs = Outputs::default();
        let mut emitted = BTreeSet::new();
        if let Some(directory) = &self.emit_wac {
            let source = graph.as_ref().or(path.as_ref());
            let stem = source.and_then(|path| path.file_stem()).unwrap_or_default();
            let name = stem.to_string_lossy().into_owned();
            for (file, contents) in emit_parts(&parts, &exports, &EmitOptions { name }) {
                let path = directory.join(file);
                outputs.directory(path.parent().unwrap_or(directory))?;
                outputs.add(&path, &contents)?;
                emitted.insert(path);
            }
        }
        outputs.add(&self.output, &component)?;
        outputs.write()?;
        if let Some(directory) = &self.emit_wac {
            remove_others(&directory.join(PARTS), &emitted);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Removes the components of an earlier emission that no script names any more. A component that cannot be removed does
/// no harm.
fn remove_others(directory: &Path, emitted: &BTreeSet<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension() == Some("wasm".as_ref()) && !emitted.contains(&path) {
            let _ = fs::remove_file(path);
        }
    }
}
