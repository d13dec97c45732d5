//! Cycles among the WIT packages that a core module describes.
//!
//! A core module that was built for a world says so in custom sections, each a component whose types are the world's.
//! There, an interface can only use what stands before it; but packages can use each other nevertheless, and several
//! sections together can have what none has alone. wit-parser orders packages by calling itself for each that one uses,
//! and never returns from a cycle, on whatever stack.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use semver::Version;
use thiserror::Error;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentTypeId};
use wasmparser::names::{ComponentName, ComponentNameKind};
use wasmparser::types::Types;
use wasmparser::{BinaryReader, Parser, Payload, Validator, WasmFeatures};

use super::{Fault, Limits, check};

/// The names of the custom sections that describe worlds begin so.
pub(crate) const SECTION: &str = "component-type";

/// Why the packages that a core module describes are not read.
#[derive(Debug, Error)]
pub(crate) enum PackagesFault {
    /// What describes them is refused, or the module.
    #[error(transparent)]
    Section(#[from] Fault),
    /// They use each other.
    #[error("its package `{0}` uses a package that uses it")]
    Cycle(String),
}

/// Looks at all worlds that core modules describe which are to be put together.
///
/// # Errors
/// [`PackagesFault`].
pub(crate) fn check_packages(modules: &[&[u8]]) -> Result<(), PackagesFault> {
    let mut uses = Uses::default();
    for module in modules {
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload.map_err(Fault::from)?;
            let Payload::CustomSection(section) = payload else {
                continue;
            };
            if section.name().starts_with(SECTION) {
                let component = described(section.data()).map_err(Fault::from)?;
                check(component, Limits::FOREIGN)?;
                let mut validator = Validator::new_with_features(WasmFeatures::all());
                let types = validator.validate_all(component).map_err(Fault::from)?;
                uses.add(component, &types)?;
            }
        }
    }
    match uses.cycle() {
        Some(package) => Err(PackagesFault::Cycle(package)),
        None => Ok(()),
    }
}

/// The component in a section: in an old form, the name of a world stands before it.
fn described(section: &[u8]) -> Result<&[u8], wasmparser::BinaryReaderError> {
    const WITH_NAME: u8 = 0x03;
    let mut reader = BinaryReader::new(section, 0);
    if reader.read_u8()? != WITH_NAME {
        return Ok(section);
    }
    let _encoding = reader.read_u8()?;
    let _world = reader.read_string()?;
    reader.read_bytes(reader.bytes_remaining())
}

/// An interface or a world.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    package: String,
    version: Option<Version>,
    name: String,
}

impl Named {
    fn parse(name: &str) -> Option<Self> {
        let parsed = ComponentName::new(name, 0).ok()?;
        let ComponentNameKind::Interface(interface) = parsed.kind() else {
            return None;
        };
        Some(Self {
            package: format!("{}:{}", interface.namespace(), interface.package()),
            version: interface.version(None).ok()?,
            name: interface.interface().to_string(),
        })
    }

    fn package(&self) -> (&str, Option<&Version>) {
        (&self.package, self.version.as_ref())
    }

    /// Whether merging worlds may put `other` in the place of this: a later version that is compatible.
    fn may_become(&self, other: &Self) -> bool {
        let versions = self.version.as_ref().zip(other.version.as_ref());
        self.package == other.package
            && self.name == other.name
            && versions.is_some_and(|(mine, others)| mine < others && track(mine) == track(others))
    }
}

/// What versions have in common that are compatible.
fn track(version: &Version) -> (u64, u64, u64) {
    match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    }
}

/// Which interfaces and worlds use which.
#[derive(Default)]
struct Uses(BTreeMap<Named, BTreeSet<Named>>);

