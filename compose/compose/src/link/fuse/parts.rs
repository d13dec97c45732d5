//! Fuses the parts of a composition that can be fused.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Serialize;
use wasmparser::Payload;

use super::glue::Memories;
use super::{Fusion, Refusal, fuse};
use crate::interface::InterfaceName;
use crate::link::part::{Argument, Export, Part};
use crate::plan::Role;
use crate::sections::outermost;

/// A part of a composition, and whether it was fused with the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fate {
    /// The part's name.
    pub part: String,
    /// Why it was not; `None` if it was.
    pub refusal: Option<Refusal>,
}

/// The parts of a composition after fusing.
#[derive(Clone, Debug)]
pub struct Fused {
    /// What is left to be wired. The application's part contains what was fused with it.
    pub parts: Vec<Part>,
    /// The exports of the composition.
    pub exports: Vec<Export>,
    /// What became of each adapter, the host's side first.
    pub fates: Vec<Fate>,
}

impl Fused {
    /// Parts that are all wired.
    pub fn wired(parts: &[Part], roles: &[Role], exports: &[Export]) -> Self {
        let layers = parts.iter().zip(roles);
        let layers = layers.filter(|(_, role)| matches!(role, Role::Layer(_)));
        Self {
            parts: parts.to_vec(),
            exports: exports.to_vec(),
            fates: layers
                .map(|(part, _)| Fate {
                    part: part.name.clone(),
                    refusal: Some(Refusal::Wanted),
                })
                .collect(),
        }
    }
}

/// Fuses the adapters with the application, those next to it first, as far as that is possible. `roles` has the role of
/// each part.
pub fn fuse_parts(parts: &[Part], roles: &[Role], exports: &[Export], memories: Memories) -> Fused {
    let mut left = Left {
        parts: parts.iter().cloned().map(Some).collect(),
        roles,
        exports: exports.to_vec(),
        renamed: 0,
    };
    let application = roles.iter().position(|role| *role == Role::Application);
    let mut fates = Vec::new();
    for (number, role) in roles.iter().enumerate().rev() {
        if let (Role::Layer(_), Some(application)) = (role, application) {
            let refusal = left.fuse(number, application, memories).err();
            let part = parts[number].name.clone();
            fates.push(Fate { part, refusal });
        }
    }
    fates.reverse();
    left.finish(fates)
}

/// Parts of which some are gone because they were fused with others.
struct Left<'r> {
    parts: Vec<Option<Part>>,
    roles: &'r [Role],
    exports: Vec<Export>,
    /// How many imports have got new names.
    renamed: usize,
}

/// The names of imports that another part answers and whose own names are taken: a number follows.
const RENAMED: &str = "wasi-interpose:fused/import";

impl Left<'_> {
    /// Fuses one part with the application.
    fn fuse(
        &mut self,
        number: usize,
        application: usize,
        memories: Memories,
    ) -> Result<(), Refusal> {
        let others = self.parts.iter().enumerate();
        let mut others = others.filter(|(other, _)| *other != application);
        let is_used = |part: &Part| part.arguments.iter().any(|own| own.part == number);
        if others.any(|(_, part)| part.as_ref().is_some_and(is_used)) {
            return Err(Refusal::NotAlone);
        }
        if self.exports.iter().any(|export| export.part == number) {
            return Err(Refusal::Exposed);
        }
        let (Some(callee), Some(caller)) = (&self.parts[number], &self.parts[application]) else {
            return Err(Refusal::NotAlone);
        };
        let arguments = caller.arguments.iter();
        let (linked, mut arguments): (Vec<Argument>, Vec<Argument>) =
            arguments.cloned().partition(|own| own.part == number);
        if linked.is_empty() {
            return Err(Refusal::NotAlone);
        }
        let links: BTreeMap<String, String> = linked
            .into_iter()
            .map(|own| (own.import, own.export))
            .collect();
        let is_stub = |own: &Argument| matches!(self.roles[own.part], Role::Stub(_));
        let of_callee = callee.arguments.iter();
        let (unused, mut of_callee): (Vec<Argument>, Vec<Argument>) =
            of_callee.cloned().partition(is_stub);
        let mut taken = imports(&caller.component)?;
        taken.retain(|import| !links.contains_key(import));
        let mut renamed = BTreeMap::new();
        for import in imports(&callee.component)? {
            let is_unused = unused.iter().any(|own| own.import == import);
            if is_unused || taken.insert(import.clone()) {
                continue;
            }
            let argument = of_callee.iter_mut().find(|own| own.import == import);
            let name = match &argument {
                // What an argument answers can have any name.
                Some(_) => {
                    self.renamed += 1;
                    Some(format!("{RENAMED}{}", self.renamed))
                }
                None => another_version(&import, &taken),
            };
            let Some(name) = name else { continue };
            if let Some(argument) = argument {
                argument.import.clone_from(&name);
            }
            taken.insert(name.clone());
            renamed.insert(import, name);
        }
        let stubs: BTreeSet<usize> = unused.iter().map(|own| own.part).collect();
        let unused: BTreeSet<String> = unused.into_iter().map(|own| own.import).collect();
        let fusion = Fusion {
            application: &caller.component,
            callee: &callee.component,
            links: &links,
            unused: &unused,
            renamed: &renamed,
        };
        let component = fuse(&fusion, memories)?;
        arguments.extend(of_callee);
        self.parts[application] = Some(Part {
            name: caller.name.clone(),
            component: component.into(),
            arguments,
        });
        self.parts[number] = None;
        for stub in stubs {
            self.parts[stub] = None;
        }
        Ok(())
    }

    /// Numbers the parts that are left anew.
    fn finish(self, fates: Vec<Fate>) -> Fused {
        let mut numbers = Vec::new();
        let mut next = 0;
        for part in &self.parts {
            numbers.push(next);
            next += usize::from(part.is_some());
        }
        let mut parts: Vec<Part> = self.parts.into_iter().flatten().collect();
        for argument in parts.iter_mut().flat_map(|part| &mut part.arguments) {
            argument.part = numbers[argument.part];
        }
        let mut exports = self.exports;
        for export in &mut exports {
            export.part = numbers[export.part];
        }
        Fused {
            parts,
            exports,
            fates,
        }
    }
}

/// The names of the imports of a component.
fn imports(component: &[u8]) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for section in outermost(component)? {
        if let Payload::ComponentImportSection(section) = section {
            for import in section {
                names.insert(import?.name.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// A name for an import of the host in another version, which is not taken. Wiring makes one import of compatible versions.
fn another_version(import: &str, taken: &BTreeSet<String>) -> Option<String> {
    let name = InterfaceName::parse(import)?;
    let version = name
        .version
        .clone()
        .filter(|version| version.pre.is_empty())?;
    let lower = (0..version.patch).rev().map(|patch| InterfaceName {
        version: Some(Version {
            patch,
            ..version.clone()
        }),
        ..name.clone()
    });
    let mut names = lower.map(|name| name.to_string());
    names.find(|name| !taken.contains(name))
}
