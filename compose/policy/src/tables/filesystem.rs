//! `[filesystem]`.

use std::path::Path;

use interpose_rules::{ErrorKind, Glob, ParseError};
use toml::de::DeValue;

use super::{absolute_path, local_path, quantity, relative_path};
use crate::error::Problem;
use crate::model::{Access, Filesystem, HostDirectory, Memory, Mount, Source};
use crate::quantity::SIZE;
use crate::reader::{Entry, Reader, Spot, Table, Text, Value, values};

pub(crate) const FILESYSTEM: &[&str] = &["max-bytes", "max-entries", "mounts"];
pub(crate) const MOUNT: &[&str] = &[
    "path",
    "source",
    "access",
    "from",
    "include",
    "exclude",
    "directories",
    "devices",
    "host",
    "subtree",
    "hide",
];

/// Keys about files in memory.
const MEMORY: &[&str] = &["from", "include", "exclude", "directories", "devices"];
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
    let tables = table.tables(reader, "mounts", "write `[[filesystem.mounts]]`");
    let mounts: Vec<_> = tables
        .iter()
        .filter_map(|value| mount(reader, value, directory))
        .collect();
    let paths: Vec<_> = mounts
        .iter()
        .map(|mount| Spot {
            value: &mount.value.path,
            span: mount.span.clone(),
        })
        .collect();
    reader.distinct(&paths, "this mount");
    Some(Filesystem {
        max_bytes,
        max_entries,
        mounts: values(mounts),
    })
}

/// Reads a mount; its place is that of its path.
fn mount(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    directory: Option<&Path>,
) -> Option<Spot<Mount>> {
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
    Some(Spot {
        value: Mount {
            path: path?,
            access: access.unwrap_or_default(),
            source,
        },
        span,
    })
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
    if table.get("from").is_none() {
        table.refuse(reader, &["include", "exclude"], |key| {
            format!("`{key}` selects what is baked in, and nothing is: there is no `from`")
        });
    }
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
    let directories = table.list(reader, "directories", |reader, text| {
        relative_path(reader, text)
    });
    reader.distinct(&directories, "this directory");
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
        directories: values(directories),
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
