//! A probe does not show: random interfaces with random values and handles are the same on both of its sides.

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use wasi_interpose::probe::calls::Event;
use wasi_interpose::probe::{EVENT, Kept, Observed, ProbeError, probe};
use wasmtime::component::types::{ComponentItem, Type};
use wasmtime::component::{
    Component, Func, Linker, Resource, ResourceAny, ResourceType, Val, WasmList,
};
use wasmtime::{AsContextMut, Config, Engine, Store, StoreContextMut};
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// How many packages of interfaces are tried.
const PACKAGES: u64 = 400;

/// How often each function of an interface is called.
const CALLS: usize = 6;

/// A resource of the host. Its representation is its identity.
struct Host;

#[derive(Default)]
struct State {
    random: Random,
    /// The number of resources that the host has made, and of those that were dropped.
    made: u32,
    dropped: u32,
    /// What the host was given, and what it returned.
    arguments: Vec<Plain>,
    result: Option<Plain>,
    events: Vec<Event>,
}

/// A value without the handles of one side.
#[derive(Clone, Debug, PartialEq)]
enum Plain {
    Value(Val),
    Parts(String, Vec<Plain>),
    Resource(u32),
}

/// SplitMix64.
#[derive(Default)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

#[test]
fn random_interfaces_are_the_same_behind_a_probe() {
    let mut config = Config::new();
    config.concurrency_support(false);
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    let engine = Engine::new(&config).expect("an engine");
    let (mut interfaces, mut calls, mut resources) = (0, 0, 0);
    for seed in 0..PACKAGES {
        for application in applications(seed) {
            let application = application.into();
            let probed = match probe(&application, Kept::ALL, 0) {
                Ok(probed) => probed,
                // A kind of type that the tool does not know.
                Err(ProbeError::Unsupported { .. }) => continue,
                Err(error) => panic!("seed {seed}: {error}"),
            };
            let state = drive(&engine, seed, &probed.component, &probed.observed);
            interfaces += 1;
            calls += state.0;
            resources += state.1;
        }
    }
    // The numbers only say that something was tried at all.
    assert!(interfaces > 20, "{interfaces} interfaces");
    assert!(calls > 100, "{calls} calls");
    assert!(resources > 10, "{resources} resources");
}

/// A million calls with lists, texts and resources leave nothing behind in a probe.
#[test]
fn a_probe_does_not_grow() {
    const CALLS: u32 = 1_000_000;
    // What the monitor has at first, and little more.
    const MEMORY: usize = 4 << 20;

    let mut config = Config::new();
    config.concurrency_support(false);
    let engine = Engine::new(&config).expect("an engine");
    let mut resolve = Resolve::default();
    let text = "package a:b; interface c {
        resource r;
        f: func(names: list<string>, taken: option<r>) -> tuple<r, list<u8>>;
    }";
    resolve.push_str("c.wit", text).expect("a package");
    let probed = probe(&importing(&resolve, "a:b/c").into(), Kept::ALL, 0).expect("a probe");
    let component = Component::new(&engine, &probed.component).expect("a component");
    let mut linker = Linker::<wasmtime::StoreLimits>::new(&engine);
    let mut sink = linker.instance(&probed.observed.sink).expect("an instance");
    sink.func_wrap(EVENT, |_, _: (WasmList<u8>,)| Ok(()))
        .expect("a sink");
    let mut linked = linker.instance("a:b/c").expect("an instance");
    linked
        .resource("r", ResourceType::host::<Host>(), |_, _| Ok(()))
        .expect("a resource");
    linked
        .func_wrap(
            "f",
            |_, (_, taken): (WasmList<String>, Option<Resource<Host>>)| {
                let rep = taken.map_or(1, |taken| taken.rep() + 1);
                Ok(((Resource::<Host>::new_own(rep), vec![7u8; 1000]),))
            },
        )
        .expect("a function");
    let limits = wasmtime::StoreLimitsBuilder::new()
        .memory_size(MEMORY)
        .build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let instance = linker
        .instantiate(&mut store, &component)
        .expect("an instance");
    let outer = instance
        .get_export_index(&mut store, None, "a:b/c")
        .expect("an export");
    let index = instance
        .get_export_index(&mut store, Some(&outer), "f")
        .expect("an export");
    type Arguments<'a> = (&'a [&'a str], Option<ResourceAny>);
    let function = instance
        .get_typed_func::<Arguments<'_>, ((ResourceAny, WasmList<u8>),)>(&mut store, &index)
        .expect("a function");
    let mut last = None;
    for number in 0..CALLS {
        let names = ["some", "names of any length"];
        let ((resource, bytes),) = function
            .call(&mut store, (&names, last.take()))
            .expect("a call that returns");
        assert_eq!(bytes.as_le_slice(&store).len(), 1000);
        // Some are passed on, and the others are dropped.
        match number % 3 {
            0 => resource.resource_drop(&mut store).expect("a resource"),
            _ => last = Some(resource),
        }
    }
}

