//! Components made of chosen definitions. Indices are of things that exist, as far as there are any, and names are few, so
//! that many are valid.

use arbitrary::Arbitrary;
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentOuterAliasKind, ComponentType,
    ComponentTypeEncoder, ComponentTypeRef, ComponentTypeSection, ComponentValType, InstanceType,
    NestedComponentSection, PrimitiveValType, TypeBounds, ValType,
};

/// What instances are called: some that adapters answer, some that nobody does.
const INTERFACES: &[&str] = &[
    "wasi:io/error@0.2.0",
    "wasi:io/poll@0.2.0",
    "wasi:io/streams@0.2.0",
    "wasi:io/streams@0.2.6",
    "wasi:clocks/wall-clock@0.2.0",
    "wasi:filesystem/types@0.2.0",
    "wasi:filesystem/preopens@0.2.0",
    "wasi:random/random@0.2.0",
    "wasi:cli/environment@0.2.0",
    "wasi:cli/run@0.2.0",
    "wasi:http/types@0.2.0",
    "acme:shop/items",
    "acme:shop/store",
    "acme:shop/store@1.0.0",
    "acme:shop/store@1.1.0",
    "plain",
];

/// What is in them.
const ITEMS: &[&str] = &[
    "error",
    "pollable",
    "input-stream",
    "datetime",
    "descriptor",
    "item",
    "get-environment",
    "run",
    "[method]error.to-debug-string",
    "[method]item.name",
    "[static]item.make",
    "[constructor]item",
];

/// Components deeper than this are not made: the limits are tested elsewhere.
const DEEPEST: usize = 6;

#[derive(Arbitrary, Debug)]
pub struct Definitions(Vec<Definition>);

#[derive(Arbitrary, Debug)]
enum Definition {
    Type(Shape),
    Import(u8, Reference),
    Export(u8, Kind, u8),
    Alias(u8, Kind, u8),
    Outer(u8, u8),
    Instance(Vec<(u8, Kind, u8)>),
    Instantiate(u8, Vec<(u8, Kind, u8)>),
    Component(Vec<Definition>),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Kind {
    Function,
    Type,
    Instance,
    Component,
}

#[derive(Arbitrary, Debug)]
enum Reference {
    Function(u8),
    Instance(u8),
    Component(u8),
    Equal(u8),
    Resource,
}

#[derive(Arbitrary, Debug)]
enum Shape {
    Record(Vec<Value>),
    Variant(Vec<Option<Value>>),
    List(Value),
    Tuple(Vec<Value>),
    Option(Value),
    Result(Option<Value>, Option<Value>),
    Own(u8),
    Borrow(u8),
    Flags(u8),
    Enum(u8),
    Stream(Option<Value>),
    Function(Vec<Value>, Option<Value>),
    Resource,
    Instance(Vec<Definition>),
    Component(Vec<Definition>),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Value {
    Number,
    Text,
    Type(u8),
}

/// What a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Value,
    Function,
    Resource,
    Instance,
    Component,
    /// It came out of an instance.
    Unknown,
}

/// What has been defined.
#[derive(Default)]
struct Space {
    types: Vec<Sort>,
    functions: u32,
    instances: u32,
    components: u32,
}

impl Space {
    fn ty(&self, choice: u8, sort: Sort) -> Option<u32> {
        let types = self.types.iter().zip(0u32..);
        let fitting: Vec<u32> = types
            .filter(|(one, _)| **one == sort || **one == Sort::Unknown)
            .map(|(_, index)| index)
            .collect();
        fitting
            .get(usize::from(choice) % fitting.len().max(1))
            .copied()
    }

    fn value(&self, value: Value) -> ComponentValType {
        match value {
            Value::Number => ComponentValType::Primitive(PrimitiveValType::U32),
            Value::Text => ComponentValType::Primitive(PrimitiveValType::String),
            Value::Type(choice) => self.ty(choice, Sort::Value).map_or(
                ComponentValType::Primitive(PrimitiveValType::Bool),
                ComponentValType::Type,
            ),
        }
    }

