//! Reads `[arguments]`, `[environment]` and `[exit]`.

use super::{EXCEPT_NEEDS_INHERIT, INHERITS_SET, Names, NamesBelow, names};
use crate::model::{ArgumentList, Arguments, Environment, Exit};
use crate::reader::{Entry, Reader, values};
use crate::shape::{Key, Need, Rule, Shape, TableShape, Word, words};

pub(crate) static ARGUMENTS: TableShape = TableShape {
    name: "[arguments]",
    about: "Command-line arguments and the initial working directory.",
    keys: &[
        Key::new("inherit", Shape::Boolean, "Whether they are the host's."),
        Key::new(
            "set",
            Shape::List(&Shape::Text),
            "The arguments, the program's name first.",
        ),
        Key::new(
            "cwd",
            Shape::AbsolutePath,
            "The initial working directory, an absolute path.",
        ),
    ],
    rules: &[Rule::Excludes {
        key: "inherit",
        other: "set",
        reason: "the arguments are either the host's or these",
        hint: "remove `inherit` or `set`",
    }],
};

pub(crate) static ENVIRONMENT: TableShape = TableShape {
    name: "[environment]",
    about: "Environment variables.",
    keys: &[
        Key::new(
            "inherit",
            Shape::List(&Shape::Text),
            "Names of the host's variables that are passed on; `*` stands for any characters.",
        ),
        Key::new(
            "except",
            Shape::List(&Shape::Text),
            "Of those, names that are not passed on.",
        ),
        Key::new("set", Shape::Names, "Variables and their values."),
        INHERITS_SET,
    ],
    rules: &[EXCEPT_NEEDS_INHERIT],
};

pub(crate) static EXIT: TableShape = TableShape {
    name: "[exit]",
    about: "What ending the program by `exit` does.",
    keys: &[
        Key::new("mode", Shape::Words(words::<Exit>), "What it does.").need(
            Need::RequiredWithoutBase("`mode = \"inherit\"` or `mode = \"trap\"`"),
        ),
    ],
    rules: &[],
};

impl Word for Exit {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("inherit", Self::Host, "The host's exit."),
        ("trap", Self::Trap, "It traps."),
    ];
}

pub(crate) fn arguments(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Arguments>,
) -> Option<Arguments> {
    let table = entry.value.table(reader, &ARGUMENTS)?;
    let inherit = table.boolean(reader, "inherit").unwrap_or(false);
    let set = table.get("set");
    let list = match set {
        Some(_) => ArgumentList::Set(values(table.list(reader, "set", |reader, text| {
            super::check_text(reader, text, "an argument").then(|| text.value.to_string())
        }))),
        None if inherit => ArgumentList::Inherit,
        None if table.get("inherit").is_some() => ArgumentList::None,
        None => base.map(|base| base.list.clone()).unwrap_or_default(),
    };
    let cwd = table
        .text(reader, "cwd")
        .and_then(|text| super::absolute_path(reader, &text));
    let cwd = table.written_or("cwd", cwd, base.map(|base| &base.cwd));
    Some(Arguments { list, cwd })
}

pub(crate) fn environment(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Environment>,
) -> Option<Environment> {
    let below = base.map(|base| NamesBelow {
        inherit: &base.inherit,
        except: &base.except,
        set: &base.set,
    });
    let Names {
        inherit,
        except,
        set,
    } = names(
        reader,
        entry,
        &ENVIRONMENT,
        ("the name of a variable", "the value of a variable"),
        below,
    )?;
    Some(Environment {
        inherit,
        except,
        set,
    })
}

pub(crate) fn exit(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Exit>,
) -> Option<Exit> {
    let table = (entry.value).table_over(reader, &EXIT, base.map(Word::word))?;
    match table.text(reader, "mode") {
        Some(mode) => reader.word(&mode, "mode"),
        None => base.copied(),
    }
}