impl Uses {
    fn add(&mut self, component: &[u8], types: &Types) -> Result<(), Fault> {
        let mut owners = HashMap::new();
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        let name = export?.name.name;
                        if let Some(item) = types.component_item_for_export(name) {
                            self.item(None, name, item.ty, types, &mut owners);
                        }
                    }
                }
                // What is nested describes nothing.
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => break,
                _ => {}
            }
        }
        Ok(())
    }

    fn item(
        &mut self,
        user: Option<&Named>,
        name: &str,
        item: ComponentEntityType,
        types: &Types,
        owners: &mut HashMap<ComponentAnyTypeId, Named>,
    ) {
        let named = Named::parse(name);
        if let Some((user, used)) = user.zip(named.as_ref()) {
            self.edge(user, used);
        }
        match item {
            ComponentEntityType::Component(id)
            | ComponentEntityType::Type {
                referenced: ComponentAnyTypeId::Component(id),
                ..
            } => self.component(named.as_ref().or(user), id, types, owners),
            ComponentEntityType::Instance(id) => {
                let Some(own) = named else { return };
                for item in types[id].exports.values() {
                    let ComponentEntityType::Type {
                        referenced,
                        created,
                    } = item.ty
                    else {
                        continue;
                    };
                    let mut alias = Some(referenced);
                    while let Some(id) = alias {
                        if let Some(owner) = owners.get(&id) {
                            self.edge(&own, owner);
                            break;
                        }
                        alias = types.peel_alias(id);
                    }
                    owners.insert(created, own.clone());
                }
            }
            _ => {}
        }
    }

    fn component(
        &mut self,
        user: Option<&Named>,
        id: ComponentTypeId,
        types: &Types,
        owners: &mut HashMap<ComponentAnyTypeId, Named>,
    ) {
        let ty = &types[id];
        for (name, item) in ty.imports.iter().chain(&ty.exports) {
            self.item(user, name, item.ty, types, owners);
        }
    }

    fn edge(&mut self, from: &Named, to: &Named) {
        self.0.entry(to.clone()).or_default();
        self.0.entry(from.clone()).or_default().insert(to.clone());
    }

    /// A package that uses itself by way of another one, or of an interface of its own that uses what uses it.
    fn cycle(&self) -> Option<String> {
        let mut interfaces: BTreeMap<&Named, BTreeSet<&Named>> = BTreeMap::new();
        for (from, used) in &self.0 {
            let later = |one: &&Named, other: &&Named| one == other || one.may_become(other);
            let targets = self
                .0
                .keys()
                .filter(|to| used.iter().any(|one| later(&one, to)));
            interfaces.insert(from, targets.filter(|to| *to != from).collect());
        }
        if let Some(named) = cycle(&interfaces) {
            return Some(shown(named));
        }
        let mut packages: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (from, used) in &interfaces {
            let others = used
                .iter()
                .map(|to| to.package())
                .filter(|to| *to != from.package());
            packages.entry(from.package()).or_default().extend(others);
        }
        let package = cycle(&packages)?;
        self.0
            .keys()
            .find(|named| named.package() == package)
            .map(shown)
    }
}

fn shown(named: &Named) -> String {
    match &named.version {
        Some(version) => format!("{}@{version}", named.package),
        None => named.package.clone(),
    }
}

/// Something that is on a cycle, or leads to one. Whatever uses nothing that is left is taken away until nothing is.
fn cycle<T: Copy + Ord>(uses: &BTreeMap<T, BTreeSet<T>>) -> Option<T> {
    let mut users: BTreeMap<T, Vec<T>> = BTreeMap::new();
    let mut left: BTreeMap<T, usize> = BTreeMap::new();
    for (from, used) in uses {
        left.insert(*from, used.len());
        for to in used {
            users.entry(*to).or_default().push(*from);
        }
    }
    let mut free: Vec<T> = left
        .iter()
        .filter(|(_, n)| **n == 0)
        .map(|(one, _)| *one)
        .collect();
    while let Some(one) = free.pop() {
        left.remove(&one);
        for user in users.get(&one).into_iter().flatten() {
            if let Some(count) = left.get_mut(user) {
                *count -= 1;
                if *count == 0 {
                    free.push(*user);
                }
            }
        }
    }
    left.keys().next().copied()
}
