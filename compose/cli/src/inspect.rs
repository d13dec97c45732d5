//! `interpose inspect`: shows what a component imports, and which part answers each import under a policy.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use crate::help;
use crate::linking::Link;
use crate::options::{PolicyOptions, application, name_of, read_graph};
use crate::output::{self, Outputs};
use crate::paths::{Use, check, check_graph, members};
use crate::preview1::Preview1Options;
use crate::session::{Result, Session};
use crate::terminal::{self, printable};
use wasi_interpose::application::Application;
use wasi_interpose::compose::Composition;
use wasi_interpose::graph::{Assembled, AssembledMember};
use wasi_interpose::importers::{Answered, Importer};
use wasi_interpose::interface::InterfaceName;
use wasi_interpose::interposers::Chain;
use wasi_interpose::link::fuse::Refusal;
use wasi_interpose::link::{Linking, Part};
use wasi_interpose::picture::Picture;
use wasi_interpose::plan::{APPLICATION, Provider};
use wasi_interpose::preview1::Target;
use wasi_interpose::surface::{Item, Kind, Surface};
use wasi_interpose::wasi::Capability;

/// Show what a component imports and exports; with a policy, what answers each import and what is left to the host
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("program").required(true)),
    group(ArgGroup::new("decided").multiple(true)),
    after_help = help::after(&[
        "interpose inspect app.wasm",
        "interpose inspect app.wasm -p sandbox --json",
        "interpose inspect app.wasm -p policy.toml --svg app.svg",
        "interpose inspect --graph graph.toml --mermaid graph.mmd",
    ], help::WITH_A_POLICY)
)]
pub struct Inspect {
    /// A component, or a WASI preview 1 core module
    #[arg(value_name = "APP", group = "program")]
    application: Option<PathBuf>,
    /// A policy file, or the name of a built-in policy
    #[arg(long, short, value_name = "POLICY", group = "decided")]
    policy: Option<String>,
    /// Several components, each with its policy, as this file says
    #[arg(long, value_name = "FILE", groups = ["program", "decided"], display_order = 3)]
    graph: Option<PathBuf>,
    /// Also write a picture of what answers the imports
    #[arg(long, value_name = "FILE", requires = "decided")]
    svg: Option<PathBuf>,
    /// Also write the picture as text for Mermaid, which draws it
    #[arg(long, value_name = "FILE", requires = "decided")]
    mermaid: Option<PathBuf>,
    #[command(flatten)]
    preview1: Preview1Options,
}

impl Inspect {
    pub fn execute(&self, session: &Session) -> Result {
        if let Some(file) = &self.graph {
            return self.graph(session, file);
        }
        let application = application(
            session,
            self.application.as_deref(),
            self.preview1.adapter(Target::default()),
        )?;
        let surface = Surface::of(application.component())
            .map_err(wasi_interpose::compose::ComposeError::from)?;
        let Some(policy) = &self.policy else {
            print(
                session,
                &surface_text(&application, &surface),
                &surface_json(&application, &surface),
            )?;
            return Ok(ExitCode::SUCCESS);
        };
        let options = PolicyOptions::of(policy);
        let policy = options.policy()?;
        let warnings = check(session, &policy, &options, &Use::Later(&self.pictures()))?;
        let composition = {
            let progress = session.progress("composing");
            let composer = options.composer(&progress)?.linked(LINKING);
            composer.compose(&application, &policy)?
        };
        for warning in &composition.plan.warnings {
            session.reporter.warning(warning);
        }
        let of_the_plan = composition.plan.warnings.iter().map(ToString::to_string);
        let warnings: Vec<String> = of_the_plan.chain(warnings).collect();
        self.draw(|name| Picture::of(&composition, name))?;
        let text = composition_text(&application, &composition);
        print(
            session,
            &text,
            &composition_json(&application, &composition, &warnings),
        )?;
        Ok(ExitCode::SUCCESS)
    }

    /// Shows the components of a graph.
    fn graph(&self, session: &Session, file: &Path) -> Result {
        let options = PolicyOptions::overriding_nothing(self.policy.clone(), self.preview1.clone());
        let graph = read_graph(session, file, &options, Target::default())?;
        let later = Use::Later(&self.pictures());
        let mut warnings = check_graph(session, file, members(&graph), &options, &later)?;
        let assembled = {
            let progress = session.progress("composing");
            let composer = options.composer(&progress)?.linked(LINKING);
            composer.assemble(&graph)?
        };
        warnings.extend(session.warn_of_members(&assembled));
        self.draw(|name| Picture::of_graph(&assembled, name))?;
        print(
            session,
            &graph_text(&assembled),
            &graph_json(&assembled, &warnings),
        )?;
        Ok(ExitCode::SUCCESS)
    }

