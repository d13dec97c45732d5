//! Reads policies by name or path, together with the policies that they extend.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeTable;

use crate::builtin::{self, BUILTINS, Builtin};
use crate::document::{self, Base, POLICY, check_version};
use crate::error::{PolicyError, PolicyErrors, Problem};
use crate::model::Policy;
use crate::nearest::suggestion;
use crate::reader::{Reader, Table, Text};

/// The largest size of a policy file in bytes, about twice that of a file with 100,000 rules.
const MAX_FILE: u64 = 16 << 20;

/// The largest number of policies that extend each other in a row. Each is kept in memory while the ones that it
/// extends are read.
const MAX_CHAIN: usize = 32;

/// A policy that is being read.
pub(crate) struct Origin<'a> {
    /// The name in messages.
    pub(crate) name: &'a str,
    /// The directory that relative paths of the policy are relative to.
    pub(crate) directory: Option<&'a Path>,
    /// The policy's file; `None` if the policy is built in or only text.
    pub(crate) file: Option<&'a Path>,
    /// The canonical path of the file or the name of the built-in policy, to find cycles; `None` for a policy that is
    /// only text.
    pub(crate) identity: Option<String>,
    /// The policy that extends it.
    pub(crate) parent: Option<&'a Origin<'a>>,
}

/// Reads a policy from text.
pub(crate) fn parse(
    name: &str,
    source: &str,
    directory: Option<&Path>,
) -> Result<Policy, PolicyErrors> {
    Origin {
        name,
        directory,
        file: None,
        identity: None,
        parent: None,
    }
    .read(source)
}

/// Reads a built-in policy or a file.
pub(crate) fn load(name: &str) -> Result<Policy, PolicyErrors> {
    match builtin::find(name) {
        Some(builtin) => read_builtin(builtin),
        None => {
            let (source, identity) = read_policy_file(name)?;
            read_source(name, &source, identity)
        }
    }
}

/// Reads a built-in policy.
pub(crate) fn read_builtin(builtin: &Builtin) -> Result<Policy, PolicyErrors> {
    let origin = Origin {
        name: builtin.name,
        directory: None,
        file: None,
        identity: Some(builtin.name.into()),
        parent: None,
    };
    origin.read(builtin.source)
}

/// Reads the file that the user named; returns its text and its canonical path.
pub(crate) fn read_policy_file(name: &str) -> Result<(String, String), PolicyErrors> {
    let file = read_file(Path::new(name), name).map_err(|problem| {
        let hint =
            matches!(problem, Problem::NotFound { .. }).then(|| suggestion(name, &builtin_names()));
        PolicyError::nowhere(problem, hint)
    })?;
    Ok(file)
}

/// Reads the policy that a file holds.
pub(crate) fn read_source(
    name: &str,
    source: &str,
    identity: String,
) -> Result<Policy, PolicyErrors> {
    let path = Path::new(name);
    Origin {
        name,
        directory: path.parent(),
        file: Some(path),
        identity: Some(identity),
        parent: None,
    }
    .read(source)
}
fn builtin_names() -> Vec<&'static str> {
    BUILTINS.iter().map(|builtin| builtin.name).collect()
}

/// Reads a file; returns its text and its canonical path, or for a pipe its path.
pub(crate) fn read_file(path: &Path, name: &str) -> Result<(String, String), Problem> {
    let unreadable = |reason: &str| Problem::Unreadable {
        path: name.into(),
        reason: reason.into(),
    };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Problem::NotFound { name: name.into() },
        kind => unreadable(&kind.to_string()),
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(unreadable("it is larger than 16 MiB"));
    }
    let source = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text"))?;
    // A pipe has no path of its own.
    let identity = path.canonicalize().unwrap_or_else(|_| path.into());
    Ok((source, identity.to_string_lossy().into_owned()))
}

/// Parses TOML; reports syntax errors and then returns `None`.
pub(crate) fn parse_document<'s>(
    reader: &mut Reader<'_>,
    source: &'s str,
) -> Option<Spanned<DeTable<'s>>> {
    let (document, errors) = DeTable::parse_recoverable(source);
    // The valid rest of a broken file would lead to misleading messages.
    for error in &errors {
        let span = error.span().unwrap_or(source.len()..source.len());
        reader.report(
            &span,
            Problem::Syntax {
                message: error.message().into(),
            },
        );
    }
    errors.is_empty().then_some(document)
}

