//! Builds the adapters for `wasm32-unknown-unknown`, encodes each as a component and embeds them.
//!
//! A published crate carries the built adapters in `adapters/`, so that its users need no wasm target.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::Context;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use wasm_encoder::{NameMap, NameSection};
use wasmparser::{KnownCustom, Name, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata, metadata};
use wit_parser::{Type, TypeDefKind};

#[path = "src/built.rs"]
mod built;
#[path = "src/sections.rs"]
mod sections;

const TARGET: &str = "wasm32-unknown-unknown";

/// The contents of `adapters.toml`.
#[derive(Deserialize)]
struct Description {
    #[serde(rename = "adapter")]
    adapters: Vec<Adapter>,
    #[serde(rename = "module")]
    modules: Vec<Adapter>,
}

/// An adapter, or a core module, as the tool embeds it: a crate built with some features.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adapter {
    name: String,
    doc: String,
    package: String,
    features: Vec<String>,
}

impl Adapter {
    /// The name of the adapter's variant: `KernelWithoutPoll` for `kernel-without-poll`.
    fn variant(&self) -> String {
        let words = self
            .name
            .split('-')
            .filter_map(|word| word.split_at_checked(1));
        words.fold(String::new(), |name, (first, rest)| {
            name + &first.to_ascii_uppercase() + rest
        })
    }

    /// The name of its constant: `PREVIEW1` of `preview1`.
    fn constant(&self) -> String {
        self.name.replace('-', "_").to_ascii_uppercase()
    }

    /// The file that holds the component, or the module.
    fn file(&self) -> String {
        format!("{}.wasm", self.name)
    }
}

fn main() {
    if let Err(message) = run() {
        for line in message.lines() {
            println!("cargo::error={line}");
        }
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let manifest =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/sections.rs");

    let description = manifest.join("adapters.toml");
    println!("cargo::rerun-if-changed={}", description.display());
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", description.display());
    let text = fs::read_to_string(&description).map_err(|error| failed(&error))?;
    let description: Description = toml::from_str(&text).map_err(|error| failed(&error))?;

    let carried = manifest.join("adapters");
    // Cargo runs this again each time, and compiles all that depends on it, if it is told of a folder that is not there. When
    // the folder appears, the one around it changes.
    let watched = if carried.is_dir() {
        &carried
    } else {
        &manifest
    };
    println!("cargo::rerun-if-changed={}", watched.display());
    let folder = if carried.is_dir() {
        carried
    } else {
        build(&manifest.join("../.."), &shared(&out)?, &description)?
    };
    // The library and `cargo xtask adapters` take the files from here, so the folder may be removed. Permissions are not
    // copied: files of a package may be read-only, and these are written again.
    for adapter in description.adapters.iter().chain(&description.modules) {
        let from = folder.join(adapter.file());
        fs::read(&from)
            .and_then(|bytes| fs::write(out.join(adapter.file()), bytes))
            .map_err(|error| format!("{}: {error}", from.display()))?;
    }
    fs::write(out.join("adapters.rs"), code(&description)).map_err(|error| error.to_string())
}

/// The type of the adapters, with their names and components, and a constant for each module.
fn code(description: &Description) -> String {
    let lines = |line: &dyn Fn(&Adapter) -> String| -> String {
        description.adapters.iter().map(line).collect()
    };
    let variants =
        lines(&|adapter| format!("#[doc = {:?}]\n{},\n", adapter.doc, adapter.variant()));
    let all = lines(&|adapter| format!("Self::{},\n", adapter.variant()));
    let names = lines(&|adapter| format!("Self::{} => {:?},\n", adapter.variant(), adapter.name));
    // Paths are relative to the file with this code.
    let components = lines(&|adapter| {
        let file = adapter.file();
        format!("Self::{} => include_bytes!({file:?}),\n", adapter.variant())
    });
    let modules = description.modules.iter().map(|module| {
        let (doc, constant, file) = (&module.doc, module.constant(), module.file());
        format!(
            "#[doc = {doc:?}]\npub(crate) const {constant}: &[u8] = include_bytes!({file:?});\n"
        )
    });
    let modules: String = modules.collect();
    let all_modules = description.modules.iter();
    let all_modules =
        all_modules.map(|module| format!("({:?}, {}),", module.name, module.constant()));
    let all_modules: String = all_modules.collect();
    format!(
        "/// An adapter as it is embedded. Some crates are built more than once, with and without what is seldom needed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = \"kebab-case\")]
        pub enum Adapter {{ {variants} }}
        impl Adapter {{
            /// Every embedded adapter.
            pub const ALL: &[Self] = &[{all}];
            /// Its name.
            pub fn name(self) -> &'static str {{ match self {{ {names} }} }}
            /// The component, not configured.
            pub fn component(self) -> &'static [u8] {{ match self {{ {components} }} }}
        }}
        /// Every embedded core module, which is encoded anew for each application, with its name.
        pub const MODULES: &[(&str, &[u8])] = &[{all_modules}];
        {modules}"
    )
}

/// Says how to install the wasm target if it is missing; cargo's own message is long.
fn check_target() -> Result<(), String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| format!("rustc could not be run: {error}"))?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if libraries.is_dir() {
        Ok(())
    } else {
        Err(format!(
            "The adapters are built for {TARGET}, which this Rust toolchain lacks. Run `rustup target add {TARGET}`."
        ))
    }
}

