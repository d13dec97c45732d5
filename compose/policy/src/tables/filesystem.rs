//! Reads `[filesystem]`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use interpose_rules::{ErrorKind, Glob, ParseError};
use toml::de::DeValue;

use super::mounts::{
    mounts_over, refuse_ambiguous_preopens, refuse_exchangeable, refuse_inherited,
};
use super::{absolute_path, contents, local_path, quantity, relative_path};
use crate::error::Problem;
use crate::model::{Access, Contents, Filesystem, HostDirectory, Memory, Mount, Source, Times};
use crate::named::PathUse;
use crate::quantity::SIZE;
use crate::reader::{Entry, Reader, Spot, Table, Text, Value, values};
use crate::shape::{Key, Need, Rule, Shape, TableShape, Word, words};

/// The key that drops the mounts of the extended policy when it is `false`.
const INHERIT_MOUNTS: &str = "inherit-mounts";

pub(crate) static FILESYSTEM: TableShape = TableShape {
    name: "[filesystem]",
    about: "Preopens and limits.",
    keys: &[
        Key::new(
            "inherit",
            Shape::Boolean,
            "Whether the host's preopens are the application's too, but for those whose names are paths of mounts.",
        ),
        Key::new(
            "max-bytes",
            Shape::Quantity(&SIZE),
            "What all memory mounts together may hold, like `64MiB`.",
        ),
        Key::new(
            "max-entries",
            Shape::Integer(0),
            "How many files, directories and links all memory mounts together may hold.",
        ),
        Key::new(
            "mounts",
            Shape::List(&Shape::Table(&MOUNT)),
            "The preopens.",
        ),
        Key::new(
            INHERIT_MOUNTS,
            Shape::Boolean,
            "Whether the mounts of the extended policy are there too; `true` if not given.",
        )
        .need(Need::Extending),
    ],
    rules: &[],
};

static MOUNT: TableShape = TableShape {
    name: "[[filesystem.mounts]]",
    about: "A preopen.",
    keys: &[
        Key::new(
            "path",
            Shape::AbsolutePath,
            "The absolute path under which the application sees it.",
        )
        .need(Need::Required(
            "the application sees the mount as this path, like `path = \"/\"`",
        )),
        Key::new("source", Shape::Words(words::<Kind>), "What it shows.").need(Need::Required(
            "`source = \"memory\"`, `\"host\"` or `\"overlay\"`",
        )),
        Key::new(
            "access",
            Shape::Words(words::<Access>),
            "What the application may do with it; `read-write` if not given.",
        ),
        Key::new(
            "from",
            Shape::NotEmpty,
            "memory, overlay: a local directory that is baked in when composing.",
        ),
        Key::new(
            "include",
            Shape::NonEmptyList(&Shape::NotEmpty),
            "memory, overlay: globs of the files that are baked in; all if not given.",
        ),
        Key::new(
            "exclude",
            Shape::List(&Shape::NotEmpty),
            "memory, overlay: globs of what is not baked in.",
        ),
        Key::new(
            "times",
            Shape::Words(words::<Times>),
            "memory, overlay: the times of what is baked in; `fixed` if not given.",
        ),
        Key::new(
            "directories",
            Shape::List(&Shape::RelativePath),
            "memory, overlay: empty directories that exist from the start.",
        ),
        Key::new(
            "files",
            Shape::Paths(&Shape::AnyOf(&[Shape::Text, Shape::Table(&contents::FILE)])),
            "memory, overlay: files that exist from the start, by their paths.",
        ),
        Key::new(
            "links",
            Shape::Paths(&Shape::NotEmpty),
            "memory, overlay: symbolic links that exist from the start, by their paths, and where they lead.",
        ),
        Key::new(
            "devices",
            Shape::Boolean,
            "memory, overlay: whether there are devices in `/dev`.",
        ),
        Key::new(
            "host",
            Shape::NotEmpty,
            "host, overlay: the directory of this machine that is shown; the same as `path` if not given.",
        ),
        Key::new(
            "preopen",
            Shape::NotEmpty,
            "host, overlay: the name of the host's preopen; the text of `host` if not given.",
        ),
        Key::new(
            "subtree",
            Shape::RelativePath,
            "host, overlay: the directory below the host's preopen that is shown.",
        ),
        Key::new(
            "hide",
            Shape::List(&Shape::NotEmpty),
            "host, overlay: globs of what the application does not see.",
        ),
    ],
    rules: &[
        Rule::Only {
            keys: &[
                "from",
                "include",
                "exclude",
                "times",
                "directories",
                "files",
                "links",
                "devices",
            ],
            key: "source",
            words: &["memory", "overlay"],
        },
        Rule::Only {
            keys: &["host", "preopen", "subtree", "hide"],
            key: "source",
            words: &["host", "overlay"],
        },
        Rule::Needs {
            key: "source",
            word: "overlay",
            needs: "host",
            inherits: false,
            hint: "an overlay shows what is on the host: name a directory",
        },
        Rule::With {
            keys: &["include", "exclude"],
            other: "from",
            inherits: false,
            reason: "is about what is baked in, and nothing is: there is no `from`",
        },
    ],
};

/// The values of `source`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Host,
    Overlay,
}

impl Kind {
    pub(crate) fn of(source: &Source) -> Self {
        match source {
            Source::Memory(_) => Self::Memory,
            Source::Host(_) => Self::Host,
            Source::Overlay(..) => Self::Overlay,
        }
    }
}

