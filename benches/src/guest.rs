//! Builds the programs that the runtimes run, from `benches/guest`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::{Composer, Composition};
use wasi_interpose::link::Linking;
use wasi_interpose::link::fuse::glue::Memories;
use wasi_interpose::policy::Policy;

/// The measured policy: files in memory, everything else the host's.
pub const POLICY: &str = "memory-filesystem";

/// The target for which a program is compiled.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// A core module for WASI preview 1.
    Wasip1,
    /// A component for WASI 0.2.
    Wasip2,
}

/// Builds the program that measures filesystems.
///
/// # Errors
/// An error when the program does not compile; cargo prints the reason.
pub fn build(target: Target) -> Result<Vec<u8>> {
    build_program("bench-guest", target)
}

/// Builds the program that repeats calls, as a component.
///
/// # Errors
/// As [`build`].
pub fn build_calls() -> Result<Vec<u8>> {
    build_program("calls", Target::Wasip2)
}

fn build_program(name: &str, target: Target) -> Result<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("guest");
    let triple = match target {
        Target::Wasip1 => "wasm32-wasip1",
        Target::Wasip2 => "wasm32-wasip2",
    };
    let target_directory = directory.join("target");
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&directory)
        .args(["build", "--quiet", "--locked", "--release", "--bin", name])
        .args(["--target", triple, "--target-dir"])
        .arg(&target_directory)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the benchmark program does not compile; is the target there? `rustup target add {triple}`"
    );
    read(
        &target_directory
            .join(triple)
            .join("release")
            .join(format!("{name}.wasm")),
    )
}

/// The ways of linking that are compared: wired, fused for an engine with multiple memories, and fused for any engine.
pub const LINKINGS: [Linking; 3] = [
    Linking::Wired,
    Linking::AllFused(Memories::Multiple),
    Linking::AllFused(Memories::Portable),
];

/// Composes an application under [`POLICY`].
///
/// # Errors
/// An error when the application cannot be composed.
pub fn compose(application: &[u8], linking: Linking) -> Result<Composition> {
    let composer = Composer::new(&CompilationCache::disabled())?.linked(linking);
    Ok(composer.compose(&Application::parse(application)?, &Policy::load(POLICY)?)?)
}

/// The path of the tool that was built beside this program.
///
/// # Errors
/// An error when the tool does not exist.
pub fn interpose() -> Result<PathBuf> {
    let path = env::current_exe()?.with_file_name(format!("interpose{}", env::consts::EXE_SUFFIX));
    ensure!(
        path.is_file(),
        "`{}` is missing: build it first, or run `make bench`",
        path.display()
    );
    Ok(path)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))
}
