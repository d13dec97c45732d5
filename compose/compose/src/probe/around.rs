//! Puts a probe around an application.

use std::collections::BTreeMap;

use bytes::Bytes;
use interpose_calls::{Effect, Event, Mode, ReadError, Settings, Table};
use interpose_faults::Plan;

use super::effects::effects;
use super::error::ProbeError;
use super::player;
use super::world::{Behaviour, Injects, PLAYER, ProbeWorld};
use crate::aliases::inline_aliases;
use crate::http_handler;
use crate::link::{Argument, Export, LinkError, Part, encode};
use crate::plan::{APPLICATION, Granted};
use crate::surface::{Item, Surface};
use crate::testing::{CONTROL, RUN};

/// The prefix of the names of the interfaces to which probes report. Applications must not be given such an import.
pub const SINK: &str = "wasi-interpose:probe/sink";

/// How much of lists and texts is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// How many elements of a list, or bytes of a text, of an argument.
    pub of_arguments: u32,
    /// How many of a result.
    pub of_results: u32,
    /// Whether what `splice` copies to standard output and standard error is reported, though it does not cross the boundary.
    /// Such a call calls `check-write`, `read` and `write` then, by which `wasi:io/streams` defines it.
    pub copied: bool,
}

impl Kept {
    /// All of them, as a recording needs.
    pub const ALL: Self = Self {
        of_arguments: u32::MAX,
        of_results: u32::MAX,
        copied: true,
    };
}

/// An application with a probe around it.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The component. It has the imports and the exports of the application, and imports [`Observed::sink`].
    pub component: Bytes,
    /// What is observed.
    pub observed: Observed,
}

/// What a probe observes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The interface to which the probe reports.
    pub sink: String,
    /// The functions that it sees, by which events are read.
    pub table: Table,
    /// How much of lists and texts is reported.
    pub kept: Kept,
}

impl Observed {
    /// Reads an event.
    ///
    /// # Errors
    /// When the bytes are no event of this probe.
    pub fn read(&self, event: &[u8]) -> Result<Event, ReadError> {
        let Kept {
            of_arguments,
            of_results,
            ..
        } = self.kept;
        Event::read(&self.table, of_arguments, of_results, event)
    }
}

/// The name of the part of a composition that is the probe.
const PROBE: &str = "probe";

/// What a probe around an application does.
pub(crate) struct Probing<'a> {
    /// How much of each call it reports; `None` if it does not.
    pub(crate) kept: Option<Kept>,
    /// The number of the sink that it reports to.
    pub(crate) number: usize,
    /// The faults that it injects; `None` if there are none.
    pub(crate) faults: Option<Injecting<'a>>,
}

/// The faults that a probe injects.
pub(crate) struct Injecting<'a> {
    /// Makes the plan of the faults for the functions of the application.
    pub(crate) plan: &'a mut dyn FnMut(&Table) -> Plan,
    /// Whether it steers the kernel by [`CONTROL`].
    pub(crate) controls: bool,
    /// Whether it is steered by the host of a test, by [`RUN`].
    pub(crate) tests: bool,
}

/// How much a probe keeps of calls that it does not report, to see what they are about.
const KEPT: Kept = Kept {
    of_arguments: 4096,
    of_results: 4096,
    copied: false,
};

/// Puts a probe around an application. It reports to the sink with this number.
///
/// # Errors
/// [`ProbeError`] when the application imports something that cannot be observed.
pub fn around(application: &Bytes, kept: Kept, number: usize) -> Result<Probed, ProbeError> {
    let mut probing = Probing {
        kept: Some(kept),
        number,
        faults: None,
    };
    probed(application, &mut probing)
}

/// Puts a probe around an application.
pub(crate) fn probed(application: &Bytes, probing: &mut Probing<'_>) -> Result<Probed, ProbeError> {
    let application = inline_aliases(application).map_err(LinkError::from)?;
    let surface = surface(&application, APPLICATION)?;
    let handled = surface.handler().map(str::to_owned);
    let Probed {
        component: probe,
        observed,
    } = observing(&application, &surface, probing)?;
    let own = own_imports(&observed, probing);
    Ok(Probed {
        component: connect(application, probe, &surface, &own, handled.as_deref())?.into(),
        observed,
    })
}

