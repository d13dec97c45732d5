//! The code that `compose`, `run` and `serve` share: reading an application or a graph, and, for the latter two,
//! composing it in memory for immediate use.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use crate::denials::Tellers;
use crate::options::{PolicyOptions, application, name_of, read_graph};
use crate::paths::{Use, check as check_paths, check_graph as check_graph_paths, members};
use crate::save::refuse_to_save_nothing;
use crate::session::{Result, Session};
use crate::trace::Probe;
use interpose_host::{Grant, HostError, Offer, Save, Trap};
use wasi_interpose::compose::Form;
use wasi_interpose::graph::Assembled;
use wasi_interpose::link::Linking;
use wasi_interpose::link::fuse::glue::Memories;
use wasi_interpose::preview1::Target;
use wasi_interpose::probe::Kept;
use wasi_interpose::surface::Surface;

/// What is composed.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("program").required(true)))]
pub struct Program {
    /// A component, or a WASI preview 1 core module
    #[arg(value_name = "APP", group = "program")]
    pub application: Option<PathBuf>,
    /// Several components, each with its policy, as this file says
    #[arg(long, value_name = "FILE", group = "program", display_order = 3)]
    pub graph: Option<PathBuf>,
    #[command(flatten)]
    pub options: PolicyOptions,
}

/// How something is composed that runs at once.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// Whether adapters are configured when they are instantiated.
    pub open: bool,
    /// The files that are saved, which the composition therefore exports.
    pub saves: &'a [Save],
    /// How much of each call is observed, if calls are.
    pub probe: Option<Kept>,
}

/// What is composed runs on this tool's own engine, which has multiple memories.
const LINKING: Linking = Linking::Fused(Memories::Multiple);

impl Way<'_> {
    fn form(self) -> Form {
        Form {
            testing: false,
            open: self.open,
            exposed: !self.saves.is_empty(),
            probe: self.probe,
            reports: true,
        }
    }
}

/// A component that is ready to run, and its grant.
pub struct Prepared {
    pub component: Vec<u8>,
    pub grant: Grant,
    /// What the probes observe, if there are any.
    pub probes: Vec<Probe>,
    /// The composition of a graph; `None` for a single component.
    pub assembled: Option<Assembled>,
    /// Those that tell what the policy refuses.
    pub tellers: Tellers,
}

/// The component of a graph in which a trap occurred, if it is known.
pub fn component_of<'a>(assembled: Option<&'a Assembled>, trap: &Trap) -> Option<&'a str> {
    assembled?.member_at(trap.offset?)
}

impl Program {
    /// The name of what is composed.
    pub fn title(&self) -> String {
        let path = self.application.as_ref().or(self.graph.as_ref());
        path.map(|path| name_of(path)).unwrap_or_default()
    }

    /// Composes the application or graph. `check` refuses applications because of their exports. The offer is completed with the
    /// program's name and the directories of the options.
    pub fn prepare(
        &self,
        session: &Session,
        way: Way<'_>,
        mut offer: Offer,
        check: fn(&Surface) -> Result<()>,
    ) -> Result<Prepared> {
        offer.arguments.insert(0, self.title());
        offer.directories = self.options.host_directories();
        match &self.graph {
            Some(graph) => self.assemble(session, graph, way, &offer, check),
            None => self.compose(session, way, &offer, check),
        }
    }

    fn compose(
        &self,
        session: &Session,
        way: Way<'_>,
        offer: &Offer,
        check: fn(&Surface) -> Result<()>,
    ) -> Result<Prepared> {
        let application = application(
            session,
            self.application.as_deref(),
            self.options.preview1.adapter(Target::OWN_HOST),
        )?;
        check(&Surface::of(application.component()).map_err(HostError::from)?)?;
        let policy = self.options.policy()?;
        check_paths(session, &policy, &self.options, &Use::Now(way.saves))?;
        let composition = {
            let progress = session.progress("composing");
            let composer = self.options.composer(&progress)?.linked(LINKING);
            composer.compose_as(&application, &policy, way.form())?
        };
        let plan = &composition.plan;
        for warning in &plan.warnings {
            session.reporter.warning(warning);
        }
        refuse_to_save_nothing(way.saves, plan.kernel().is_some())?;
        let probes = composition.probe.clone().into_iter().map(|observed| Probe {
            component: None,
            observed,
        });
        Ok(Prepared {
            tellers: Tellers::of(&composition, offer),
            grant: Grant {
                configurations: composition.configurations,
                reports: composition.reports,
                ..Grant::of(plan, offer)
            },
            component: composition.component,
            probes: probes.collect(),
            assembled: None,
        })
    }

    fn assemble(
        &self,
        session: &Session,
        file: &Path,
        way: Way<'_>,
        offer: &Offer,
        check: fn(&Surface) -> Result<()>,
    ) -> Result<Prepared> {
        let graph = read_graph(session, file, &self.options, Target::OWN_HOST)?;
        let now = Use::Now(way.saves);
        check_graph_paths(session, file, members(&graph), &self.options, &now)?;
        let assembled = {
            let progress = session.progress("composing");
            let composer = self.options.composer(&progress)?.linked(LINKING);
            composer.assemble_as(&graph, way.form())?
        };
        check(&assembled.surface)?;
        session.warn_of_members(&assembled);
        // The application is the last member.
        let application = assembled.members.last();
        let holds_files =
            application.is_some_and(|member| member.composition.plan.kernel().is_some());
        refuse_to_save_nothing(way.saves, holds_files)?;
        let probes = assembled.members.iter().filter_map(|member| {
            Some(Probe {
                component: Some(member.name.clone()),
                observed: member.composition.probe.clone()?,
            })
        });
        Ok(Prepared {
            tellers: Tellers::of_graph(&assembled, offer),
            grant: Grant {
                configurations: assembled.configurations().cloned().collect(),
                reports: assembled.reports().map(|(_, own)| own.clone()).collect(),
                ..Grant::of_graph(&assembled, offer)?
            },
            component: assembled.component.clone(),
            probes: probes.collect(),
            assembled: Some(assembled),
        })
    }
}
