//! Refuses cycles between the WIT packages that a core module describes.
//!
//! A core module that was built for a world describes the world in custom sections, each of which is a component with
//! the world's types. Inside a section, an interface can use only earlier interfaces. Packages can use each other
//! nevertheless, and several sections together can form a cycle that none has alone. wit-parser orders packages by
//! calling itself for each used package, so on a cycle it never returns, however large the stack is.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexSet;
use semver::Version;
use thiserror::Error;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::names::{ComponentName, ComponentNameKind};
use wasmparser::types::Types;
use wasmparser::{BinaryReader, Parser, Payload, Validator, WasmFeatures};

use super::owners::Owners;
use super::walk::Walk;
use super::{Fault, Limit, Limits};

/// The prefix of the names of the custom sections that describe worlds.
pub(crate) const SECTION: &str = "component-type";

/// The most worlds that the modules may describe. A program has one for each of its crates that binds interfaces.
const MAX_WORLDS: u32 = 100;

/// The most versions of one interface that the worlds may name. Merging could replace each version by any later one.
const MAX_VERSIONS: usize = 100;

/// Why the packages that a core module describes are not read.
#[derive(Debug, Error)]
pub(crate) enum PackagesFault {
    /// The module or one of its sections was refused.
    #[error(transparent)]
    Section(#[from] Fault),
    /// A package uses itself, directly or through others.
    #[error("its package `{0}` uses a package that uses it")]
    Cycle(String),
}

impl From<Limit> for PackagesFault {
    fn from(limit: Limit) -> Self {
        Self::Section(limit.into())
    }
}

/// Checks all worlds that a set of core modules, which are to be linked together, describes.
///
/// # Errors
/// [`PackagesFault`] for a cycle, and for a module or section that cannot be read.
pub(crate) fn check_packages(modules: &[&[u8]]) -> Result<(), PackagesFault> {
    let mut uses = Uses::default();
    let mut walk = Walk::new(Limits::FOREIGN);
    let mut worlds = 0;
    for module in modules {
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload.map_err(Fault::from)?;
            let Payload::CustomSection(section) = payload else {
                continue;
            };
            if section.name().starts_with(SECTION) {
                let component = described(section.data()).map_err(Fault::from)?;
                worlds += 1;
                if worlds > MAX_WORLDS {
                    return Err(Limit::Worlds(MAX_WORLDS).into());
                }
                walk.binary(component)?;
                let mut validator = Validator::new_with_features(WasmFeatures::all());
                let types = validator.validate_all(component).map_err(Fault::from)?;
                uses.add(component, &types)?;
            }
        }
    }
    match uses.cycle()? {
        Some(package) => Err(PackagesFault::Cycle(package)),
        None => Ok(()),
    }
}

/// The component in a section. In an old form of the section, the name of a world precedes it.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

    /// The part of the name that is equal for all versions that can replace each other when worlds are merged.
    fn group(&self) -> (&str, &str, Option<(u64, u64, u64)>) {
        (&self.package, &self.name, self.version.as_ref().map(track))
    }
}

/// The part of the version that is equal for compatible versions.
fn track(version: &Version) -> (u64, u64, u64) {
    match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    }
}

/// The uses between interfaces and worlds, each given by its index in `names`.
#[derive(Default)]
struct Uses {
    names: IndexSet<Named>,
    edges: BTreeSet<(usize, usize)>,
}

impl Uses {
    fn add(&mut self, component: &[u8], types: &Types) -> Result<(), Fault> {
        let mut section = Section {
            uses: self,
            types,
            owners: Owners::default(),
        };
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::ComponentExportSection(exports) => {
                    for export in exports {
                        let name = export?.name.name;
                        if let Some(item) = types.component_item_for_export(name) {
                            section.item(None, name, item.ty);
                        }
                    }
                }
                // Nested modules and components describe no worlds.
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => break,
                _ => {}
            }
        }
        Ok(())
    }

    /// The name of a package that uses itself through another package, or in which an interface uses one that uses it.
    fn cycle(&self) -> Result<Option<String>, Limit> {
        // Merging worlds may replace a used interface by a later version.
        let mut groups: BTreeMap<_, BTreeMap<_, usize>> = BTreeMap::new();
        for (place, named) in self.names.iter().enumerate() {
            let group = groups.entry(named.group()).or_default();
            group.insert(named.version.as_ref(), place);
            if group.len() > MAX_VERSIONS {
                return Err(Limit::Versions(MAX_VERSIONS));
            }
        }
        let mut interfaces: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (from, to) in &self.edges {
            let used = &self.names[*to];
            let later = groups[&used.group()].range(used.version.as_ref()..);
            let later = later.map(|(_, place)| *place).filter(|place| place != from);
            interfaces.entry(*from).or_default().extend(later);
        }
        if let Some(place) = cycle(&interfaces) {
            return Ok(Some(shown(&self.names[place])));
        }
        let package = |place: &usize| self.names[*place].package();
        let mut packages: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (from, used) in &interfaces {
            let others = used.iter().map(package).filter(|to| *to != package(from));
            packages.entry(package(from)).or_default().extend(others);
        }
        Ok(cycle(&packages).and_then(|package| {
            let mut names = self.names.iter();
            names.find(|named| named.package() == package).map(shown)
        }))
    }
}

/// A section that describes worlds, while it is read.
struct Section<'a> {
    uses: &'a mut Uses,
    types: &'a Types,
    owners: Owners<usize>,
}

impl Section<'_> {
    fn item(&mut self, user: Option<usize>, name: &str, item: ComponentEntityType) {
        let named = Named::parse(name).map(|named| self.uses.names.insert_full(named).0);
        self.uses.edges.extend(user.zip(named));
        match item {
            ComponentEntityType::Component(id)
            | ComponentEntityType::Type {
                referenced: ComponentAnyTypeId::Component(id),
                ..
            } => {
                let ty = &self.types[id];
                for (name, item) in ty.imports.iter().chain(&ty.exports) {
                    self.item(named.or(user), name, item.ty);
                }
            }
            ComponentEntityType::Instance(id) => {
                let Some(own) = named else { return };
                for item in self.types[id].exports.values() {
                    if let ComponentEntityType::Type {
                        referenced,
                        created,
                    } = item.ty
                    {
                        let owner = self.owners.of(referenced, self.types);
                        self.uses.edges.extend(owner.map(|owner| (own, owner)));
                        self.owners.insert(created, own);
                    }
                }
            }
            _ => {}
        }
    }
}

fn shown(named: &Named) -> String {
    match &named.version {
        Some(version) => format!("{}@{version}", named.package),
        None => named.package.clone(),
    }
}

/// An item on a cycle, or one that leads to a cycle. The function removes items that use nothing until only such items
/// are left.
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
    // An item that uses nothing is on no cycle.
    free.extend(users.keys().filter(|one| !uses.contains_key(*one)));
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
