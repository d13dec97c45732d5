use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use interpose_paths::MAX_SYMLINKS;
use interpose_rules::Glob;
use proptest::prelude::*;

use super::*;
use crate::Hidden;
use crate::testing::{Model, Node, entry};

fn globs(globs: &[&str]) -> Vec<Glob> {
    globs
        .iter()
        .map(|glob| Glob::parse(glob).unwrap())
        .collect()
}

/// The path of the entry that a walk from the root finds.
fn find(model: &Model, hidden: &Hidden, path: &str, follow: bool) -> Result<String, Refusal> {
    find_from(model, hidden, &[], path, follow)
}

fn find_from(
    model: &Model,
    hidden: &Hidden,
    start: &[&str],
    path: &str,
    follow: bool,
) -> Result<String, Refusal> {
    let place = start.iter().fold(hidden.root(), |place, name| {
        hidden.enter(&place, name).unwrap()
    });
    let start: Vec<String> = start.iter().map(|name| name.to_string()).collect();
    let mut walk = Walk::new(model, hidden, (&start, &place), path)?;
    walk.look(
        follow,
        |at, name| look(model, at, name),
        |(_, node)| is_link(node),
    )
    .map(|(path, _)| path)
}

fn look(model: &Model, at: &[String], name: &str) -> Result<(String, Node), Refusal> {
    let path = entry(at, name);
    let node = model.get(&path).ok_or(Refusal::NoEntry)?;
    Ok((path.join("/"), node.clone()))
}

fn is_link(node: &Node) -> bool {
    matches!(node, Node::Link(_))
}

fn open(model: &Model, hidden: &Hidden, path: &str, opening: Opening) -> Result<String, Refusal> {
    let (start, place) = (Vec::new(), hidden.root());
    let mut walk = Walk::new(model, hidden, (&start, &place), path)?;
    walk.open(opening, |at, name| {
        let path = entry(at, name);
        match model.get(&path) {
            Some(Node::Link(_)) => Err(Refusal::Loop),
            Some(_) => Ok(path.join("/")),
            None if opening.create => Ok(format!("new {}", path.join("/"))),
            None => Err(Refusal::NoEntry),
        }
    })
}

const FOLLOW: Opening = Opening {
    follow: true,
    create: false,
    exclusive: false,
    truncate: false,
    directory: false,
    write: false,
    synchronized: false,
};
const CREATE: Opening = Opening {
    create: true,
    ..FOLLOW
};

fn example() -> Model {
    Model::new(&[
        "a/",
        "a/b/",
        "a/b/f",
        "a/.env",
        ".env",
        "f",
        "up -> ..",
        "a/up -> ../..",
        "to-env -> a/.env",
        "to-to-env -> to-env",
        "to-b -> a/b",
        "abs -> /etc/passwd",
        "dangling -> a/new",
        "dangling-env -> a/b/.env",
        "loop -> loop",
        "to-dir/ -> x",
        "l -> a/b/",
        "secret/",
        "secret/x",
        "to-secret -> secret",
        "in-and-out -> secret/../f",
    ])
}

#[test]
fn paths_are_resolved() {
    let (model, nothing) = (example(), Hidden::default());
    for (path, found) in [
        ("a/b/f", "a/b/f"),
        ("./a//b/./f", "a/b/f"),
        ("a/../a/b/../b/f", "a/b/f"),
        (".", ""),
        ("a/b/..", "a"),
        ("a/b/", "a/b"),
        ("to-b", "a/b"),
        ("to-b/f", "a/b/f"),
        ("to-b/../.env", "a/.env"),
        ("l/../b/f", "a/b/f"),
        ("in-and-out", "f"),
    ] {
        assert_eq!(
            find(&model, &nothing, path, true),
            Ok(found.into()),
            "{path}"
        );
    }
    assert_eq!(find(&model, &nothing, "to-b", false), Ok("to-b".into()));
    assert_eq!(find(&model, &nothing, "to-b/", false), Ok("a/b".into()));
    for (path, refusal) in [
        ("..", Refusal::NotPermitted),
        ("a/../..", Refusal::NotPermitted),
        ("up", Refusal::NotPermitted),
        ("a/up", Refusal::NotPermitted),
        ("a/up/f", Refusal::NotPermitted),
        ("/a", Refusal::NotPermitted),
        ("abs", Refusal::NotPermitted),
        ("abs/x", Refusal::NotPermitted),
        ("none", Refusal::NoEntry),
        ("none/..", Refusal::NoEntry),
        ("f/", Refusal::NotDirectory),
        ("f/..", Refusal::NotDirectory),
        ("loop", Refusal::Loop),
        ("loop/x", Refusal::Loop),
        ("dangling", Refusal::NoEntry),
        ("", Refusal::NoEntry),
        ("a\0", Refusal::Invalid),
    ] {
        assert_eq!(find(&model, &nothing, path, true), Err(refusal), "{path}");
    }
    assert_eq!(
        find_from(&model, &nothing, &["a", "b"], "../f", true),
        Err(Refusal::NotPermitted)
    );
}

