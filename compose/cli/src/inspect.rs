//! `interpose inspect`: shows what a component imports, and which part answers each import under a policy.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::help;
use crate::options::{PolicyOptions, application};
use crate::output;
use crate::paths::{Use, check};
use crate::preview1::Preview1Options;
use crate::session::{Result, Session};
use crate::terminal::{self, printable};
use wasi_interpose::application::Application;
use wasi_interpose::compose::Composition;
use wasi_interpose::link::Part;
use wasi_interpose::plan::APPLICATION;
use wasi_interpose::preview1::Target;
use wasi_interpose::surface::{Item, Kind, Surface};
use wasi_interpose::wasi::Capability;

/// Show what a component imports and exports; with a policy, what answers each import and what is left to the host
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose inspect app.wasm",
    "interpose inspect app.wasm -p sandbox --json",
], help::WITH_A_POLICY))]
pub struct Inspect {
    /// A component, or a WASI preview 1 core module
    #[arg(value_name = "APP")]
    application: PathBuf,
    /// A policy file, or the name of a built-in policy
    #[arg(long, short, value_name = "POLICY")]
    policy: Option<String>,
    #[command(flatten)]
    preview1: Preview1Options,
}

impl Inspect {
    pub fn execute(&self, session: &Session) -> Result {
        let application = application(
            session,
            Some(&self.application),
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
        let warnings = check(session, &policy, &options, &Use::Later(&[]))?;
        let composition = {
            let progress = session.progress("composing");
            options
                .composer(&progress)?
                .compose(&application, &policy)?
        };
        for warning in &composition.plan.warnings {
            session.reporter.warning(warning);
        }
        let of_the_plan = composition.plan.warnings.iter().map(ToString::to_string);
        let warnings: Vec<String> = of_the_plan.chain(warnings).collect();
        let text = composition_text(&application, &composition);
        print(
            session,
            &text,
            &composition_json(&application, &composition, &warnings),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}

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
    let mut text = format!("{}\n\nimports of the application\n", size(application));
    let imports = &composition.application.imports;
    for (item, wire) in imports.iter().zip(&composition.plan.application) {
        text += &item_line(
            item,
            &format!(
                "{:<12} {}",
                capability(item),
                composition.plan.answered_by(&wire.provider)
            ),
        );
    }
    text += "\nadapters, the host's side first\n";
    if composition.plan.layers.is_empty() {
        text += "  none\n";
    }
    for part in adapters(composition) {
        text += &format!("  {:<44} {} bytes\n", part.name, part.component.len());
    }
    text += "\nleft to the host\n";
    if composition.surface.imports.is_empty() {
        text += "  nothing\n";
    }
    for item in &composition.surface.imports {
        text += &item_line(item, "");
    }
    text + &exports_text(&composition.surface)
}

/// The parts of a composition except the application.
fn adapters(composition: &Composition) -> impl Iterator<Item = &Part> {
    let parts = composition.parts.iter();
    parts.filter(|part| part.name != APPLICATION)
}

fn surface_json(application: &Application, surface: &Surface) -> Value {
    json!({
        "bytes": application.component().len(),
        "imports": surface.imports.iter().map(|item| json!({
            "name": item.name, "kind": item.kind, "functions": item.functions, "capability": capability(item),
        })).collect::<Vec<_>>(),
        "exports": surface.exports,
    })
}

fn composition_json(
    application: &Application,
    composition: &Composition,
    warnings: &[String],
) -> Value {
    let mut value = surface_json(application, &composition.application);
    for (index, wire) in composition.plan.application.iter().enumerate() {
        value["imports"][index]["answeredBy"] = composition.plan.answered_by(&wire.provider).into();
    }
    value["adapters"] = adapters(composition)
        .map(|part| json!({ "name": part.name, "bytes": part.component.len() }))
        .collect();
    value["host"] = json!(composition.surface.imports);
    value["warnings"] = json!(warnings);
    value
}
