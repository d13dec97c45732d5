//! Makes a picture of a composition or of a graph.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Arrow, Node, NodeKind, Picture};
use super::rules::Rules;
use crate::compose::Composition;
use crate::graph::{Assembled, AssembledMember};
use crate::importers::Answered;
use crate::interface::InterfaceName;
use crate::interposers::Chain;
use crate::plan::{APPLICATION, LayerConfiguration, Provider, Wire};
use crate::surface::Item;
use crate::wasi::Capability;

impl Picture {
    /// A picture of an application under a policy. `name` is what the application is called.
    pub fn of(composition: &Composition, name: &str) -> Self {
        let mut drawing = Drawing::default();
        let member = drawing.member(composition, name, None);
        drawing.connect(composition, &member, &BTreeMap::new());
        drawing.finish(format!("What answers the imports of {name}"))
    }

    /// A picture of the components of a graph. `name` is what the graph is called.
    pub fn of_graph(assembled: &Assembled, name: &str) -> Self {
        let mut drawing = Drawing::default();
        // The application is the last member, and the reader's first box.
        let mut members: Vec<(&AssembledMember, Places)> = Vec::new();
        for member in assembled.members.iter().rev() {
            let places = drawing.member(&member.composition, &member.name, Some(&member.name));
            members.push((member, places));
        }
        for (member, places) in &members {
            let peers: BTreeMap<&str, Peer> = member
                .answered
                .iter()
                .filter_map(|(import, other)| {
                    let (_, places) = members.iter().find(|(member, _)| member.name == *other)?;
                    Some((import.as_str(), places.exporter))
                })
                .collect();
            drawing.connect(&member.composition, places, &peers);
        }
        drawing.finish(format!(
            "What answers the imports of the components of {name}"
        ))
    }
}

/// The box of the component that answers an import of another component of a graph.
type Peer = usize;

/// Where the boxes of a composition are.
struct Places {
    /// The application and its interposers, by their names.
    links: BTreeMap<String, usize>,
    /// The layers, by their positions in the plan.
    layers: Vec<usize>,
    /// What exports the composition's exports: the application, or the outermost interposer in front of it.
    exporter: usize,
}

/// What passes along an arrow.
#[derive(Default)]
struct Passing {
    /// The interfaces that are asked for.
    interfaces: BTreeSet<InterfaceName>,
    /// What is asked for and is no interface.
    others: BTreeSet<String>,
    /// Rules, in the order of their capabilities.
    rules: BTreeMap<Capability, Vec<String>>,
}

/// A picture that is being made.
#[derive(Default)]
struct Drawing {
    nodes: Vec<Node>,
    arrows: BTreeMap<(usize, usize), Passing>,
    /// The arrows that lead to the host, whose box comes last.
    to_host: BTreeMap<usize, Passing>,
}

impl Drawing {
    /// Adds the boxes of a composition.
    fn member(&mut self, composition: &Composition, name: &str, component: Option<&str>) -> Places {
        let mut add = |kind, name: &str, lines| {
            self.nodes.push(Node {
                kind,
                component: component.map(str::to_owned),
                name: name.to_owned(),
                lines,
            });
            self.nodes.len() - 1
        };
        let exports = &composition.application.exports;
        let exports: Vec<String> = packages(exports)
            .into_iter()
            .map(|line| format!("exports {line}"))
            .collect();
        let mut links = BTreeMap::new();
        let application = add(NodeKind::Application, name, exports);
        links.insert(APPLICATION.to_owned(), application);
        for link in composition.chain.iter().flat_map(Chain::interposers) {
            let place = add(NodeKind::Interposer, &link.name, Vec::new());
            links.insert(link.name.clone(), place);
        }
        let outermost = composition.chain.iter().find_map(|chain| {
            let fronts = chain.exports.iter().map(|export| export.from.link);
            let front = fronts.max().and_then(|link| chain.links.get(link))?;
            links.get(&front.name)
        });
        let exporter = outermost.copied().unwrap_or(application);
        let mut layers = Vec::new();
        for (number, layer) in composition.plan.layers.iter().enumerate() {
            let kind = match layer.configuration {
                LayerConfiguration::Kernel(_) => NodeKind::Kernel,
                _ => NodeKind::Filter,
            };
            let answers = capabilities_of_layer(composition, number);
            let lines = answers
                .into_iter()
                .flat_map(|capability| Rules::of(capability, &composition.plan.decisions).inside);
            layers.push(add(kind, layer.adapter.name(), lines.collect()));
        }
        Places {
            links,
            layers,
            exporter,
        }
    }