    /// The files of pictures.
    fn pictures(&self) -> Vec<&Path> {
        let files = self.svg.iter().chain(&self.mermaid);
        files.map(PathBuf::as_path).collect()
    }

    /// Writes the pictures that are asked for.
    fn draw(&self, picture: impl FnOnce(&str) -> Picture) -> Result<()> {
        if self.pictures().is_empty() {
            return Ok(());
        }
        let source = self.application.as_ref().or(self.graph.as_ref());
        let picture = picture(&source.map(|path| name_of(path)).unwrap_or_default());
        let mut outputs = Outputs::default();
        if let Some(file) = &self.svg {
            outputs.add(file, picture.to_svg().as_bytes())?;
        }
        if let Some(file) = &self.mermaid {
            outputs.add(file, picture.to_mermaid().as_bytes())?;
        }
        outputs.write()
    }
}

/// How `compose` links unless it is told otherwise.
const LINKING: Linking = Link::Auto.linking();

fn print(session: &Session, text: &str, json: &Value) -> Result<()> {
    match session.json {
        true => output::result(&format!("{}\n", terminal::json(json, true))),
        false => output::result(text),
    }
}

fn capability(item: &Item) -> String {
    Capability::of_item(item).to_string()
}

fn item_line(item: &Item, rest: &str) -> String {
    let what = match (item.kind, item.functions.len()) {
        (Kind::Instance, 0) => "types only".into(),
        (Kind::Instance, 1) => "1 function".into(),
        (Kind::Instance, n) => format!("{n} functions"),
        (kind, _) => kind.to_string(),
    };
    format!("  {:<44} {what:<12} {rest}\n", printable(&item.name))
}

fn surface_text(application: &Application, surface: &Surface) -> String {
    let mut text = format!("{}\n\nimports\n", size(application));
    for item in &surface.imports {
        text += &item_line(item, &capability(item));
    }
    text + &exports_text(surface)
}

fn exports_text(surface: &Surface) -> String {
    let mut text = "\nexports\n".to_owned();
    for item in &surface.exports {
        text += &format!("  {}\n", printable(&item.name));
    }
    text
}

fn size(application: &Application) -> String {
    format!(
        "{:?}, {} bytes as a component",
        application.form(),
        application.component().len()
    )
}

fn composition_text(application: &Application, composition: &Composition) -> String {
    let mut text = format!("{}\n", size(application));
    text += &importers_text(composition, None);
    text += &adapters_text(composition);
    text += &host_text(composition.surface.imports.iter(), |_| String::new());
    text + &exports_text(&composition.surface)
}

/// The imports of the application and of its interposers, with what answers each. `member` is the component of a graph.
fn importers_text(composition: &Composition, member: Option<&AssembledMember>) -> String {
    let mut text = String::new();
    for importer in composition.importers() {
        text += &match importer.is_interposer() {
            false => "\nimports of the application\n".to_owned(),
            true => format!("\nimports of the interposer {}\n", importer.name),
        };
        for (item, answered) in importer.imports {
            let answer = answer(composition, member, item, answered);
            text += &item_line(item, &format!("{:<12} {answer}", capability(item)));
        }
    }
    text
}

/// The name of what answers an import, which is another component's in a graph.
fn answer<'a>(
    composition: &'a Composition,
    member: Option<&'a AssembledMember>,
    item: &Item,
    answered: Answered<'a>,
) -> &'a str {
    let peer = || {
        let peers = &member?.answered;
        let (_, name) = peers
            .iter()
            .find(|(import, _)| is_same(import, &item.name))?;
        Some(name.as_str())
    };
    match answered {
        Answered::Plan(Provider::Peer) => peer(),
        _ => None,
    }
    .unwrap_or_else(|| composition.name_of(answered))
}

/// Whether two names are of one interface, in compatible versions.
fn is_same(one: &str, other: &str) -> bool {
    let names = InterfaceName::parse(one).zip(InterfaceName::parse(other));
    one == other || names.is_some_and(|(one, other)| one.is_compatible(&other))
}

fn adapters_text(composition: &Composition) -> String {
    let mut text = String::new();
    let interposers = composition.chain.iter().flat_map(Chain::interposers);
    if composition.chain.is_some() {
        text += "\ninterposers, the application's side first\n";
    }
    for link in interposers {
        text += &format!("  {:<44} {} bytes\n", link.name, link.component.len());
    }
    text += "\nadapters, the host's side first\n";
    if composition.plan.layers.is_empty() {
        text += "  none\n";
    }
    for part in adapters(composition) {
        let size = format!("{} bytes", part.component.len());
        text += &match fate(composition, part) {
            None => format!("  {:<44} {size}\n", part.name),
            Some(None) => format!("  {:<44} {size:<12} fused\n", part.name),
            Some(Some(refusal)) => {
                let because = format!("wired, because {refusal}");
                format!("  {:<44} {size:<12} {}\n", part.name, printable(&because))
            }
        };
    }
    text
}