/// Components that import the interfaces of a random package.
fn applications(seed: u64) -> Vec<Vec<u8>> {
    let mut random = Random(seed);
    let bytes: Vec<u8> = (0..2048).map(|_| random.next() as u8).collect();
    let config = wit_smith::Config {
        max_packages: 2,
        max_type_size: 40,
        ..wit_smith::Config::default()
    };
    let Ok(package) = wit_smith::smith(&config, &mut Unstructured::new(&bytes)) else {
        return Vec::new();
    };
    let decoded = wit_component::decode(&package).expect("packages");
    let DecodedWasm::WitPackage(resolve, _) = decoded else {
        panic!("the generator makes packages");
    };
    let names = resolve.interfaces.iter().filter_map(|(id, interface)| {
        let has_functions = !interface.functions.is_empty();
        resolve.id_of(id).filter(|_| has_functions)
    });
    let names: Vec<String> = names.collect();
    names.iter().map(|name| importing(&resolve, name)).collect()
}

/// A component that imports an interface.
fn importing(resolve: &Resolve, interface: &str) -> Vec<u8> {
    let mut resolve = resolve.clone();
    // The runtime knows no annotations of this kind yet.
    for (_, interface) in resolve.interfaces.iter_mut() {
        for function in interface.functions.values_mut() {
            function.external_id = None;
        }
    }
    for (_, ty) in resolve.types.iter_mut() {
        ty.external_id = None;
    }
    let text = format!("package probed:application;\nworld application {{ import {interface}; }}");
    let package = resolve.push_str("application.wit", &text).expect("a world");
    let world = resolve.select_world(&[package], None).expect("a world");
    let mut module = wit_component::dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("a module");
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .expect("a component")
}

