//! Anything as an application: it is read or refused, its surface is read, it is planned for under a built-in policy,
//! wired with the adapters, encoded and audited. Nothing may panic outside of the threads for parsers, overflow a stack,
//! or take long; what is encoded has to be as it was planned.
//!
//! What begins with `\0asm` or is text is taken as it is. Bytes behind 0xff choose the definitions of a component: such
//! components get further than damaged files do. Binaries are also changed section by section, so that the lengths stay
//! right.
#![no_main]

#[path = "components/definitions.rs"]
mod definitions;

use std::panic;
use std::sync::LazyLock;
use std::thread;

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use wasi_interpose::application::Application;
use wasi_interpose::audit::audit;
use wasi_interpose::link::{Export, encode, parts};
use wasi_interpose::plan::{APPLICATION, Plan};
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;
use wasm_encoder::{Component, RawSection};
use wasmparser::{Chunk, Parser, Payload};

use definitions::Definitions;

/// Begins an input that chooses definitions.
const CHOSEN: u8 = 0xff;

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let names = Policy::builtins().iter().map(|builtin| builtin.name);
    names
        .map(|name| Policy::load(name).expect("a built-in policy"))
        .collect()
});

/// How many bytes choose definitions at the most.
const MAX_CHOICES: usize = 16 << 10;

fuzz_target!(
    init: {
        // libFuzzer's bindings abort in each panic, also in one that is caught. Those of parsers are.
        let abort = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name() != Some("parser") {
                abort(info);
            }
        }));
    },
    |data: &[u8]| {
        match data {
            [CHOSEN, choices @ ..] => {
                // Each few bytes could be a component in a component, and choosing is recursive.
                let mut choices = Unstructured::new(&choices[..choices.len().min(MAX_CHOICES)]);
                if let Ok(definitions) = Definitions::arbitrary(&mut choices) {
                    look(&definitions.encode(), data.len());
                }
            }
            _ => look(data, data.len()),
        }
    }
);

fn look(bytes: &[u8], number: usize) {
    let Ok(application) = Application::parse(bytes) else {
        return;
    };
    let component = application.component();
    let Ok(surface) = Surface::of(component) else {
        return;
    };
    let Ok(plan) = Plan::new(&POLICIES[number % POLICIES.len()], &surface) else {
        return;
    };
    // What configuring an adapter changes is its code, not its types.
    let layers = plan.layers.iter();
    let adapters = layers
        .map(|layer| layer.adapter.component().to_vec())
        .collect();
    let Ok((parts, _)) = parts(&plan, adapters, Some(component)) else {
        return;
    };
    // Where requests are handled for the application, another part stands last.
    let Some(own) = parts.iter().rposition(|part| part.name == APPLICATION) else {
        return;
    };
    if own + 1 < parts.len() {
        return;
    }
    let exports = surface.exports.iter();
    let exports: Vec<Export> = exports.map(|item| Export::same(own, &item.name)).collect();
    if let Ok(result) = encode(&parts, &exports, &surface, &plan.granted) {
        audit(&result, &plan.granted, &surface).expect("the result is what was planned");
    }
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // Text would only be damaged.
    if let Some(binary) = as_binary(&data[..size]).filter(|binary| binary.len() <= max_size) {
        data[..binary.len()].copy_from_slice(&binary);
        return binary.len();
    }
    // One in four is changed anywhere.
    let changed =
        (!seed.is_multiple_of(4)).then(|| change_section(&data[..size], max_size, seed / 4));
    if let Some(changed) = changed
        .flatten()
        .filter(|changed| changed.len() <= max_size)
    {
        data[..changed.len()].copy_from_slice(&changed);
        return changed.len();
    }
    fuzzer_mutate(data, size, max_size)
});

fn as_binary(data: &[u8]) -> Option<Vec<u8>> {
    if let [0 | CHOSEN, ..] | [] = data {
        return None;
    }
    Some(wat::parse_bytes(data).ok()?.into_owned())
}

/// Changes, repeats, moves or leaves out one of the outermost sections of a component.
fn change_section(component: &[u8], max_size: usize, seed: u32) -> Option<Vec<u8>> {
    let mut sections = sections(component)?;
    let place = seed as usize / 8 % sections.len().max(1);
    let other = seed as usize / 512 % sections.len().max(1);
    let (_, data) = sections.get_mut(place)?;
    match seed % 8 {
        0 => drop(sections.remove(place)),
        1 => sections.insert(other, sections[place].clone()),
        2 => sections.swap(place, other),
        _ => {
            let size = data.len();
            let longest = size + max_size.saturating_sub(component.len());
            data.resize(longest, 0);
            let size = fuzzer_mutate(data, size, longest);
            data.truncate(size);
        }
    }
    let mut changed = Component::new();
    for (id, data) in &sections {
        changed.section(&RawSection { id: *id, data });
    }
    Some(changed.finish())
}

fn sections(component: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    if !Parser::is_component(component) {
        return None;
    }
    let mut parser = Parser::new(0);
    let mut rest = component;
    let mut sections = Vec::new();
    loop {
        let Chunk::Parsed { payload, consumed } = parser.parse(rest, true).ok()? else {
            return None;
        };
        rest = &rest[consumed..];
        if let Payload::End(_) = payload {
            return Some(sections);
        }
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        let data = component.get(range)?;
        if let Payload::ModuleSection { .. } | Payload::ComponentSection { .. } = payload {
            rest = rest.get(data.len()..)?;
        }
        sections.push((id, data.to_vec()));
    }
}