/// The imports of a probe that are not the application's.
fn own_imports<'a>(observed: &'a Observed, probing: &Probing<'_>) -> Vec<&'a str> {
    let sink = probing.kept.map(|_| observed.sink.as_str());
    let faults = probing.faults.as_ref();
    let control = faults.filter(|faults| faults.controls).map(|_| CONTROL);
    let run = faults.filter(|faults| faults.tests).map(|_| RUN);
    [sink, control, run].into_iter().flatten().collect()
}

/// The probe for an application, without the application: a component that exports what it imports, and tells of each call.
/// It reports to the sink with this number.
///
/// # Errors
/// As [`around`].
pub fn probe(application: &Bytes, kept: Kept, number: usize) -> Result<Probed, ProbeError> {
    let application = inline_aliases(application).map_err(LinkError::from)?;
    let surface = surface(&application, APPLICATION)?;
    let mut probing = Probing {
        kept: Some(kept),
        number,
        faults: None,
    };
    observing(&application, &surface, &mut probing)
}

fn observing(
    application: &[u8],
    surface: &Surface,
    probing: &mut Probing<'_>,
) -> Result<Probed, ProbeError> {
    let sink = format!("{SINK}{}", probing.number);
    let mut imports = surface.imports.iter();
    let is_own = |name: &str| name.starts_with(SINK) || [CONTROL, RUN].contains(&name);
    if let Some(taken) = imports.find(|import| is_own(&import.name)) {
        return Err(ProbeError::Unsupported {
            import: taken.name.clone(),
            reason: "has a name that only probes may import",
        });
    }
    let behaviour = Behaviour::Observe {
        sink: probing.kept.map(|_| sink.clone()),
        takes_requests: surface.handler().is_some(),
        copies: probing.kept.is_some_and(|kept| kept.copied),
        injects: probing.faults.as_ref().map(|faults| Injects {
            controls: faults.controls,
            tests: faults.tests,
        }),
    };
    let reports = probing.kept.is_some();
    let kept = probing.kept.unwrap_or(KEPT);
    let mut table = Table::default();
    let component = ProbeWorld::of(application, behaviour)?.encode(|described| {
        table = described.clone();
        let (mode, plan) = match &mut probing.faults {
            None => (Mode::Observe, Vec::new()),
            Some(faults) => {
                let mode = Mode::Inject {
                    reports,
                    controls: faults.controls,
                    tests: faults.tests,
                    exits: exits(described),
                };
                (mode, (faults.plan)(described).encode())
            }
        };
        let settings = Settings {
            table: described.clone(),
            mode,
            effects: match kept.copied {
                true => effects(described),
                false => Vec::new(),
            },
            kept_of_arguments: kept.of_arguments,
            kept_of_results: kept.of_results,
        };
        Ok([settings.encode(), plan].concat())
    })?;
    Ok(Probed {
        component: component.into(),
        observed: Observed { sink, table, kept },
    })
}

/// The functions that end a run.
fn exits(table: &Table) -> Vec<u32> {
    let ends = effects(table)
        .into_iter()
        .filter(|(_, effect)| matches!(effect, Effect::Exit | Effect::ExitWithCode));
    ends.map(|(function, _)| function).collect()
}

/// Who is told of what an application does while it gets its answers from a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Player {
    /// Nobody. The component imports nothing.
    Nobody,
    /// A host of this project, by the import [`PLAYER`].
    Host,
    /// Any host: the component imports standard output, standard error and `exit` of WASI, as far as the application does.
    Wasi,
}

/// Makes a component of an application that gets all answers from a recording: the functions that were observed, with all
/// of their arguments and results, and the events, each with its length in front.
///
/// # Errors
/// [`ProbeError`] when it is another application, or one that cannot be replayed.
pub fn replaying(
    application: &Bytes,
    table: &Table,
    events: &[u8],
    player: Player,
) -> Result<Vec<u8>, ProbeError> {
    let application = inline_aliases(application).map_err(LinkError::from)?;
    let surface = surface(&application, APPLICATION)?;
    let behaviour = Behaviour::Replay {
        is_played: player != Player::Nobody,
    };
    let probe = ProbeWorld::of(&application, behaviour)?.encode(|described| {
        if described != table {
            return Err(ProbeError::OtherApplication);
        }
        let settings = Settings {
            table: table.clone(),
            mode: Mode::Replay,
            effects: effects(table),
            kept_of_arguments: u32::MAX,
            kept_of_results: u32::MAX,
        };
        Ok([settings.encode(), events.to_vec()].concat())
    })?;
    let mut parts = Vec::new();
    let mut arguments = Vec::new();
    if player == Player::Wasi {
        let component = player::player(&surface).map_err(ProbeError::Encode)?;
        parts.push(part(player::NAME, component));
        arguments.push(argument(PLAYER, 0, PLAYER));
    }
    let answers = exports_of(&probe, PROBE)?;
    parts.push(Part {
        arguments,
        ..part(PROBE, probe)
    });
    let probe = parts.len() - 1;
    parts.push(Part {
        arguments: answered(&surface, &answers, probe),
        ..part(APPLICATION, application)
    });
    let exports = surface.exports.iter();
    let exports: Vec<Export> = exports
        .map(|item| Export::same(probe + 1, &item.name))
        .collect();
    let mut whole = surface;
    match player {
        Player::Nobody => whole.imports.clear(),
        Player::Host => whole.imports = vec![Item::named(PLAYER)],
        Player::Wasi => {}
    }
    Ok(encode(&parts, &exports, &whole, &all(&whole))?)
}

