//! The guest programs of `tests/guests`: built once, found by name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs};

/// The target of a guest program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A core module for WASI preview 1.
    Wasip1,
    /// A component for WASI 0.2.
    Wasip2,
}

impl Target {
    /// All targets.
    pub const ALL: [Self; 2] = [Self::Wasip1, Self::Wasip2];

    /// The target's short name, as file names have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wasip1 => "wasip1",
            Self::Wasip2 => "wasip2",
        }
    }

    fn triple(self) -> String {
        format!("wasm32-{}", self.name())
    }

    /// The packages whose programs are compiled for this target, relative to `tests/guests`.
    fn packages(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Wasip1 => &[("guests", "src/bin")],
            Self::Wasip2 => &[("guests", "src/bin"), ("guests-p2", "p2/src/bin")],
        }
    }
}

/// Packages whose programs tests use only by name: they answer or make requests, have bugs, or are not programs.
fn by_name(target: Target) -> &'static [&'static str] {
    match target {
        Target::Wasip1 => &["guests-listener"],
        Target::Wasip2 => &[
            "guests-bugs",
            "guests-library",
            "guests-p3",
            "guests-p3-middleware",
            "guests-p3-server",
            "guests-server",
            "guests-wstd",
            "loaded-dice",
        ],
    }
}

/// Variables of the surrounding build (coverage, sanitizers, another target directory) that are not meant for the guest
/// programs.
pub const SURROUNDING: &[&str] = &[
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET",
    "RUSTC_WRAPPER",
];

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the crate lies in the repository")
        .to_owned()
}

/// The names of all programs for a target, sorted. This builds nothing.
pub fn programs(target: Target) -> BTreeSet<String> {
    let guests = repository().join("tests/guests");
    let sources = target.packages().iter().flat_map(|(_, sources)| {
        let directory = guests.join(sources);
        let entries = fs::read_dir(&directory)
            .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        entries.map(|entry| entry.expect("an entry of the directory of programs").path())
    });
    sources
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

/// The compiled form of a program. The first call builds all of them.
pub fn binary(program: &str, target: Target) -> Vec<u8> {
    static BUILT: [LazyLock<PathBuf>; 2] = [
        LazyLock::new(|| build(Target::Wasip1)),
        LazyLock::new(|| build(Target::Wasip2)),
    ];
    let path = BUILT[target as usize].join(format!("{program}.wasm"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The compiled form of a program for preview 1 that no suite but its own runs, by the name of its package.
pub fn built(package: &str) -> Vec<u8> {
    let path = build_packages(Target::Wasip1, &[package]).join(format!("{package}.wasm"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Builds all programs for a target and returns their directory.
fn build(target: Target) -> PathBuf {
    let own = target.packages().iter().map(|(package, _)| *package);
    let packages: Vec<&str> = own.chain(by_name(target).iter().copied()).collect();
    build_packages(target, &packages)
}

fn build_packages(target: Target, packages: &[&str]) -> PathBuf {
    let guests = repository().join("tests/guests");
    check_target(target);
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&guests).args([
        "build",
        "--quiet",
        "--locked",
        "--release",
        "--target",
        &target.triple(),
    ]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    for name in SURROUNDING {
        cargo.env_remove(name);
    }
    let status = cargo.status().expect("cargo runs");
    assert!(
        status.success(),
        "the guest programs do not compile for {}: see the messages above",
        target.triple()
    );
    guests.join("target").join(target.triple()).join("release")
}

/// Says how to install a missing target; cargo's own message is long.
fn check_target(target: Target) {
    let triple = target.triple();
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", &triple])
        .output()
        .expect("rustc runs");
    let libraries = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(
        Path::new(&libraries).is_dir(),
        "the guest programs are built for {triple}, which this Rust toolchain lacks: run `rustup target add {triple}`"
    );
}
