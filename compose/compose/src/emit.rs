//! Writes a composition as a `.wac` script together with its components, for `wac compose`.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::compose::Composition;
use crate::link::{Export, Part};

/// The directory of an emitted script's components, relative to the script's directory.
pub const PARTS: &str = "deps/wasi-interpose";

/// Options of an emitted script.
#[derive(Clone, Debug)]
pub struct EmitOptions {
    /// The script's name without `.wac`. Characters that are not permitted in a package name become dashes.
    pub name: String,
}

/// The files of a composition: the script, and under `deps/` each component where `wac compose` looks for it. The
/// script describes the same wiring as [`Composition::component`], and its result behaves the same. Only its outermost
/// imports may differ: wac gives merged ones the highest version's name, and it keeps the functions of an interface of
/// which only types are granted, so that its host has to have them although no part calls them.
pub fn emit(composition: &Composition, options: &EmitOptions) -> Vec<(PathBuf, Vec<u8>)> {
    let (parts, exports) = composition.expanded();
    emit_parts(&parts, &exports, options)
}

/// The files of any connected parts, as [`emit`] makes them; also for [`Assembled`](crate::graph::Assembled), whose
/// parts are the interposed components.
pub fn emit_parts(
    parts: &[Part],
    exports: &[Export],
    options: &EmitOptions,
) -> Vec<(PathBuf, Vec<u8>)> {
    let name = package_name(&options.name);
    let mut script = format!(
        "// Composed by {} {}. Encode it with `wac compose --deps-dir deps {name}.wac`.\npackage interposed:{name};\n",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
    );
    let mut files = Vec::new();
    for part in parts {
        // With `%`, a name may equal a keyword of the script's language.
        let _ = write!(
            script,
            "\nlet %{} = new wasi-interpose:{} {{\n",
            part.name, part.name
        );
        for argument in &part.arguments {
            let from = &parts[argument.part].name;
            let _ = writeln!(
                script,
                "    \"{}\": %{from}[\"{}\"],",
                argument.import, argument.export
            );
        }
        script.push_str("    ...\n};\n");
        files.push((
            PathBuf::from(format!("{PARTS}/{}.wasm", part.name)),
            part.component.to_vec(),
        ));
    }
    for export in exports {
        let from = &parts[export.part].name;
        let _ = write!(
            script,
            "\nexport %{from}[\"{}\"] as \"{}\";",
            export.from, export.name
        );
    }
    script.push('\n');
    files.insert(
        0,
        (PathBuf::from(format!("{name}.wac")), script.into_bytes()),
    );
    files
}

/// A valid name of a WIT package: words of lower-case letters and digits, joined by dashes.
fn package_name(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .map(|word| {
            if word.starts_with(|c: char| c.is_ascii_digit()) {
                format!("n{word}")
            } else {
                word
            }
        })
        .collect();
    if words.is_empty() {
        "application".into()
    } else {
        words.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::package_name;

    #[test]
    fn package_names_are_valid() {
        assert_eq!(package_name("My_App.v2"), "my-app-v2");
        assert_eq!(package_name("7zip"), "n7zip");
        assert_eq!(package_name("…"), "application");
    }
}