/// One component of the application and its probe.
fn connect(
    application: Bytes,
    probe: Bytes,
    surface: &Surface,
    own: &[&str],
    handled: Option<&str>,
) -> Result<Vec<u8>, ProbeError> {
    let answers = exports_of(&probe, PROBE)?;
    let mut parts = Vec::new();
    let holder = handled.map(|_| {
        parts.push(part(
            http_handler::REQUEST_NAME,
            text(http_handler::REQUEST)?,
        ));
        Ok::<usize, ProbeError>(parts.len() - 1)
    });
    let holder = holder.transpose()?;
    let incoming = |part: usize| argument(http_handler::INCOMING, part, http_handler::INCOMING);
    parts.push(Part {
        arguments: holder.map(incoming).into_iter().collect(),
        ..part(PROBE, probe)
    });
    let probe = parts.len() - 1;
    parts.push(Part {
        arguments: answered(surface, &answers, probe),
        ..part(APPLICATION, application)
    });
    let application = parts.len() - 1;
    if let (Some(holder), Some(handled)) = (holder, handled) {
        parts.push(Part {
            arguments: vec![
                argument(http_handler::HOLDER, holder, http_handler::HOLDER),
                incoming(probe),
                argument(http_handler::EXPORT, application, handled),
            ],
            ..part(http_handler::HANDLER_NAME, text(http_handler::HANDLER)?)
        });
    }
    let handler = parts.len() - 1;
    let exports = surface.exports.iter().map(|item| {
        if handled == Some(item.name.as_str()) {
            Export {
                part: handler,
                from: http_handler::EXPORT.into(),
                name: item.name.clone(),
            }
        } else {
            Export::same(application, &item.name)
        }
    });
    let exports: Vec<Export> = exports.collect();
    let mut whole = surface.clone();
    whole
        .imports
        .extend(own.iter().map(|name| Item::named(name)));
    Ok(encode(&parts, &exports, &whole, &all(&whole))?)
}

/// The grant of all imports.
fn all(surface: &Surface) -> BTreeMap<String, Granted> {
    let imports = surface.imports.iter();
    imports
        .map(|item| (item.name.clone(), Granted::All))
        .collect()
}

/// The imports of an application that a part answers with exports of the same names.
fn answered(application: &Surface, exports: &[String], part: usize) -> Vec<Argument> {
    let imports = application.imports.iter();
    let names = imports.map(|item| &item.name);
    names
        .filter(|name| exports.contains(name))
        .map(|name| argument(name, part, name))
        .collect()
}

fn argument(import: &str, part: usize, export: &str) -> Argument {
    Argument {
        import: import.into(),
        part,
        export: export.into(),
    }
}

fn exports_of(component: &[u8], part: &str) -> Result<Vec<String>, ProbeError> {
    let surface = surface(component, part)?;
    Ok(surface.exports.into_iter().map(|item| item.name).collect())
}

fn part(name: &str, component: impl Into<Bytes>) -> Part {
    Part {
        name: name.into(),
        component: component.into(),
        arguments: Vec::new(),
    }
}

fn text(text: &str) -> Result<Vec<u8>, ProbeError> {
    wat::parse_str(text).map_err(|error| ProbeError::Encode(error.into()))
}

fn surface(component: &[u8], part: &str) -> Result<Surface, ProbeError> {
    Surface::of(component).map_err(|error| {
        let message = error.to_string();
        LinkError::Package {
            part: part.into(),
            message,
        }
        .into()
    })
}
