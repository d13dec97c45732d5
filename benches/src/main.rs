//! `make bench`: measures the costs and savings of interposition as ratios within one run.
//!
//! Times are medians of several rounds in which the compared settings alternate, so that other load of the machine
//! affects all of them alike. Compare ratios between machines and runs, never the times themselves.
//!
//! The tool and the library are measured in their development build, which optimizes Wasmtime and the other
//! dependencies that do the work, and this repository's code a little.

mod calls;
mod campaigns;
mod child;
mod composing;
#[cfg(feature = "core-runtime")]
mod core_runtime;
mod filesystem;
mod glue;
mod growth;
mod guest;
mod instantiation;
mod large;
mod measurements;
mod observing;
#[cfg(feature = "core-runtime")]
mod preview1;
mod rules;
mod runtime;
mod size;
mod table;

use std::ffi::OsString;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use table::Table;

/// Measure interposed programs against the host, and the tool itself
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; everything if nothing is named
    #[arg(value_enum)]
    topics: Vec<Topic>,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// How often each measurement is repeated
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Run a program and print its time and peak memory (used by this program itself)
    #[arg(long, hide = true, num_args = 1.., allow_hyphen_values = true, exclusive = true)]
    child: Vec<OsString>,
}

/// A part of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Topic {
    /// Operations on files
    Filesystem,
    /// How costs grow with the number of files, their size and the depth of paths
    Growth,
    /// Time and memory of `interpose compose`
    Compose,
    /// Instantiation, before and after
    Instantiation,
    /// Calls through each adapter
    Calls,
    /// Calls through glue between two components that are one
    Glue,
    /// Calls that are traced, recorded, replayed or refused
    Observing,
    /// Questions to the rules of network and HTTP
    Rules,
    #[cfg(feature = "core-runtime")]
    /// Programs for preview 1: a core runtime, the standard adapter and this tool's
    Preview1,
    /// Runs a second of `interpose test`
    Campaigns,
    /// Sizes of components
    Size,
}

impl Topic {
    fn measure(self, rounds: usize) -> Result<Vec<Table>> {
        match self {
            Self::Filesystem => Ok(vec![filesystem::measure(rounds)?]),
            Self::Growth => growth::measure(rounds),
            Self::Compose => Ok(vec![composing::measure(rounds)?]),
            Self::Instantiation => Ok(vec![instantiation::measure()?]),
            Self::Calls => Ok(vec![calls::measure(rounds)?]),
            Self::Glue => Ok(vec![glue::measure(rounds)?]),
            Self::Observing => observing::measure(rounds),
            Self::Rules => Ok(vec![rules::measure(rounds)?]),
            #[cfg(feature = "core-runtime")]
            Self::Preview1 => preview1::measure(rounds),
            Self::Campaigns => Ok(vec![campaigns::measure(rounds)?]),
            Self::Size => size::measure(),
        }
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let [program, rest @ ..] = &arguments.child[..] {
        return child::report(program, rest);
    }
    let topics = if arguments.topics.is_empty() {
        Topic::value_variants()
    } else {
        &arguments.topics
    };
    let mut tables = Vec::new();
    for topic in topics {
        let start = Instant::now();
        let measured = topic.measure(arguments.rounds.into())?;
        eprintln!("{topic:?}: {:.0} s", start.elapsed().as_secs_f64());
        if !arguments.json {
            for table in &measured {
                println!("{table}");
            }
        }
        tables.extend(measured);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&tables)?);
    }
    Ok(())
}