impl Origin<'_> {
    /// Reads the policy and those that it extends.
    fn read(&self, source: &str) -> Result<Policy, PolicyErrors> {
        let mut reader = Reader::new(self.name, source);
        let Some(document) = parse_document(&mut reader, source) else {
            return Err(PolicyErrors {
                problems: reader.finish(),
            });
        };
        let table = Table::root(&mut reader, &document, &POLICY);
        check_version(&mut reader, &table);
        let policy = self.over_base(&mut reader, &table);
        let mut problems = reader.finish();
        match policy {
            Ok(policy) if problems.is_empty() => Ok(policy),
            Ok(_) => Err(PolicyErrors { problems }),
            Err(below) => {
                problems.extend(below.problems);
                Err(PolicyErrors { problems })
            }
        }
    }

    /// Reads the tables of a policy and the policies that it extends. Problems of this policy are reported to `reader`;
    /// problems of the extended ones are returned.
    pub(crate) fn over_base(
        &self,
        reader: &mut Reader<'_>,
        table: &Table<'_>,
    ) -> Result<Policy, PolicyErrors> {
        let base = match table.text(reader, "extends") {
            Some(extends) => self.base(reader, &extends).map(|policy| Base {
                policy,
                exists: true,
            }),
            None => Ok(Base::default()),
        };
        let (base, below) = match base {
            Ok(base) => (base, None),
            Err(errors) => (Base::default(), Some(errors)),
        };
        // Keys that a broken extended policy might have had are not reported as missing in this one.
        reader.tolerate_missing(below.is_some());
        let mut policy = document::read(reader, table, self.directory, base);
        reader.tolerate_missing(false);
        policy.files.splice(0..0, self.file.map(PathBuf::from));
        below.map_or(Ok(policy), Err)
    }

    /// Reads the policy that this one extends. A problem with its name is reported to `reader`; problems of the
    /// extended policy are returned.
    pub(crate) fn base(
        &self,
        reader: &mut Reader<'_>,
        extends: &Text<'_>,
    ) -> Result<Policy, PolicyErrors> {
        let place = reader.inside(extends);
        let reported = PolicyErrors {
            problems: Vec::new(),
        };
        if self.ancestors().count() >= MAX_CHAIN {
            reader.contradiction(
                &place,
                format!("more than {MAX_CHAIN} policies extend each other"),
            );
            return Err(reported);
        }
        if let Some(builtin) = builtin::find(extends.value) {
            let identity = Some(builtin.name.into());
            return Origin {
                name: builtin.name,
                directory: None,
                file: None,
                identity,
                parent: Some(self),
            }
            .read(builtin.source);
        }
        if !extends.value.contains('/') && !extends.value.ends_with(".toml") {
            let suggestion = suggestion(extends.value, &builtin_names());
            reader
                .report(
                    &place,
                    Problem::NotFound {
                        name: extends.value.into(),
                    },
                )
                .with_hint(format!("{suggestion} (a file is named like `./base.toml`)"));
            return Err(reported);
        }
        let Some(directory) = self.directory else {
            reader
                .contradiction(
                    &place,
                    "only a policy that is a file can extend another file",
                )
                .with_hint("extend a built-in policy");
            return Err(reported);
        };
        let path = directory.join(extends.value);
        let name = self.name_of(extends.value);
        let (source, identity) = match read_file(&path, &name) {
            Ok(file) => file,
            Err(problem) => {
                reader
                    .report(&place, problem)
                    .with_hint("the path is relative to the policy that names it");
                return Err(reported);
            }
        };
        if self
            .ancestors()
            .any(|origin| origin.identity.as_ref() == Some(&identity))
        {
            let mut chain: Vec<&str> = self.ancestors().map(|origin| origin.name).collect();
            chain.reverse();
            chain.push(&name);
            reader.report(
                &place,
                Problem::Cycle {
                    chain: chain.join(" → "),
                },
            );
            return Err(reported);
        }
        let parent = path.parent().map(PathBuf::from);
        Origin {
            name: &name,
            directory: parent.as_deref(),
            file: Some(&path),
            identity: Some(identity),
            parent: Some(self),
        }
        .read(&source)
    }

    /// The name in messages of a file that this policy names.
    fn name_of(&self, path: &str) -> String {
        let directory = Path::new(self.name).parent().unwrap_or(Path::new(""));
        let path = directory.join(path.strip_prefix("./").unwrap_or(path));
        path.to_string_lossy().into_owned()
    }

    /// This policy, and those that extend it, nearest first.
    fn ancestors(&self) -> impl Iterator<Item = &Origin<'_>> {
        std::iter::successors(Some(self), |origin| origin.parent)
    }
}