/// Calls all functions of a probe, and compares both of its sides. Returns how many calls there were, and how many resources.
fn drive(engine: &Engine, seed: u64, component: &[u8], observed: &Observed) -> (usize, u32) {
    let component = Component::new(engine, component).expect("a component");
    let mut linker = Linker::<State>::new(engine);
    linker.allow_shadowing(true);
    let ty = component.component_type();
    for (name, item) in ty.imports(engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            panic!("{name} is no instance");
        };
        let mut linked = linker.instance(name).expect("an instance");
        if name == observed.sink {
            let observed = observed.clone();
            linked
                .func_wrap(
                    EVENT,
                    move |mut store: StoreContextMut<'_, State>, (bytes,): (WasmList<u8>,)| {
                        let event = observed.read(bytes.as_le_slice(&store)).expect("an event");
                        store.data_mut().events.push(event);
                        Ok(())
                    },
                )
                .expect("a sink");
            continue;
        }
        for (item_name, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::Resource(_) => linked
                    .resource(item_name, ResourceType::host::<Host>(), |mut store, _| {
                        store.data_mut().dropped += 1;
                        Ok(())
                    })
                    .expect("a resource"),
                ComponentItem::ComponentFunc(_) => linked
                    .func_new(item_name, |mut store, ty, arguments, results| {
                        let mut plain = Vec::new();
                        for argument in arguments {
                            plain.push(of_host(&mut store, argument));
                        }
                        store.data_mut().arguments = plain;
                        for (result, ty) in results.iter_mut().zip(ty.results()) {
                            let (value, plain) = invent(&mut store, &ty, &mut Source::Host)
                                .expect("the host can make every value");
                            *result = value;
                            store.data_mut().result = Some(plain);
                        }
                        Ok(())
                    })
                    .expect("a function"),
                _ => {}
            }
        }
    }
    let mut store = Store::new(engine, State::default());
    store.data_mut().random = Random(seed ^ 0xabcd);
    let instance = linker
        .instantiate(&mut store, &component)
        .expect("an instance");

    // The handles that the caller has: their types, and what they are of.
    let mut pool: Vec<(ResourceAny, u32)> = Vec::new();
    let mut functions: BTreeMap<String, Func> = BTreeMap::new();
    for (name, item) in ty.exports(engine) {
        let ComponentItem::ComponentInstance(exported) = item.ty else {
            continue;
        };
        let outer = instance
            .get_export_index(&mut store, None, name)
            .expect("an export");
        for (inner, item) in exported.exports(engine) {
            if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                let index = instance.get_export_index(&mut store, Some(&outer), inner);
                let function = instance.get_func(&mut store, index.expect("an export"));
                functions.insert(format!("{name}#{inner}"), function.expect("a function"));
            }
        }
    }
    let mut calls = 0;
    for _ in 0..CALLS {
        for (name, function) in &functions {
            let ty = function.ty(&store);
            let (mut arguments, mut sent) = (Vec::new(), Vec::new());
            let mut source = Source::Caller {
                pool: &mut pool,
                taken: Vec::new(),
                lent: Vec::new(),
            };
            for (_, ty) in ty.params() {
                let Some((value, plain)) = invent(&mut store.as_context_mut(), &ty, &mut source)
                else {
                    break;
                };
                arguments.push(value);
                sent.push(plain);
            }
            if sent.len() < ty.params().len() {
                // There is no resource yet with which it could be called. What was taken for it stays with the caller.
                if let Source::Caller {
                    pool, mut taken, ..
                } = source
                {
                    pool.append(&mut taken);
                }
                continue;
            }
            let mut results = vec![Val::Bool(false); ty.results().len()];
            store.data_mut().result = None;
            function
                .call(&mut store, &arguments, &mut results)
                .unwrap_or_else(|error| panic!("seed {seed}, {name}: {error:#}"));
            calls += 1;
            assert_eq!(store.data().arguments, sent, "seed {seed}, {name}");
            let returned = store.data_mut().result.take();
            let seen = results
                .first()
                .map(|result| received(result, returned.as_ref(), &mut pool));
            assert_eq!(seen, returned, "seed {seed}, {name}");
        }
    }
    for (resource, _) in pool {
        resource.resource_drop(&mut store).expect("a resource");
    }
    let state = store.into_data();
    let count =
        |wanted: fn(&Event) -> bool| state.events.iter().filter(|event| wanted(event)).count();
    assert_eq!(
        count(|event| matches!(event, Event::Call { .. })),
        calls,
        "seed {seed}"
    );
    assert_eq!(
        count(|event| matches!(event, Event::Return { .. })),
        calls,
        "seed {seed}"
    );
    // The host's side drops what it was given, and the probe the rest.
    assert!(state.dropped <= state.made, "seed {seed}");
    (calls, state.made)
}

/// A value that the host was given.
fn of_host(store: &mut StoreContextMut<'_, State>, value: &Val) -> Plain {
    match value {
        Val::Resource(resource) => {
            let resource = Resource::<Host>::try_from_resource_any(*resource, &mut *store);
            Plain::Resource(resource.expect("a resource of the host").rep())
        }
        value => parts(value, &mut |part| of_host(store, part)),
    }
}