/// The folder in which adapters are compiled, beside those of the profiles: every profile and every set of features of
/// this crate needs the same adapters, and compiling them takes minutes.
fn shared(out: &Path) -> Result<PathBuf, String> {
    // `out` is `<target>/<profile>/build/<crate>/out`.
    let target = out.ancestors().nth(4);
    let shared = target
        .ok_or_else(|| format!("{}: not in a folder of cargo's", out.display()))?
        .join("adapters");
    fs::create_dir_all(&shared).map_err(|error| format!("{}: {error}", shared.display()))?;
    Ok(shared)
}

/// The files and folders that, besides the compiler, decide the bytes of the adapters.
const INPUTS: [&str; 5] = [
    "components",
    "wit",
    "Cargo.lock",
    "Cargo.toml",
    "compose/compose/build.rs",
];

/// The folder with the adapters as components: those that an earlier build made of the same files, or new ones. Cargo
/// itself would link them again for each profile and each set of features of this crate, because a library for
/// WebAssembly has one name whatever its features are.
fn build(workspace: &Path, shared: &Path, description: &Description) -> Result<PathBuf, String> {
    for path in INPUTS {
        println!("cargo::rerun-if-changed={}", workspace.join(path).display());
    }
    check_target()?;
    // Another build may be compiling at the same time.
    let lock = shared.join("lock");
    let _lock = File::create(&lock)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|error| format!("{}: {error}", lock.display()))?;
    let failed =
        |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let built = shared.join("built");
    let folder = built.join(fingerprint(workspace)?);
    if !folder.is_dir() {
        compile_all(workspace, shared, description, &folder)?;
    }
    built::mark_used(&folder).map_err(|error| failed(&folder, &error))?;
    built::remove_old(&built).map_err(|error| failed(&built, &error))?;
    Ok(folder)
}

/// Compiles the adapters into a folder, which gets its name when it is complete.
fn compile_all(
    workspace: &Path,
    shared: &Path,
    description: &Description,
    folder: &Path,
) -> Result<(), String> {
    let failed =
        |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    // The folder gets its name when it is complete. Others stay, for builds of other branches.
    let new = shared.join("new");
    if new.exists() {
        fs::remove_dir_all(&new).map_err(|error| failed(&new, &error))?;
    }
    for path in [Some(new.as_path()), folder.parent()].into_iter().flatten() {
        fs::create_dir_all(path).map_err(|error| failed(path, &error))?;
    }
    let make = |adapter: &Adapter, encode: fn(&[u8]) -> anyhow::Result<Vec<u8>>| {
        let module = compile(workspace, shared, adapter)?;
        let encoded = encode(&module).map_err(|error| format!("{}: {error}", adapter.name))?;
        let path = new.join(adapter.file());
        fs::write(&path, encoded).map_err(|error| failed(&path, &error))
    };
    for adapter in &description.adapters {
        make(adapter, encode)?;
    }
    for module in &description.modules {
        make(module, prepare)?;
    }
    fs::rename(&new, folder).map_err(|error| failed(folder, &error))
}

/// A hash of everything that decides the bytes of the adapters.
fn fingerprint(workspace: &Path) -> Result<String, String> {
    let mut hash = Sha256::new();
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("-vV")
        .output()
        .map_err(|error| format!("rustc could not be run: {error}"))?;
    hash.update(&version.stdout);
    hash.update(remapped_paths(workspace));
    for path in INPUTS {
        add(&mut hash, &workspace.join(path))?;
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Adds the contents of a file, or of all files in a folder, to a hash.
fn add(hash: &mut Sha256, path: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(failed)?;
        let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths.map_err(failed)?;
        paths.sort();
        return paths.iter().try_for_each(|path| add(hash, path));
    }
    let contents = fs::read(path).map_err(failed)?;
    hash.update(path.to_string_lossy().as_bytes());
    hash.update((contents.len() as u64).to_le_bytes());
    hash.update(contents);
    Ok(())
}

/// Compiles an adapter and returns its core module.
fn compile(workspace: &Path, target_dir: &Path, adapter: &Adapter) -> Result<Vec<u8>, String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace)
        .args([
            "build",
            "--quiet",
            "--profile",
            "adapter",
            "--target",
            TARGET,
            "--no-default-features",
        ])
        .args([
            "--package",
            &adapter.package,
            "--features",
            &adapter.features.join(","),
        ])
        .arg("--target-dir")
        .arg(target_dir)
        // The settings of the surrounding build (clippy, coverage, sanitizers) are not meant for the adapters.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", remapped_paths(workspace))
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .map_err(|error| format!("cargo could not be run: {error}"))?;
    if !status.success() {
        return Err(format!(
            "The adapter `{}` does not compile for {TARGET}; see the messages above.",
            adapter.name
        ));
    }
    let path = target_dir
        .join(TARGET)
        .join("adapter")
        .join(format!("{}.wasm", adapter.package.replace('-', "_")));
    fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Compiler flags that keep this machine's paths out of the adapters' panic messages, so that adapters built elsewhere
