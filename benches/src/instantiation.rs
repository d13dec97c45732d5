//! Measures the time to instantiate a component, before and after it is composed.

use std::time::Instant;

use anyhow::Result;
use wasmtime::Config;

use crate::guest;
use crate::measurements::Measurements;
use crate::runtime::Plain;
use crate::table::{Table, Value};

/// The number of instantiations of each component.
const TIMES: usize = 100;

/// Instantiates a compiled program alone and composed, alternating.
///
/// # Errors
/// An error when the program cannot be built, composed or instantiated.
pub fn measure() -> Result<Table> {
    let application = guest::build(guest::Target::Wasip2)?;
    let compose = |linking| guest::compose(&application, linking);
    let [composed, fused, portable] = guest::LINKINGS.map(compose);
    let mut config = Config::new();
    config.concurrency_support(false);
    let runtime = Plain::new(&config)?;
    let programs = [
        ("application", runtime.load(&application)?),
        ("composed, wired", runtime.load(&composed?.component)?),
        ("composed, fused", runtime.load(&fused?.component)?),
        ("composed, portable", runtime.load(&portable?.component)?),
    ];
    let mut measured = Measurements::default();
    for _ in 0..TIMES {
        for (name, program) in &programs {
            let start = Instant::now();
            runtime.instantiate(program)?;
            measured.add(name, start.elapsed().as_nanos() as f64);
        }
    }
    let mut table = Table::new(
        "Instantiation of a compiled component on Wasmtime, median of 100",
        &["to a new store and dropped again; ratio: to the application alone"],
    );
    let alone = measured.median("application")?;
    for (name, _) in &programs {
        let time = measured.median(name)?;
        table.row(
            *name,
            [
                ("time", Value::Nanoseconds(time)),
                ("ratio", Value::Ratio(time / alone)),
            ],
        );
    }
    Ok(table)
}
