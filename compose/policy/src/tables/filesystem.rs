//! `[filesystem]`.

use std::ops::Range;
use std::path::Path;

use interpose_rules::{ErrorKind, Glob, ParseError};
use toml::de::DeValue;

use super::{absolute_path, contents, local_path, quantity, relative_path};
use crate::error::Problem;
use crate::model::{Access, Contents, Filesystem, HostDirectory, Memory, Mount, Source, Times};
use crate::quantity::SIZE;
use crate::reader::{Entry, Reader, Spot, Table, Text, Value, values};

pub(crate) const FILESYSTEM: &[&str] = &["inherit", "max-bytes", "max-entries", "mounts"];
pub(crate) const MOUNT: &[&str] = &[
    "path",
    "source",
    "access",
    "from",
    "include",
    "exclude",
    "times",
    "directories",
    "files",
    "links",
    "devices",
    "host",
    "subtree",
    "hide",
];

/// Keys about files in memory.
const MEMORY: &[&str] = &[
    "from",
    "include",
    "exclude",
    "times",
    "directories",
    "files",
    "links",
    "devices",
];
/// Keys about a directory of the host.
const HOST: &[&str] = &["host", "subtree", "hide"];

/// What `source` can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Memory,
    Host,
    Overlay,
}

pub(crate) fn filesystem(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    directory: Option<&Path>,
) -> Option<Filesystem> {
    let table = entry.value.table(reader, "[filesystem]", FILESYSTEM)?;
    let max_bytes = table
        .get("max-bytes")
        .and_then(|entry| quantity(reader, &entry.value, &SIZE));
    let max_entries = table
        .get("max-entries")
        .and_then(|entry| entry.value.unsigned(reader, "`max-entries`"));
    let inherit = table.boolean(reader, "inherit").unwrap_or(false);
    let tables = table.tables(reader, "mounts", "write `[[filesystem.mounts]]`");
    let (mounts, subtrees): (Vec<_>, Vec<_>) = tables
        .iter()
        .filter_map(|value| mount(reader, value, directory))
        .unzip();
    let paths: Vec<_> = mounts
        .iter()
        .map(|mount| Spot {
            value: &mount.value.path,
            span: mount.span.clone(),
        })
        .collect();
    reader.distinct(&paths, "this mount");
    for (mount, subtree) in mounts.iter().zip(subtrees) {
        if let Some(span) = subtree {
            refuse_exchangeable(reader, mount, &span, &mounts);
            if inherit {
                refuse_inherited(reader, mount, &span, &mounts);
            }
        }
    }
    Some(Filesystem {
        inherit,
        max_bytes,
        max_entries,
        mounts: values(mounts),
    })
}

/// Refuses a mount of a part of a preopen that lies in a part which another mount lets the application write: it could be
/// renamed, and a symbolic link be put in its place. A name that the other mount hides is neither renamed nor made.
fn refuse_exchangeable(
    reader: &mut Reader<'_>,
    mount: &Spot<Mount>,
    subtree: &Range<usize>,
    mounts: &[Spot<Mount>],
) {
    let (Source::Host(inner) | Source::Overlay(_, inner)) = &mount.value.source else {
        return;
    };
    let exchanges = |other: &&Spot<Mount>| {
        let Source::Host(outer) = &other.value.source else {
            return None;
        };
        if outer.preopen != inner.preopen || other.value.access != Access::ReadWrite {
            return None;
        }
        let path = inner.subtree.as_deref()?;
        let rest = match &outer.subtree {
            Some(above) => path.strip_prefix(above.as_str())?.strip_prefix('/')?,
            None => path,
        };
        let name = rest.split('/').next().unwrap_or(rest);
        let hidden = outer.hide.iter().any(|glob| glob.matches_or_contains(name));
        (!hidden).then_some(name)
    };
    let found = mounts
        .iter()
        .find_map(|other| Some((other, exchanges(&other)?)));
    let Some((other, name)) = found else {
        return;
    };
    let reason = format!(
        "this directory lies in that of the mount `{}`, through which the application could rename it and put a symbolic \
         link in its place",
        other.value.path
    );
    reader
        .contradiction(subtree, reason)
        .with_label(other.span.clone(), "can be written")
        .with_hint(format!(
            "make that mount read-only or an overlay, or hide the directory there with `hide = [\"{name}\"]`"
        ));
}

/// Refuses a mount of a part of a preopen that the application also gets as a whole, because preopens are inherited: it
/// could put a symbolic link in the place of the part. A mount at the path that is the preopen's name takes its place.
fn refuse_inherited(
    reader: &mut Reader<'_>,
    mount: &Spot<Mount>,
    subtree: &Range<usize>,
    mounts: &[Spot<Mount>],
) {
    let (Source::Host(host) | Source::Overlay(_, host)) = &mount.value.source else {
        return;
    };
    let mut paths = mounts.iter().map(|mount| &mount.value.path);
    if paths.any(|path| *path == host.preopen) {
        return;
    }
    let reason = format!(
        "this directory lies in the preopen `{}`, which is inherited too: through it the application could rename the \
         directory and put a symbolic link in its place",
        host.preopen
    );
    reader.contradiction(subtree, reason).with_hint(format!(
        "take the place of the preopen with a mount at `{}`",
        host.preopen
    ));
}