/// are the same.
fn remapped_paths(workspace: &Path) -> String {
    let mut prefixes = Vec::new();
    if let Ok(workspace) = workspace.canonicalize() {
        prefixes.push((workspace, "interpose"));
    }
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"))) {
        prefixes.push((home, "cargo"));
    }
    let flags: Vec<String> = prefixes
        .iter()
        .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()))
        .collect();
    flags.join("\x1f")
}

/// Turns an adapter's core module into a validated component.
fn encode(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    sections::strip(
        &ComponentEncoder::default()
            .validate(true)
            .module(&prepare(module)?)?
            .encode()?,
    )
}

/// Makes a core module ready to be encoded. One that is made for no world stays as it is.
fn prepare(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let module = keep_trap_names(module)?;
    match metadata::decode(&module)? {
        (None, _) => Ok(module),
        (Some(_), _) => write_types_out(&module),
    }
}

/// Copies into each interface of an adapter's world the types that it uses of other interfaces, if they consist of
/// numbers and other plain types only. Types are compared by their structure, so importers see no difference. Without
/// the copies, `wasi:filesystem/types` would need `wasi:clocks/wall-clock` only because file times have its type
/// `datetime`: some applications import the former alone, and the composition may then import nothing else.
fn write_types_out(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (module, mut bindgen) = metadata::decode(module)?;
    let mut module = module.context("the module says of no world that it is made for it")?;
    let types = &mut bindgen.resolve.types;
    let used: Vec<_> = types
        .iter()
        .filter_map(|(id, ty)| match ty.kind {
            TypeDefKind::Type(Type::Id(used)) => Some((id, used)),
            _ => None,
        })
        .collect();
    // A used type stands before its users, so the copy of a chain of uses finds each earlier step copied already.
    for (id, used) in used {
        if is_plain(&types[used].kind) {
            types[id].kind = types[used].kind.clone();
        }
    }
    embed_component_metadata(
        &mut module,
        &bindgen.resolve,
        bindgen.world,
        StringEncoding::UTF8,
    )?;
    Ok(module)
}

/// Whether a type contains no other named types.
fn is_plain(kind: &TypeDefKind) -> bool {
    match kind {
        TypeDefKind::Type(ty) => !matches!(ty, Type::Id(_)),
        TypeDefKind::Record(record) => {
            let mut fields = record.fields.iter();
            fields.all(|field| !matches!(field.ty, Type::Id(_)))
        }
        _ => false,
    }
}

/// Drops every custom section except the component type and the names of the functions that give the reason of a trap
/// (made by `interpose_adapter::trap!`): a backtrace shows these names, and they cost a few bytes each.
fn keep_trap_names(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut kept = wasm_encoder::Module::new();
    let mut names = NameMap::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::CustomSection(section) = &payload {
            if let KnownCustom::Name(subsections) = section.as_known() {
                for subsection in subsections {
                    let Name::Function(functions) = subsection? else {
                        continue;
                    };
                    for function in functions {
                        let function = function?;
                        if let Some(reason) = trap_reason(function.name) {
                            names.append(function.index, &reason);
                        }
                    }
                }
                continue;
            }
            if !section.name().starts_with("component-type") {
                continue;
            }
        }
        sections::keep(module, &payload, &mut kept)?;
    }
    let mut section = NameSection::new();
    section.functions(&names);
    kept.section(&section);
    Ok(kept.finish())
}

/// The reason of a trap from the symbol of its function: the name below the module `because`.
fn trap_reason(symbol: &str) -> Option<String> {
    let path = format!("{:#}", rustc_demangle::demangle(symbol));
    let (_, reason) = path.split_once("::because::")?;
    let reason = reason.replace("__", ": ").replace('_', " ");
    Some(format!("interpose: {reason}"))
}
