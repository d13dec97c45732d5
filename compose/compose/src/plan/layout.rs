//! The parts of a composition in the order of instantiation, and the position of each.

use super::layer::{Layer, Provider, Wire};
use super::model::Plan;
use crate::http_handler;

/// The name of the application's part.
pub const APPLICATION: &str = "application";

/// The role of a part. A layer is given by its position in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Answers the imports of a layer's adapter that it does not use.
    Stub(usize),
    /// Holds a request to the application until the kernel takes it.
    RequestHolder,
    /// The configured adapter of a layer.
    Layer(usize),
    /// Puts functions of a layer into an interface of the layer below, or of the host.
    Replaced(usize),
    /// The application.
    Application,
    /// Takes the host's requests for an application whose requests the kernel wraps.
    Handler,
}

/// The parts of a composition. The position of each is its position in [`Layout::roles`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    roles: Vec<Role>,
    layers: Vec<LayerParts>,
    request_holder: Option<usize>,
    application: Option<usize>,
    handler: Option<usize>,
}

/// The positions of a layer's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LayerParts {
    stub: Option<usize>,
    adapter: usize,
    replaced: Option<usize>,
}

impl Layout {
    /// The parts for a plan. `stubbed` says for each layer whether it needs a stub; without `with_application` the
    /// composition consists of the adapters alone.
    pub fn new(plan: &Plan, stubbed: &[bool], with_application: bool) -> Self {
        let mut layout = Self {
            roles: Vec::new(),
            layers: Vec::new(),
            request_holder: None,
            application: None,
            handler: None,
        };
        for (number, layer) in plan.layers.iter().enumerate() {
            let is_stubbed = stubbed.get(number).is_some_and(|stubbed| *stubbed);
            let stub = is_stubbed.then(|| layout.add(Role::Stub(number)));
            if takes_requests(layer) {
                layout.request_holder = Some(layout.add(Role::RequestHolder));
            }
            let adapter = layout.add(Role::Layer(number));
            let replaced = layer.adapter.replaced();
            // An adapter may also be there for something else.
            let replaced = replaced
                .filter(|replaced| !with_application || plan.asks(number, replaced.interface));
            let replaced = replaced.map(|_| layout.add(Role::Replaced(number)));
            layout.layers.push(LayerParts {
                stub,
                adapter,
                replaced,
            });
        }
        if with_application {
            layout.application = Some(layout.add(Role::Application));
            if plan.wraps_requests() {
                layout.handler = Some(layout.add(Role::Handler));
            }
        }
        layout
    }

    fn add(&mut self, role: Role) -> usize {
        self.roles.push(role);
        self.roles.len() - 1
    }

    /// The role of each part.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The position of a layer's adapter.
    pub fn layer(&self, layer: usize) -> usize {
        self.layers[layer].adapter
    }

    /// The position of the part that has an export of a layer: the adapter, or the part that puts the adapter's functions
    /// into the interface.
    pub fn exporter(&self, plan: &Plan, layer: usize, export: &str) -> usize {
        let places = &self.layers[layer];
        let is_replaced = plan.layers[layer].replaces_functions_of(export);
        let part = places.replaced.filter(|_| is_replaced);
        part.unwrap_or(places.adapter)
    }

    /// The position of a layer's stub, if it needs one.
    pub fn stub(&self, layer: usize) -> Option<usize> {
        self.layers[layer].stub
    }

    /// The position of the part that holds requests, if the kernel wraps the application's requests.
    pub fn request_holder(&self) -> Option<usize> {
        self.request_holder
    }

    /// The position of the application, if there is one.
    pub fn application(&self) -> Option<usize> {
        self.application
    }

    /// The position of the part that takes the host's requests, if the kernel wraps the application's requests.
    pub fn handler(&self) -> Option<usize> {
        self.handler
    }
}

/// Whether a layer takes requests from the component that holds them.
fn takes_requests(layer: &Layer) -> bool {
    let mut wires = layer.imports.iter();
    wires.any(|wire| wire.provider == Provider::Request)
}

impl Role {
    /// The name of a part, in messages and in the files that `--emit-wac` writes.
    pub fn name(self, plan: &Plan) -> String {
        let adapter = |layer: usize| plan.layers[layer].adapter;
        match self {
            Self::Stub(layer) => format!("{}-stub", adapter(layer)),
            Self::RequestHolder => http_handler::REQUEST_NAME.into(),
            Self::Layer(layer) => adapter(layer).to_string(),
            Self::Replaced(layer) => {
                let replaced = adapter(layer).replaced();
                replaced.map_or_else(String::new, |replaced| replaced.name.into())
            }
            Self::Application => APPLICATION.into(),
            Self::Handler => http_handler::HANDLER_NAME.into(),
        }
    }
}

impl Layer {
    /// Whether this export of the layer is an interface of the layer below, or of the host, in which functions are replaced
    /// by the adapter's.
    pub fn replaces_functions_of(&self, export: &str) -> bool {
        let replaced = self.adapter.replaced();
        replaced.is_some_and(|replaced| replaced.interface == export)
    }

    /// The answer to the interface below one in which functions are replaced.
    pub(crate) fn below(&self, export: &str) -> Option<&Wire> {
        let replaced = self.adapter.replaced();
        let replaced = replaced.filter(|replaced| replaced.interface == export)?;
        let mut imports = self.imports.iter();
        imports.find(|wire| wire.import == replaced.below)
    }
}