#[test]
fn hidden_paths_do_not_exist() {
    let (model, hidden) = (example(), Hidden::new(&globs(&["**/.env", "secret"])));
    for path in [
        ".env",
        "a/.env",
        "a/../.env",
        "a/b/../.env",
        "to-b/../.env",
        "to-env",
        "to-to-env",
        ".env/",
        "a/.env/..",
        "secret",
        "secret/",
        "secret/x",
        "secret/../f",
        "to-secret",
        "to-secret/x",
        "in-and-out",
        "./.env",
        "a//.env",
        "a/.ENV",
    ] {
        assert_eq!(
            find(&model, &hidden, path, true),
            Err(Refusal::Hidden),
            "{path}"
        );
        assert_eq!(
            open(&model, &hidden, path, FOLLOW),
            Err(Refusal::Hidden),
            "{path}"
        );
    }
    // The link itself is visible.
    assert_eq!(find(&model, &hidden, "to-env", false), Ok("to-env".into()));
    // A descriptor below keeps its place.
    assert_eq!(
        find_from(&model, &hidden, &["a"], ".env", true),
        Err(Refusal::Hidden)
    );
}

#[test]
fn nothing_hidden_is_made() {
    let (model, hidden) = (example(), Hidden::new(&globs(&["**/.env", "secret"])));
    for path in [
        ".env",
        "a/.env",
        "a/b/.env",
        "dangling-env",
        "to-env",
        "secret",
        "to-secret",
    ] {
        let refused = Err(Refusal::HiddenName);
        assert_eq!(open(&model, &hidden, path, CREATE), refused, "{path}");
    }
    assert_eq!(
        open(&model, &hidden, "secret/new", CREATE),
        Err(Refusal::Hidden)
    );
    assert_eq!(
        open(&model, &hidden, "dangling", CREATE),
        Ok("new a/new".into())
    );
    assert_eq!(
        open(&model, &hidden, "a/", CREATE),
        Err(Refusal::IsDirectory)
    );
    let exclusive = Opening {
        exclusive: true,
        ..CREATE
    };
    assert_eq!(
        open(&model, &hidden, "dangling", exclusive),
        Err(Refusal::Loop)
    );
}

#[test]
fn forty_links_are_followed() {
    let mut entries = vec!["0".to_string()];
    entries.extend((1..=MAX_SYMLINKS + 1).map(|n| format!("{n} -> {}", n - 1)));
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    let (model, nothing) = (Model::new(&entries), Hidden::default());
    assert_eq!(find(&model, &nothing, "40", true), Ok("0".into()));
    assert_eq!(find(&model, &nothing, "41", true), Err(Refusal::Loop));
}