/// What became of a part, if it is an adapter: why it is wired, or that it is not.
fn fate<'a>(composition: &'a Composition, part: &Part) -> Option<Option<&'a Refusal>> {
    let mut fates = composition.fates.iter();
    let fate = fates.find(|fate| fate.part == part.name)?;
    Some(fate.refusal.as_ref())
}

/// What is left to the host, with `rest` behind each.
fn host_text<'a>(
    imports: impl Iterator<Item = &'a Item>,
    rest: impl Fn(&Item) -> String,
) -> String {
    let lines: String = imports.map(|item| item_line(item, &rest(item))).collect();
    let lines = match lines.is_empty() {
        true => "  nothing\n",
        false => &lines,
    };
    format!("\nleft to the host\n{lines}")
}

fn graph_text(assembled: &Assembled) -> String {
    let mut text = String::new();
    // The application comes last in the order of instantiation.
    for member in assembled.members.iter().rev() {
        let bytes = member.composition.component.len();
        text += &format!(
            "component {}, {bytes} bytes with its adapters\n",
            member.name
        );
        text += &importers_text(&member.composition, Some(member));
        text += &adapters_text(&member.composition);
        text += "\n";
    }
    let reachable = |item: &Item| assembled.reachable_by(item).join(", ");
    text += host_text(assembled.surface.imports.iter(), reachable).trim_start();
    text + &exports_text(&assembled.surface)
}

fn graph_json(assembled: &Assembled, warnings: &[String]) -> Value {
    let members = assembled.members.iter().rev();
    let components = members.map(|member| {
        let mut value = importers_json(&member.composition, Some(member));
        value["name"] = member.name.as_str().into();
        value["bytes"] = member.composition.component.len().into();
        value
    });
    let host = assembled.surface.imports.iter().map(|item| {
        let mut value = item_json(item);
        value["reachableBy"] = json!(assembled.reachable_by(item));
        value
    });
    json!({
        "components": components.collect::<Vec<_>>(),
        "exports": assembled.surface.exports,
        "host": host.collect::<Vec<_>>(),
        "warnings": warnings,
    })
}

/// The parts of a composition except the application.
fn adapters(composition: &Composition) -> impl Iterator<Item = &Part> {
    let parts = composition.parts.iter();
    parts.filter(|part| part.name != APPLICATION)
}

fn surface_json(application: &Application, surface: &Surface) -> Value {
    json!({
        "bytes": application.component().len(),
        "imports": surface.imports.iter().map(item_json).collect::<Vec<_>>(),
        "exports": surface.exports,
    })
}

/// The imports of the application or of an interposer, with what answers each.
fn answered_json(
    composition: &Composition,
    member: Option<&AssembledMember>,
    importer: &Importer<'_>,
) -> Vec<Value> {
    let imports = importer.imports.iter();
    imports
        .map(|(item, answered)| {
            let mut value = item_json(item);
            value["answeredBy"] = answer(composition, member, item, *answered).into();
            value
        })
        .collect()
}

fn item_json(item: &Item) -> Value {
    json!({
        "name": item.name, "kind": item.kind, "functions": item.functions, "capability": capability(item),
    })
}

fn composition_json(
    application: &Application,
    composition: &Composition,
    warnings: &[String],
) -> Value {
    let mut value = importers_json(composition, None);
    value["bytes"] = application.component().len().into();
    value["host"] = json!(composition.surface.imports);
    value["warnings"] = json!(warnings);
    value
}

/// The imports and exports of an application, its interposers and its adapters.
fn importers_json(composition: &Composition, member: Option<&AssembledMember>) -> Value {
    let mut importers = composition.importers().into_iter();
    let own = importers.next();
    let links = composition.chain.iter().flat_map(Chain::interposers);
    let interposers = importers.zip(links).map(|(own, link)| {
        let exports = link.surface.exports.iter();
        json!({
            "name": own.name,
            "bytes": link.component.len(),
            "imports": answered_json(composition, member, &own),
            "exports": exports.map(|item| &item.name).collect::<Vec<_>>(),
        })
    });
    let adapters = adapters(composition).map(|part| {
        let mut value = json!({ "name": part.name, "bytes": part.component.len() });
        if let Some(refusal) = fate(composition, part) {
            value["fused"] = refusal.is_none().into();
            if let Some(refusal) = refusal {
                value["wiredBecause"] = refusal.to_string().into();
            }
        }
        value
    });
    json!({
        "imports": own.map(|own| answered_json(composition, member, &own)),
        "exports": composition.application.exports,
        "interposers": interposers.collect::<Vec<_>>(),
        "adapters": adapters.collect::<Vec<_>>(),
    })
}