/// A value that the caller was given. The host's side says which resources are in it.
fn received(value: &Val, returned: Option<&Plain>, pool: &mut Vec<(ResourceAny, u32)>) -> Plain {
    // Resources are found in the order in which they stand in the value.
    let mut found = Vec::new();
    resources_in(returned, &mut found);
    let mut found = found.into_iter();
    fn walk(
        value: &Val,
        found: &mut impl Iterator<Item = u32>,
        pool: &mut Vec<(ResourceAny, u32)>,
    ) -> Plain {
        match value {
            Val::Resource(resource) => {
                let rep = found.next().expect("as many resources as were returned");
                pool.push((*resource, rep));
                Plain::Resource(rep)
            }
            value => parts(value, &mut |part| walk(part, found, pool)),
        }
    }
    walk(value, &mut found, pool)
}

fn resources_in(plain: Option<&Plain>, found: &mut Vec<u32>) {
    match plain {
        Some(Plain::Resource(rep)) => found.push(*rep),
        Some(Plain::Parts(_, parts)) => {
            for part in parts {
                resources_in(Some(part), found);
            }
        }
        _ => {}
    }
}

/// The parts of a value, or the value if it has none.
fn parts(value: &Val, plain: &mut dyn FnMut(&Val) -> Plain) -> Plain {
    let several = |name: &str, values: Vec<&Val>, plain: &mut dyn FnMut(&Val) -> Plain| {
        Plain::Parts(name.into(), values.into_iter().map(plain).collect())
    };
    match value {
        Val::List(values) | Val::Tuple(values) => several("", values.iter().collect(), plain),
        Val::Record(fields) => several("", fields.iter().map(|(_, value)| value).collect(), plain),
        Val::Variant(name, payload) => {
            several(name, payload.iter().map(|value| &**value).collect(), plain)
        }
        Val::Option(payload) => several(
            "some",
            payload.iter().map(|value| &**value).collect(),
            plain,
        ),
        Val::Result(Ok(payload)) => {
            several("ok", payload.iter().map(|value| &**value).collect(), plain)
        }
        Val::Result(Err(payload)) => {
            several("err", payload.iter().map(|value| &**value).collect(), plain)
        }
        value => Plain::Value(value.clone()),
    }
}

/// Where the resources in a random value come from.
enum Source<'a> {
    /// The host makes them.
    Host,
    /// They are among those that the caller has. What is passed on is moved to `taken`, and what is lent in this call is not
    /// passed on.
    Caller {
        pool: &'a mut Vec<(ResourceAny, u32)>,
        taken: Vec<(ResourceAny, u32)>,
        lent: Vec<u32>,
    },
}