#[test]
fn what_globs_can_tell_is_not_moved() {
    let model = Model::new(&["a/", "a/x", "b/", "build/", "c"]);
    let hidden = Hidden::new(&globs(&["**/.env", "build/*.key"]));
    let start = Vec::new();
    let place = hidden.root();
    let check = |old: &str, new: &str, same: bool| {
        let mut walks =
            [old, new].map(|path| Walk::new(&model, &hidden, (&start, &place), path).unwrap());
        walks.iter_mut().try_for_each(Walk::to_parent)?;
        check_move(&walks[0], &walks[1], same)
    };
    assert_eq!(check("a", "d", true), Ok(()));
    assert_eq!(check("a/x", "b/x", true), Ok(()));
    assert_eq!(check("c", "build/c", true), Ok(()));
    assert_eq!(check("build", "d", true), Err(Refusal::CrossDevice));
    assert_eq!(check("a", "build", true), Err(Refusal::CrossDevice));
    assert_eq!(check("a", ".env", true), Err(Refusal::HiddenName));
    assert_eq!(check(".env", "a/y", true), Err(Refusal::Hidden));
    assert_eq!(check("build/a.key", "a/y", true), Err(Refusal::Hidden));
    assert_eq!(check("a", "d", false), Err(Refusal::CrossDevice));
    assert_eq!(check("a/.", "d", true), Err(Refusal::Busy));
    assert_eq!(check("a/", "d", true), Err(Refusal::Busy));
}

#[test]
fn only_directories_are_directories() {
    let (model, nothing) = (example(), Hidden::default());
    let (start, place) = (Vec::new(), nothing.root());
    let check = |path| {
        let mut walk = Walk::new(&model, &nothing, (&start, &place), path)?;
        walk.to_parent()?;
        walk.check_directory(|at, name| match name {
            "long" => Err(Refusal::NameTooLong),
            _ => look(&model, at, name).map(|(_, node)| node == Node::Directory),
        })
    };
    assert_eq!(check("a"), Ok(()));
    assert_eq!(check("a/b"), Ok(()));
    assert_eq!(check("f"), Err(Refusal::NotDirectory));
    assert_eq!(check("to-b"), Err(Refusal::NotDirectory));
    // Other errors are passed on.
    assert_eq!(check("none"), Err(Refusal::NoEntry));
    assert_eq!(check("a/long"), Err(Refusal::NameTooLong));
}

/// Resolves a path as POSIX says, in the simplest way: names are looked up as whole paths, and a whole path that is
/// hidden counts as missing.
fn naive(
    model: &Model,
    globs: &[Glob],
    at: &mut Vec<String>,
    path: &str,
    follow: bool,
    links: &mut usize,
) -> Result<(), Refusal> {
    if path.is_empty() {
        return Err(Refusal::NoEntry);
    }
    if path.starts_with('/') {
        return Err(Refusal::NotPermitted);
    }
    let names: Vec<&str> = path.split('/').collect();
    for (position, name) in names.iter().enumerate() {
        let is_last = position + 1 == names.len();
        if !matches!(model.get(at), Some(Node::Directory)) {
            return Err(match model.get(at) {
                Some(_) => Refusal::NotDirectory,
                None => Refusal::NoEntry,
            });
        }
        match *name {
            "" | "." => {}
            ".." => {
                at.pop().ok_or(Refusal::NotPermitted)?;
            }
            name => {
                at.push(name.into());
                let whole = at.join("/");
                if globs.iter().any(|glob| glob.matches_or_contains(&whole)) {
                    return Err(Refusal::Hidden);
                }
                match model.get(at) {
                    None => return Err(Refusal::NoEntry),
                    Some(Node::Link(target)) if follow || !is_last => {
                        at.pop();
                        *links += 1;
                        if *links > MAX_SYMLINKS {
                            return Err(Refusal::Loop);
                        }
                        naive(model, globs, at, target, true, links)?;
                    }
                    Some(_) => {}
                }
            }
        }
    }
    Ok(())
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", ".env"])
}

fn path() -> impl Strategy<Value = String> {
    let component = prop_oneof![
        8 => name(),
        2 => Just(".."),
        1 => Just("."),
        1 => Just(""),
    ];
    (prop::collection::vec(component, 1..6), any::<bool>())
        .prop_map(|(parts, slash)| parts.join("/") + if slash { "/" } else { "" })
}