    fn item(&self, kind: Kind, choice: u8) -> Option<u32> {
        let count = match kind {
            Kind::Function => self.functions,
            Kind::Type => u32::try_from(self.types.len()).ok()?,
            Kind::Instance => self.instances,
            Kind::Component => self.components,
        };
        u32::from(choice).checked_rem(count)
    }

    fn define(&mut self, kind: Kind, sort: Sort) {
        match kind {
            Kind::Function => self.functions += 1,
            Kind::Type => self.types.push(sort),
            Kind::Instance => self.instances += 1,
            Kind::Component => self.components += 1,
        }
    }
}

/// What definitions are written to.
enum Sink {
    Component(Box<Component>),
    Type(ComponentType),
    Instance(InstanceType),
}

impl Definitions {
    /// The component, which need not be valid.
    pub fn encode(&self) -> Vec<u8> {
        let mut scopes = Vec::new();
        match fill(Sink::Component(Box::default()), &self.0, &mut scopes) {
            Sink::Component(component) => component.finish(),
            Sink::Type(_) | Sink::Instance(_) => Vec::new(),
        }
    }
}

fn fill(mut sink: Sink, definitions: &[Definition], scopes: &mut Vec<Space>) -> Sink {
    scopes.push(Space::default());
    for definition in definitions {
        let _ = write(&mut sink, definition, scopes);
    }
    scopes.pop();
    sink
}

/// Writes a definition; `None` if there is nothing that it could be made of.
fn write(sink: &mut Sink, definition: &Definition, scopes: &mut Vec<Space>) -> Option<()> {
    let deeper = scopes.len() < DEEPEST;
    let depth = scopes.len();
    let (kind, sort) = match definition {
        Definition::Type(Shape::Instance(inner)) => {
            let Sink::Instance(ty) = fill(
                Sink::Instance(InstanceType::new()),
                inner.get(..).filter(|_| deeper)?,
                scopes,
            ) else {
                return None;
            };
            typed(sink, |encoder| encoder.instance(&ty));
            (Kind::Type, Sort::Instance)
        }
        Definition::Type(Shape::Component(inner)) => {
            let Sink::Type(ty) = fill(
                Sink::Type(ComponentType::new()),
                inner.get(..).filter(|_| deeper)?,
                scopes,
            ) else {
                return None;
            };
            typed(sink, |encoder| encoder.component(&ty));
            (Kind::Type, Sort::Component)
        }
        Definition::Type(shape) => {
            let sort = shaped(sink, shape, scopes.last()?)?;
            (Kind::Type, sort)
        }
        Definition::Import(name, reference) => {
            let (ty, kind, sort, name) = referenced(reference, *name, scopes.last()?)?;
            match sink {
                Sink::Component(component) => {
                    let mut section = ComponentImportSection::new();
                    section.import(name, ty);
                    component.section(&section);
                }
                Sink::Type(outer) => drop(outer.import(name, ty)),
                Sink::Instance(outer) => drop(outer.export(name, ty)),
            }
            (kind, sort)
        }
        Definition::Export(name, kind, choice) => {
            let space = scopes.last()?;
            let index = space.item(*kind, *choice)?;
            match sink {
                Sink::Component(component) => {
                    let mut section = ComponentExportSection::new();
                    section.export(named(*name, *kind), exported(*kind), index, None);
                    component.section(&section);
                    let sort = space.types.get(index as usize).copied();
                    (*kind, sort.unwrap_or(Sort::Unknown))
                }
                Sink::Type(_) | Sink::Instance(_) => {
                    let reference = match kind {
                        Kind::Function => Reference::Function(*choice),
                        Kind::Type => Reference::Equal(*choice),
                        Kind::Instance => Reference::Instance(*choice),
                        Kind::Component => Reference::Component(*choice),
                    };
                    let (ty, kind, sort, name) = referenced(&reference, *name, space)?;
                    match sink {
                        Sink::Type(outer) => drop(outer.export(name, ty)),
                        Sink::Instance(outer) => drop(outer.export(name, ty)),
                        Sink::Component(_) => {}
                    }
                    (kind, sort)
                }
            }
        }
        Definition::Alias(instance, kind, name) => {
            let alias = Alias::InstanceExport {
                instance: scopes.last()?.item(Kind::Instance, *instance)?,
                kind: exported(*kind),
                name: named(*name, Kind::Type),
            };
            aliased(sink, alias);
            (*kind, Sort::Unknown)
        }
        Definition::Outer(outwards, choice) => {
            let count = usize::from(*outwards) % depth;
            let space = &scopes[depth - 1 - count];
            let index = space.item(Kind::Type, *choice)?;
            let sort = space.types[index as usize];
            let alias = Alias::Outer {
                kind: ComponentOuterAliasKind::Type,
                count: u32::try_from(count).ok()?,
                index,
            };
            aliased(sink, alias);
            (Kind::Type, sort)
        }
        Definition::Instance(items) => {
            let Sink::Component(component) = sink else {
                return None;
            };
            let space = scopes.last()?;
            let mut section = ComponentInstanceSection::new();
            section.export_items(chosen(items, space));
            component.section(&section);
            (Kind::Instance, Sort::Unknown)
        }
        Definition::Instantiate(choice, items) => {
            let Sink::Component(component) = sink else {
                return None;
            };
            let space = scopes.last()?;
            let mut section = ComponentInstanceSection::new();
            let index = space.item(Kind::Component, *choice)?;
            section.instantiate(index, chosen(items, space));
            component.section(&section);
            (Kind::Instance, Sort::Unknown)
        }
        Definition::Component(inner) => {
            let Sink::Component(component) = sink else {
                return None;
            };
            let inner = fill(
                Sink::Component(Box::default()),
                inner.get(..).filter(|_| deeper)?,
                scopes,
            );
            let Sink::Component(inner) = inner else {
                return None;
            };
            component.section(&NestedComponentSection(&inner));
            (Kind::Component, Sort::Unknown)
        }
    };
    scopes.last_mut()?.define(kind, sort);
    Some(())
}

fn typed(sink: &mut Sink, encode: impl FnOnce(ComponentTypeEncoder<'_>)) {
    match sink {
        Sink::Component(component) => {
            let mut section = ComponentTypeSection::new();
            encode(section.ty());
            component.section(&section);
        }
        Sink::Type(outer) => encode(outer.ty()),
        Sink::Instance(outer) => encode(outer.ty()),
    }
}

fn aliased(sink: &mut Sink, alias: Alias<'_>) {
    match sink {
        Sink::Component(component) => {
            let mut section = ComponentAliasSection::new();
            section.alias(alias);
            component.section(&section);
        }
        Sink::Type(outer) => drop(outer.alias(alias)),
        Sink::Instance(outer) => drop(outer.alias(alias)),
    }
}

fn shaped(sink: &mut Sink, shape: &Shape, space: &Space) -> Option<Sort> {
    let value = |value: &Value| space.value(*value);
    let optional = |value: &Option<Value>| value.map(|value| space.value(value));
    let numbered: Vec<String> = (0..16).map(|number| format!("n{number}")).collect();
    let names = || numbered.iter().map(String::as_str);
    let resource = |choice: &u8| space.ty(*choice, Sort::Resource);
    match shape {
        Shape::Record(fields) if !fields.is_empty() => {
            typed(sink, |e| {
                e.defined_type()
                    .record(names().zip(fields.iter().map(value)))
            });
        }
        Shape::Variant(cases) if !cases.is_empty() => {
            typed(sink, |e| {
                e.defined_type()
                    .variant(names().zip(cases.iter().map(optional)))
            });
        }
        Shape::List(item) => typed(sink, |e| e.defined_type().list(value(item))),
        Shape::Tuple(items) if !items.is_empty() => {
            typed(sink, |e| {
                e.defined_type()
                    .tuple(items.iter().map(value).collect::<Vec<_>>())
            });
        }
        Shape::Option(item) => typed(sink, |e| e.defined_type().option(value(item))),
        Shape::Result(ok, err) => {
            typed(sink, |e| {
                e.defined_type().result(optional(ok), optional(err))
            });
        }
        Shape::Own(choice) => {
            let index = resource(choice)?;
            typed(sink, |e| e.defined_type().own(index));
        }
        Shape::Borrow(choice) => {
            let index = resource(choice)?;
            typed(sink, |e| e.defined_type().borrow(index));
        }
        Shape::Flags(count) => {
            let count = usize::from(*count) % 16 + 1;
            typed(sink, |e| {
                e.defined_type()
                    .flags(names().take(count).collect::<Vec<_>>())
            });
        }
        Shape::Enum(count) => {
            let count = usize::from(*count) % 16 + 1;
            typed(sink, |e| {
                e.defined_type()
                    .enum_type(names().take(count).collect::<Vec<_>>())
            });
        }
        Shape::Stream(item) => typed(sink, |e| e.defined_type().stream(optional(item))),
        Shape::Function(params, result) => {
            typed(sink, |e| {
                let params: Vec<_> = names().zip(params.iter().map(value)).collect();
                e.function().params(params).result(optional(result));
            });
            return Some(Sort::Function);
        }
        Shape::Resource => {
            typed(sink, |e| e.resource(ValType::I32, None));
            return Some(Sort::Resource);
        }
        _ => return None,
    }
    Some(Sort::Value)
}

fn referenced(
    reference: &Reference,
    name: u8,
    space: &Space,
) -> Option<(ComponentTypeRef, Kind, Sort, &'static str)> {
    let (ty, kind, sort) = match reference {
        Reference::Function(choice) => (
            ComponentTypeRef::Func(space.ty(*choice, Sort::Function)?),
            Kind::Function,
            Sort::Unknown,
        ),
        Reference::Instance(choice) => (
            ComponentTypeRef::Instance(space.ty(*choice, Sort::Instance)?),
            Kind::Instance,
            Sort::Unknown,
        ),
        Reference::Component(choice) => (
            ComponentTypeRef::Component(space.ty(*choice, Sort::Component)?),
            Kind::Component,
            Sort::Unknown,
        ),
        Reference::Equal(choice) => {
            let index = space.item(Kind::Type, *choice)?;
            (
                ComponentTypeRef::Type(TypeBounds::Eq(index)),
                Kind::Type,
                space.types[index as usize],
            )
        }
        Reference::Resource => (
            ComponentTypeRef::Type(TypeBounds::SubResource),
            Kind::Type,
            Sort::Resource,
        ),
    };
    Some((ty, kind, sort, named(name, kind)))
}

fn chosen<'a>(
    items: &'a [(u8, Kind, u8)],
    space: &'a Space,
) -> Vec<(&'static str, ComponentExportKind, u32)> {
    let items = items.iter().filter_map(|(name, kind, choice)| {
        Some((
            named(*name, *kind),
            exported(*kind),
            space.item(*kind, *choice)?,
        ))
    });
    items.collect()
}

fn named(choice: u8, kind: Kind) -> &'static str {
    let names = match kind {
        Kind::Instance | Kind::Component => INTERFACES,
        Kind::Function | Kind::Type => ITEMS,
    };
    names[usize::from(choice) % names.len()]
}

fn exported(kind: Kind) -> ComponentExportKind {
    match kind {
        Kind::Function => ComponentExportKind::Func,
        Kind::Type => ComponentExportKind::Type,
        Kind::Instance => ComponentExportKind::Instance,
        Kind::Component => ComponentExportKind::Component,
    }
}