/// Reads a mount, whose place is that of its path; and where its `subtree` stands.
fn mount(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    directory: Option<&Path>,
) -> Option<(Spot<Mount>, Option<Range<usize>>)> {
    let table = value.table(reader, "[[filesystem.mounts]]", MOUNT)?;
    let path_entry = table.require(
        reader,
        "path",
        "the application sees the mount as this path, like `path = \"/\"`",
    );
    let path_text = path_entry.and_then(|entry| entry.value.text(reader));
    let path = path_text
        .as_ref()
        .and_then(|text| absolute_path(reader, text));
    let access = table.text(reader, "access").and_then(|text| {
        reader.word(
            &text,
            "access",
            &[
                ("read-write", Access::ReadWrite),
                ("read-only", Access::ReadOnly),
            ],
        )
    });
    let source = table
        .require(
            reader,
            "source",
            "`source = \"memory\"`, `\"host\"` or `\"overlay\"`",
        )
        .and_then(|entry| entry.value.text(reader))
        .and_then(|text| {
            let kinds = [
                ("memory", Kind::Memory),
                ("host", Kind::Host),
                ("overlay", Kind::Overlay),
            ];
            reader.word(&text, "source", &kinds)
        });
    let kind = source?;
    match kind {
        Kind::Memory => {
            table.refuse(reader, HOST, |key| {
                format!("`{key}` is about the host, and this mount is in memory")
            });
        }
        Kind::Host => {
            table.refuse(reader, MEMORY, |key| {
                format!("`{key}` is about memory, and this mount is the host's")
            });
        }
        Kind::Overlay => {
            table.require(
                reader,
                "host",
                "an overlay shows what is on the host: name the host's preopen",
            );
        }
    }
    let memory = if kind == Kind::Host {
        Memory::default()
    } else {
        memory(reader, &table, path.as_deref(), directory)
    };
    let host = if kind == Kind::Memory {
        None
    } else {
        host_directory(reader, &table, path.as_deref())
    };
    let source = match (kind, host) {
        (Kind::Memory, _) => Source::Memory(memory),
        (Kind::Host, Some(host)) => Source::Host(host),
        (Kind::Overlay, Some(host)) => Source::Overlay(memory, host),
        (Kind::Host | Kind::Overlay, None) => return None,
    };
    let span = reader.inside(&path_text?);
    let has_subtree = match &source {
        Source::Host(host) | Source::Overlay(_, host) => host.subtree.is_some(),
        Source::Memory(_) => false,
    };
    let subtree = match has_subtree {
        true => table
            .text(reader, "subtree")
            .map(|text| reader.inside(&text)),
        false => None,
    };
    let mount = Mount {
        path: path?,
        access: access.unwrap_or_default(),
        source,
    };
    Some((Spot { value: mount, span }, subtree))
}

fn memory(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    mount: Option<&str>,
    directory: Option<&Path>,
) -> Memory {
    let from = table
        .text(reader, "from")
        .and_then(|text| local_path(reader, &text, directory));
    let entries = contents::entries(reader, table, directory);
    if table.get("from").is_none() {
        table.refuse(reader, &["include", "exclude"], |key| {
            format!("`{key}` selects what is baked in, and nothing is: there is no `from`")
        });
        let of_disk = |file: &Spot<(String, Contents)>| matches!(file.value.1, Contents::File(_));
        if !entries.files.iter().any(of_disk) {
            table.refuse(reader, &["times"], |key| {
                format!("`{key}` is about what is baked in, and nothing is: there is no `from`")
            });
        }
    }
    let times = table.text(reader, "times").and_then(|text| {
        let words = [("fixed", Times::Fixed), ("disk", Times::Disk)];
        reader.word(&text, "times", &words)
    });
    let include = table.list(reader, "include", relative_glob);
    let exclude = table.list(reader, "exclude", relative_glob);
    reader.distinct(&include, "this glob");
    reader.distinct(&exclude, "this glob");
    if let Some(entry) = table.get("include")
        && let DeValue::Array(globs) = entry.value.get()
        && globs.is_empty()
    {
        reader
            .report(&entry.value.span(), Problem::Empty { what: "`include`" })
            .with_hint("without `include`, all files are baked in; without `from`, none");
    }
    let devices = table.boolean(reader, "devices").unwrap_or(false);
    if devices
        && !matches!(mount, None | Some("/" | "/dev"))
        && let Some(entry) = table.get("devices")
    {
        reader
            .contradiction(
                &entry.whole(),
                "devices are in `/dev`, which this mount does not contain",
            )
            .with_hint("set `devices` for the mount `/` or `/dev`");
    }
    Memory {
        from,
        include: values(include),
        exclude: values(exclude),
        times: times.unwrap_or_default(),
        directories: values(entries.directories),
        files: values(entries.files),
        links: values(entries.links),
        devices,
    }
}

fn host_directory(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    mount: Option<&str>,
) -> Option<HostDirectory> {
    let subtree = table
        .text(reader, "subtree")
        .and_then(|text| relative_path(reader, &text));
    let hide = table.list(reader, "hide", relative_glob);
    reader.distinct(&hide, "this glob");
    let preopen = match table.get("host") {
        Some(entry) => {
            let text = entry.value.text(reader)?;
            if text.value.is_empty() {
                reader.report(
                    &text.span,
                    Problem::Empty {
                        what: "the name of the host's preopen",
                    },
                );
                return None;
            }
            text.value.to_string()
        }
        None => mount?.to_string(),
    };
    Some(HostDirectory {
        preopen,
        subtree,
        hide: values(hide),
    })
}

/// Reads a glob for paths below a mount.
fn relative_glob(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<Glob> {
    reader.parse(text, |text| {
        let glob = Glob::parse(text)?;
        if glob.is_absolute() {
            Err(ParseError {
                kind: ErrorKind::GlobAbsolute,
                span: 0..1,
            })
        } else {
            Ok(glob)
        }
    })
}