impl Word for Kind {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("memory", Self::Memory, "Files in memory."),
        ("host", Self::Host, "A directory of the host."),
        (
            "overlay",
            Self::Overlay,
            "Files in memory over a directory of the host.",
        ),
    ];
}

impl Word for Access {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("read-write", Self::ReadWrite, "Everything."),
        ("read-only", Self::ReadOnly, "Reading."),
    ];
}

impl Word for Times {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        (
            "fixed",
            Self::Fixed,
            "When a virtual clock starts, otherwise the beginning of 1980.",
        ),
        ("disk", Self::Disk, "When it was changed last on disk."),
    ];
}

pub(crate) fn filesystem(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    directory: Option<&Path>,
    base: Option<&Filesystem>,
) -> Option<Filesystem> {
    let table = entry.value.table(reader, &FILESYSTEM)?;
    let max_bytes = table
        .get("max-bytes")
        .and_then(|entry| quantity(reader, &entry.value, &SIZE));
    let max_entries = table
        .get("max-entries")
        .and_then(|entry| entry.value.unsigned(reader, "`max-entries`"));
    let inherit = table.boolean(reader, "inherit").unwrap_or(false);
    let inherit = table.written_or("inherit", inherit, base.map(|base| &base.inherit));
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
    let anew = table.boolean(reader, INHERIT_MOUNTS) == Some(false);
    let inherited = base.filter(|_| !anew).map(|base| base.mounts.as_slice());
    let all = mounts_over(&mounts, &subtrees, inherited.unwrap_or_default());
    let place = table.get("inherit").map(|entry| entry.whole());
    for mount in &all {
        refuse_exchangeable(reader, mount, &all);
        if inherit {
            refuse_inherited(reader, mount, place.as_ref(), &all);
        }
    }
    refuse_ambiguous_preopens(reader, &all);
    let mounts = all.into_iter().map(|mount| mount.mount.clone()).collect();
    Some(Filesystem {
        inherit,
        max_bytes: table.written_or("max-bytes", max_bytes, base.map(|base| &base.max_bytes)),
        max_entries: table.written_or(
            "max-entries",
            max_entries,
            base.map(|base| &base.max_entries),
        ),
        mounts,
    })
}

/// Reads a mount, whose place is that of its path. Also returns the place of its `subtree`, if the mount has one.
fn mount(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    directory: Option<&Path>,
) -> Option<(Spot<Mount>, Option<Range<usize>>)> {
    let table = value.table(reader, &MOUNT)?;
    let path_text = table.text(reader, "path");
    let path = path_text
        .as_ref()
        .and_then(|text| absolute_path(reader, text));
    let access = table
        .text(reader, "access")
        .and_then(|text| reader.word(&text, "access"));
    let source = table.text(reader, "source")?;
    let kind: Kind = reader.word(&source, "source")?;
    let memory = if kind == Kind::Host {
        Memory::default()
    } else {
        memory(reader, &table, path.as_deref(), directory)
    };
    let host = if kind == Kind::Memory {
        None
    } else {
        host_directory(reader, &table, path.as_deref(), directory)
    };
    let source = match (kind, host) {
        (Kind::Memory, _) => Source::Memory(memory),
        (Kind::Host, Some(host)) => Source::Host(host),
        (Kind::Overlay, Some(host)) => Source::Overlay(memory, host),
        (Kind::Host | Kind::Overlay, None) => return None,
    };
    let path_text = path_text?;
    if kind == Kind::Host && table.get("host").is_none() {
        // Without the key `host`, the path also names the directory of this machine.
        reader.name_path(PathUse::Host, &path_text, PathBuf::from(path_text.value));
    }
    let span = reader.inside(&path_text);
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
        .and_then(|text| local_path(reader, &text, PathUse::Baked, directory));
    let entries = contents::entries(reader, table, directory);
    let times = table
        .text(reader, "times")
        .and_then(|text| reader.word(&text, "times"));
    let of_disk = |file: &Spot<(String, Contents)>| matches!(file.value.1, Contents::File(_));
    if let Some(entry) = table.get("times")
        && table.get("from").is_none()
        && !entries.files.iter().any(of_disk)
    {
        let reason = "`times` is about what is baked in, and nothing is: there is no `from`";
        reader.contradiction(&entry.whole(), reason);
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
    directory: Option<&Path>,
) -> Option<HostDirectory> {
    let subtree = table
        .text(reader, "subtree")
        .and_then(|text| relative_path(reader, &text));
    let hide = table.list(reader, "hide", relative_glob);
    reader.distinct(&hide, "this glob");
    let host = table.text(reader, "host");
    let shown = match &host {
        Some(text) => local_path(reader, text, PathUse::Host, directory)?,
        None if table.get("host").is_some() => return None,
        None => PathBuf::from(mount?),
    };
    let preopen = match table.text(reader, "preopen") {
        Some(text) if text.value.is_empty() => {
            let what = "the name of the host's preopen";
            reader.report(&text.span, Problem::Empty { what });
            return None;
        }
        Some(text) => text.value.to_owned(),
        None => host.map_or(mount, |text| Some(text.value))?.to_owned(),
    };
    Some(HostDirectory {
        preopen,
        directory: shown,
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