/// A random value; `None` if the caller has no resource of a type in it.
fn invent(
    store: &mut StoreContextMut<'_, State>,
    ty: &Type,
    source: &mut Source<'_>,
) -> Option<(Val, Plain)> {
    let number = store.data_mut().random.next();
    let value = match ty {
        Type::Bool => Val::Bool(number & 1 == 1),
        Type::S8 => Val::S8(number as i8),
        Type::U8 => Val::U8(number as u8),
        Type::S16 => Val::S16(number as i16),
        Type::U16 => Val::U16(number as u16),
        Type::S32 => Val::S32(number as i32),
        Type::U32 => Val::U32(number as u32),
        Type::S64 => Val::S64(number as i64),
        Type::U64 => Val::U64(number),
        Type::Float32 => Val::Float32(number as i32 as f32),
        Type::Float64 => Val::Float64(number as i64 as f64),
        Type::Char => Val::Char(char::from(number as u8)),
        Type::String => {
            let length = number % 12;
            let random = &mut store.data_mut().random;
            Val::String(
                (0..length)
                    .map(|_| char::from(random.next() as u8))
                    .collect(),
            )
        }
        Type::Enum(ty) => {
            let names: Vec<&str> = ty.names().collect();
            Val::Enum(names[number as usize % names.len()].into())
        }
        Type::Flags(ty) => {
            let random = &mut store.data_mut().random;
            let names = ty.names().filter(|_| random.next() & 1 == 1);
            Val::Flags(names.map(str::to_owned).collect())
        }
        Type::List(ty) => {
            let element = ty.ty();
            let (mut values, mut plain) = (Vec::new(), Vec::new());
            for _ in 0..number % 4 {
                let (value, part) = invent(store, &element, source)?;
                values.push(value);
                plain.push(part);
            }
            return Some((Val::List(values), Plain::Parts(String::new(), plain)));
        }
        Type::Tuple(ty) => {
            let (mut values, mut plain) = (Vec::new(), Vec::new());
            for ty in ty.types() {
                let (value, part) = invent(store, &ty, source)?;
                values.push(value);
                plain.push(part);
            }
            return Some((Val::Tuple(values), Plain::Parts(String::new(), plain)));
        }
        Type::Record(ty) => {
            let (mut values, mut plain) = (Vec::new(), Vec::new());
            for field in ty.fields() {
                let (value, part) = invent(store, &field.ty, source)?;
                values.push((field.name.to_owned(), value));
                plain.push(part);
            }
            return Some((Val::Record(values), Plain::Parts(String::new(), plain)));
        }
        Type::Variant(ty) => {
            let cases: Vec<_> = ty.cases().collect();
            let case = &cases[number as usize % cases.len()];
            let (payload, plain) = payload(store, case.ty.clone(), source)?;
            let value = Val::Variant(case.name.to_owned(), payload);
            return Some((value, Plain::Parts(case.name.to_owned(), plain)));
        }
        Type::Option(ty) => {
            let some = (number & 1 == 1).then(|| ty.ty());
            let (payload, plain) = payload(store, some, source)?;
            return Some((Val::Option(payload), Plain::Parts("some".into(), plain)));
        }
        Type::Result(ty) => {
            let is_ok = number & 1 == 1;
            let (payload, plain) = payload(store, if is_ok { ty.ok() } else { ty.err() }, source)?;
            let value = if is_ok { Ok(payload) } else { Err(payload) };
            let name = if is_ok { "ok" } else { "err" };
            return Some((Val::Result(value), Plain::Parts(name.into(), plain)));
        }
        Type::Own(_) if matches!(source, Source::Host) => {
            store.data_mut().made += 1;
            let rep = store.data().made;
            let resource = Resource::<Host>::new_own(rep).try_into_resource_any(&mut *store);
            let value = Val::Resource(resource.expect("a handle"));
            return Some((value, Plain::Resource(rep)));
        }
        Type::Own(wanted) | Type::Borrow(wanted) => {
            let Source::Caller { pool, taken, lent } = source else {
                panic!("a result lends nothing");
            };
            let is_own = matches!(ty, Type::Own(_));
            let places: Vec<usize> = (0..pool.len())
                .filter(|place| {
                    let (resource, rep) = pool[*place];
                    resource.ty() == *wanted && !(is_own && lent.contains(&rep))
                })
                .collect();
            if places.is_empty() {
                return None;
            }
            let place = places[store.data_mut().random.below(places.len())];
            let (resource, rep) = pool[place];
            if is_own {
                taken.push(pool.swap_remove(place));
            } else {
                lent.push(rep);
            }
            return Some((Val::Resource(resource), Plain::Resource(rep)));
        }
        other => panic!("the tool does not know {other:?}"),
    };
    Some((value.clone(), Plain::Value(value)))
}

fn payload(
    store: &mut StoreContextMut<'_, State>,
    ty: Option<Type>,
    source: &mut Source<'_>,
) -> Option<(Option<Box<Val>>, Vec<Plain>)> {
    Some(match ty {
        None => (None, Vec::new()),
        Some(ty) => {
            let (value, plain) = invent(store, &ty, source)?;
            (Some(Box::new(value)), vec![plain])
        }
    })
}
