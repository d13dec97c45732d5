//! Cycles among the WIT packages that a core module describes.
//!
//! A core module that was built for a world says so in custom sections, each a component whose types are the world's.
//! There, an interface can only use what stands before it; but packages can use each other nevertheless, and several
//! sections together can have what none has alone. wit-parser orders packages by calling itself for each that one uses,
//! and never returns from a cycle, on whatever stack.

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

/// The names of the custom sections that describe worlds begin so.
pub(crate) const SECTION: &str = "component-type";

/// How many worlds the modules may describe. A program has one for each crate of it that binds interfaces.
const MAX_WORLDS: u32 = 100;

/// How many versions of one interface the worlds may name. Each could take the place of each before it.
const MAX_VERSIONS: usize = 100;

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

impl From<Limit> for PackagesFault {
    fn from(limit: Limit) -> Self {
        Self::Section(limit.into())
    }
}

/// Looks at all worlds that core modules describe which are to be put together.
///
/// # Errors
/// [`PackagesFault`].
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

    /// What it has in common with all versions of it that may take each other's place when worlds are merged.
    fn group(&self) -> (&str, &str, Option<(u64, u64, u64)>) {
        (&self.package, &self.name, self.version.as_ref().map(track))
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

/// Which interfaces and worlds use which, each by its place in `names`.
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
                // What is nested describes nothing.
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => break,
                _ => {}
            }
        }
        Ok(())
    }

    /// A package that uses itself by way of another one, or of an interface of its own that uses what uses it.
    fn cycle(&self) -> Result<Option<String>, Limit> {
        // Merging worlds may put a later version in the place of what is used.
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

/// A section that describes worlds, as it is read.
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
    // What is used and uses nothing is on no cycle.
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