fn model() -> impl Strategy<Value = Model> {
    let node = prop_oneof![
        4 => Just(Node::Directory),
        1 => Just(Node::File),
        3 => path().prop_map(Node::Link),
    ];
    let entry = (prop::collection::vec(name(), 0..3), name(), node);
    prop::collection::vec(entry, 0..24).prop_map(|entries| {
        let mut model = Model::new(&[]);
        for (parent, name, node) in entries {
            let parent = parent.join("/");
            if model.0.get(&parent) == Some(&Node::Directory) {
                let path = if parent.is_empty() {
                    name.into()
                } else {
                    format!("{parent}/{name}")
                };
                model.0.entry(path).or_insert(node);
            }
        }
        model
    })
}

fn glob() -> impl Strategy<Value = Glob> {
    let part = prop::sample::select(vec!["**", "*", "a", "b", ".env"]);
    prop::collection::vec(part, 1..4).prop_map(|parts| Glob::parse(&parts.join("/")).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// A walk finds the entry that a naive reading of the path finds, and refuses the paths that it refuses.
    #[test]
    fn agrees_with_a_naive_reading(
        model in model(),
        globs in prop::collection::vec(glob(), 0..3),
        path in path(),
        follow in any::<bool>(),
    ) {
        let hidden = Hidden::new(&globs);
        let found = find(&model, &hidden, &path, follow);
        let mut at = Vec::new();
        let expected = naive(&model, &globs, &mut at, &path, follow, &mut 0).map(|()| at.join("/"));
        prop_assert_eq!(&found, &expected, "{} in {:?}", path, model);
        if let Ok(found) = found {
            prop_assert!(!globs.iter().any(|glob| glob.matches_or_contains(&found)));
        }
    }

    /// An entry that is opened or made is never hidden.
    #[test]
    fn nothing_hidden_is_opened(
        model in model(),
        globs in prop::collection::vec(glob(), 0..3),
        path in path(),
        follow in any::<bool>(),
        create in any::<bool>(),
        exclusive in any::<bool>(),
    ) {
        let hidden = Hidden::new(&globs);
        let opening = Opening { follow, create, exclusive, ..Opening::default() };
        if let Ok(opened) = open(&model, &hidden, &path, opening) {
            let opened = opened.trim_start_matches("new ");
            prop_assert!(!globs.iter().any(|glob| glob.matches_or_contains(opened)));
        }
    }
}

#[test]
fn times_that_cannot_be_expressed_are_refused() {
    let last = i64::MAX as u64;
    for (seconds, nanoseconds) in [(0, 0), (last, 999_999_999), (last - 4, u32::MAX)] {
        assert_eq!(check_time(seconds, nanoseconds), Ok(()));
    }
    for (seconds, nanoseconds) in [
        (last + 1, 0),
        (last, 1_000_000_000),
        (u64::MAX, 0),
        (u64::MAX, u32::MAX),
    ] {
        assert_eq!(check_time(seconds, nanoseconds), Err(Refusal::Overflow));
    }
}

#[test]
fn flags_are_refused_before_the_path_is_looked_at() {
    let directory = Opening {
        directory: true,
        ..Opening::default()
    };
    assert_eq!(directory.check(true), Ok(()));
    for flags in [
        Opening {
            create: true,
            ..directory
        },
        Opening {
            exclusive: true,
            ..directory
        },
        Opening {
            truncate: true,
            ..directory
        },
    ] {
        for read_only in [false, true] {
            assert_eq!(flags.check(read_only), Err(Refusal::Invalid));
            let synchronized = Opening {
                synchronized: true,
                ..flags
            };
            assert_eq!(synchronized.check(read_only), Err(Refusal::Unsupported));
        }
        let file = Opening {
            directory: false,
            ..flags
        };
        assert_eq!(file.check(false), Ok(()));
        let read_only = match file.exclusive {
            true => Ok(()),
            false => Err(Refusal::ReadOnly),
        };
        assert_eq!(file.check(true), read_only);
    }
    let write = Opening {
        write: true,
        ..Opening::default()
    };
    assert_eq!(write.check(false), Ok(()));
    assert_eq!(write.check(true), Err(Refusal::ReadOnly));
}