    /// Adds the arrows of a composition. `peers` are the boxes of what answers imports of other components.
    fn connect(
        &mut self,
        composition: &Composition,
        places: &Places,
        peers: &BTreeMap<&str, Peer>,
    ) {
        for importer in composition.importers() {
            let Some(&from) = places.links.get(importer.name) else {
                continue;
            };
            for (item, answered) in importer.imports {
                if !item.can_be_called() {
                    continue;
                }
                match answered {
                    Answered::Link(name) => {
                        if let Some(to) = places.links.get(name) {
                            self.passing(from, *to).ask(item);
                        }
                    }
                    Answered::Plan(Provider::Peer) => {
                        // The name is the chain's, where an interposer's may differ in its version.
                        let peer = peers
                            .iter()
                            .find(|(import, _)| crate::interface::same(import, &item.name));
                        if let Some((_, to)) = peer {
                            self.passing(from, *to).ask(item);
                        }
                    }
                    Answered::Plan(Provider::Layer { layer, .. }) => {
                        self.passing(from, places.layers[*layer]).ask(item);
                    }
                    Answered::Plan(Provider::Host) => {
                        self.to_host.entry(from).or_default().ask(item);
                    }
                    Answered::Plan(Provider::Type | Provider::Request | Provider::Stub) => {}
                }
            }
        }
        for (number, layer) in composition.plan.layers.iter().enumerate() {
            let from = places.layers[number];
            for wire in &layer.imports {
                let Some(name) = InterfaceName::parse(&wire.import) else {
                    continue;
                };
                let passing = match &wire.provider {
                    Provider::Layer { layer, .. } => self.passing(from, places.layers[*layer]),
                    // What carries streams and pollables to others carries nothing by itself.
                    Provider::Host if Capability::of(&name) != Capability::Io => {
                        self.to_host.entry(from).or_default()
                    }
                    _ => continue,
                };
                if Capability::of(&name) != Capability::Io {
                    passing.interfaces.insert(name);
                }
            }
            if let Some(passing) = self.to_host.get_mut(&from) {
                passing.add_rules(composition);
            }
        }
    }

    fn passing(&mut self, from: usize, to: usize) -> &mut Passing {
        self.arrows.entry((from, to)).or_default()
    }

    fn finish(mut self, title: String) -> Picture {
        let host = self.nodes.len();
        let mut arrows: Vec<Arrow> = self
            .arrows
            .into_iter()
            .map(|((from, to), passing)| Arrow {
                from,
                to,
                lines: passing.lines(),
            })
            .collect();
        if !self.to_host.is_empty() {
            self.nodes.push(Node {
                kind: NodeKind::Host,
                component: None,
                name: "host".into(),
                lines: Vec::new(),
            });
        }
        arrows.extend(self.to_host.into_iter().map(|(from, passing)| Arrow {
            from,
            to: host,
            lines: passing.lines(),
        }));
        Picture {
            title,
            nodes: self.nodes,
            arrows,
        }
    }
}

impl Passing {
    fn ask(&mut self, item: &Item) {
        match item.interface() {
            Some(name) => {
                self.interfaces.insert(name);
            }
            None => {
                self.others.insert(item.name.clone());
            }
        }
    }

    /// Adds the rules about what an adapter lets through to the host.
    fn add_rules(&mut self, composition: &Composition) {
        let capabilities: BTreeSet<Capability> =
            self.interfaces.iter().map(Capability::of_known).collect();
        for capability in capabilities {
            let rules = Rules::of(capability, &composition.plan.decisions).outside;
            if rules.is_empty() {
                continue;
            }
            // The rules say more than the names of the interfaces.
            self.interfaces
                .retain(|name| Capability::of_known(name) != capability);
            self.rules.insert(capability, rules);
        }
    }

    fn lines(self) -> Vec<String> {
        let mut lines: Vec<String> = self.rules.into_values().flatten().collect();
        lines.extend(by_package(&self.interfaces));
        lines.extend(self.others);
        lines
    }
}

/// The capabilities about which a layer's box says what the policy decides: those that it answers for the application, and
/// those that it answers for other layers alone.
fn capabilities_of_layer(composition: &Composition, number: usize) -> BTreeSet<Capability> {
    let capability = |wire: &Wire| {
        let Provider::Layer { layer, .. } = &wire.provider else {
            return None;
        };
        let name = InterfaceName::parse(&wire.import)?;
        Some((Capability::of_known(&name), *layer))
    };
    let plan = &composition.plan;
    let asked: BTreeSet<(Capability, usize)> =
        plan.application.iter().filter_map(capability).collect();
    let above = plan.layers.iter().flat_map(|layer| &layer.imports);
    let for_layers = above
        .filter_map(capability)
        .filter(|(capability, _)| !asked.iter().any(|(other, _)| other == capability));
    let all = asked.iter().copied().chain(for_layers);
    all.filter(|(_, layer)| *layer == number)
        .map(|(capability, _)| capability)
        .collect()
}

/// Items in lines: interfaces of one package together, others by their names.
fn packages(items: &[Item]) -> Vec<String> {
    let names: BTreeSet<InterfaceName> = items.iter().filter_map(Item::interface).collect();
    let others = items.iter().filter(|item| item.interface().is_none());
    let mut lines = by_package(&names);
    lines.extend(others.map(|item| item.name.clone()));
    lines
}

/// Interfaces without versions, those of one package in one line: `wasi:io/{poll, streams}`.
fn by_package(names: &BTreeSet<InterfaceName>) -> Vec<String> {
    let mut packages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in names {
        packages
            .entry(&name.package)
            .or_default()
            .insert(&name.interface);
    }
    let lines = packages.into_iter().map(|(package, interfaces)| {
        let interfaces: Vec<&str> = interfaces.into_iter().collect();
        match interfaces.as_slice() {
            [only] => format!("{package}/{only}"),
            all => format!("{package}/{{{}}}", all.join(", ")),
        }
    });
    lines.collect()
}
