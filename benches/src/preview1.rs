//! Compares a core module for preview 1 on a runtime for core modules with the components that the adapters make of it.

use anyhow::{Context, Result};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Composer;
use wasi_interpose::policy::Policy;
use wasi_interpose::preview1::{Preview1, Target};

use crate::core_runtime::Core;
use crate::guest::{self, POLICY};
use crate::measurements::Measurements;
use crate::runtime::Tuned;
use crate::table::{Table, Value};

/// The ways to make a component of the module, with their names.
const FORMS: [(&str, Preview1); 3] = [
    ("standard", Preview1::Standard),
    (
        "portable",
        Preview1::Own(Target {
            multi_memory: false,
            exit_with_code: false,
        }),
    ),
    ("newest", Preview1::Own(Target::OWN_HOST)),
];

/// Runs the benchmark program as a core module and as each component, on the host's files and on the kernel's,
/// alternating.
///
/// # Errors
/// An error when the program cannot be built or fails.
pub fn measure(rounds: usize) -> Result<Vec<Table>> {
    let module = guest::build(guest::Target::Wasip1)?;
    let core = Core::new(&module)?;
    let tuned = Tuned::new()?;
    let composer = Composer::new(&CompilationCache::disabled())?;
    let policy = Policy::load(POLICY)?;
    let (mut on_host, mut on_kernel) = (Vec::new(), Vec::new());
    let mut sizes = Table::new("Size of the program for preview 1", &["bytes"]);
    sizes.row(
        "core module",
        [("bytes", Value::Bytes(module.len() as u64))],
    );
    for (name, form) in FORMS {
        let application = Application::parse_as(&module, form)?;
        let bytes = application.component().len() as u64;
        sizes.row(name, [("bytes", Value::Bytes(bytes))]);
        on_host.push(tuned.load(application.component())?);
        on_kernel.push(tuned.load(&composer.compose(&application, &policy)?.component)?);
    }

    let mut measured: [Measurements; 7] = Default::default();
    for round in 1..=rounds {
        eprintln!("preview1: round {round} of {rounds}");
        let (of_core, of_forms) = measured.split_first_mut().context("settings")?;
        of_core.add_printed(&core.run(&["operations"])?)?;
        let runs = on_host
            .iter()
            .zip([true; 3])
            .chain(on_kernel.iter().zip([false; 3]));
        for ((program, is_on_host), measured) in runs.zip(of_forms) {
            measured.add_printed(&tuned.run(program, &["operations"], is_on_host)?)?;
        }
    }
    let mut table = Table::new(
        "Operations of a Rust std program for preview 1 on files",
        &[
            "core: the module on Wasmtime's own preview 1, with a directory of this machine",
            "standard, portable, newest: the component by the standard adapter and by this tool's, as `interpose run` runs it",
            "ratio: the standard adapter's time / that of `newest`, on the host's files and on files in memory",
        ],
    );
    let [
        core,
        standard,
        portable,
        newest,
        standard_kernel,
        portable_kernel,
        newest_kernel,
    ] = &measured;
    for name in core.names() {
        let (slow, fast) = (standard.median(name)?, newest.median(name)?);
        let (slow_kernel, fast_kernel) =
            (standard_kernel.median(name)?, newest_kernel.median(name)?);
        table.row(
            name,
            [
                ("core", Value::Nanoseconds(core.median(name)?)),
                ("standard", Value::Nanoseconds(slow)),
                ("portable", Value::Nanoseconds(portable.median(name)?)),
                ("newest", Value::Nanoseconds(fast)),
                ("ratio", Value::Ratio(slow / fast)),
                ("kernel, standard", Value::Nanoseconds(slow_kernel)),
                (
                    "kernel, portable",
                    Value::Nanoseconds(portable_kernel.median(name)?),
                ),
                ("kernel, newest", Value::Nanoseconds(fast_kernel)),
                ("ratio, kernel", Value::Ratio(slow_kernel / fast_kernel)),
            ],
        );
    }
    Ok(vec![table, sizes])
}
