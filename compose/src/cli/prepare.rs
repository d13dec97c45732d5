//! What `compose`, `run` and `serve` have in common: an application or several components; and of the latter two, that it
//! is composed in memory to be used at once.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::grant::offer;
use super::options::{PolicyOptions, application, assembly, name_of};
use super::paths::{Use, check as check_paths, check_graph as check_graph_paths};
use super::{Result, Session};
use crate::host::{Grant, HostError, Offer};
use crate::surface::Surface;

/// What is composed.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("program").required(true)))]
pub(super) struct Program {
    /// A component, or a WASI preview 1 core module
    #[arg(value_name = "APP", group = "program")]
    pub(super) application: Option<PathBuf>,
    /// Several components, each with its policy, as this file says
    #[arg(long, value_name = "FILE", group = "program")]
    pub(super) graph: Option<PathBuf>,
    #[command(flatten)]
    pub(super) options: PolicyOptions,
}

/// A component that is ready to be used, and what it is given.
pub(super) struct Prepared {
    pub(super) component: Vec<u8>,
    pub(super) grant: Grant,
    /// Whether an adapter of the application holds files.
    pub(super) holds_files: bool,
    /// Whether a policy asks for runs that are the same on every machine.
    pub(super) deterministic: bool,
}

impl Program {
    /// Composes it. With `exposed` the result exports the files that its adapters hold; `check` refuses applications by
    /// what they export.
    pub(super) fn prepare(
        &self,
        session: &Session,
        exposed: bool,
        arguments: &[String],
        check: fn(&Surface) -> Result<()>,
    ) -> Result<Prepared> {
        let path = self.application.as_ref().or(self.graph.as_ref());
        let name = path.map(|path| name_of(path)).unwrap_or_default();
        let arguments = std::iter::once(name).chain(arguments.iter().cloned());
        let offer = offer(&self.options, arguments.collect());
        match &self.graph {
            Some(graph) => self.assemble(session, graph, exposed, &offer, check),
            None => self.compose(session, exposed, &offer, check),
        }
    }

    fn compose(
        &self,
        session: &Session,
        exposed: bool,
        offer: &Offer,
        check: fn(&Surface) -> Result<()>,
    ) -> Result<Prepared> {
        let application = application(session, self.application.as_deref())?;
        check(&Surface::of(application.component()).map_err(HostError::from)?)?;
        let policy = self.options.policy()?;
        check_paths(session, &policy, &self.options, &Use::Now)?;
        let composition = {
            let _progress = session.progress("composing");
            let composer = self.options.composer()?;
            match exposed {
                false => composer.compose(&application, &policy)?,
                true => composer.compose_exposed(&application, &policy)?,
            }
        };
        let plan = &composition.plan;
        for warning in &plan.warnings {
            session.reporter.warning(warning);
        }
        Ok(Prepared {
            grant: Grant::of(&policy, plan, offer),
            holds_files: plan.kernel().is_some(),
            deterministic: policy.asks_for_determinism(),
            component: composition.component,
        })
    }

    fn assemble(
        &self,
        session: &Session,
        graph: &Path,
        exposed: bool,
        offer: &Offer,
        check: fn(&Surface) -> Result<()>,
    ) -> Result<Prepared> {
        let assembly = assembly(session, graph, &self.options)?;
        check_graph_paths(session, graph, &assembly, &self.options, &Use::Now)?;
        let assembled = {
            let _progress = session.progress("composing");
            let composer = self.options.composer()?;
            match exposed {
                false => composer.assemble(&assembly)?,
                true => composer.assemble_exposed(&assembly)?,
            }
        };
        check(&assembled.surface)?;
        for member in &assembled.members {
            for warning in &member.composition.plan.warnings {
                let name = &member.name;
                session.reporter.warning(&format!("`{name}`: {warning}"));
            }
        }
        // The application comes last.
        let application = assembled.members.last();
        Ok(Prepared {
            grant: Grant::of_assembly(&assembly, &assembled, offer)?,
            holds_files: application
                .is_some_and(|member| member.composition.plan.kernel().is_some()),
            deterministic: assembly
                .members()
                .iter()
                .any(|member| member.policy.asks_for_determinism()),
            component: assembled.component,
        })
    }
}
