//! Any path in any tree of directories, files and links, under any globs: a walk finds what a naive reading of the path
//! finds, refuses what that refuses, and asks the tree for nothing but single names that are not hidden.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use interpose_mounts::{Hidden, Link, Refusal, Tree, Walk};
use interpose_paths::MAX_SYMLINKS;
use interpose_rules::Glob;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    entries: Vec<(Vec<Name>, Name, Kind)>,
    globs: Vec<Vec<Part>>,
    path: Path,
    follow: bool,
}

#[derive(Arbitrary, Debug)]
enum Kind {
    Directory,
    File,
    Link(Path),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Name {
    A,
    B,
    C,
    Env,
}

impl Name {
    fn text(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::Env => ".env",
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Part {
    Directories,
    Any,
    Name(Name),
}

#[derive(Arbitrary, Debug)]
struct Path(Vec<Component>);

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Component {
    Name(Name),
    Parent,
    Current,
    Empty,
}

impl Path {
    fn text(&self) -> String {
        let components = self.0.iter().map(|component| match component {
            Component::Name(name) => name.text(),
            Component::Parent => "..",
            Component::Current => ".",
            Component::Empty => "",
        });
        components.collect::<Vec<_>>().join("/")
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Directory,
    File,
    Link(String),
}

struct Model {
    nodes: BTreeMap<String, Node>,
    globs: Vec<Glob>,
}

impl Model {
    fn get(&self, names: &[String]) -> Option<&Node> {
        self.nodes.get(&names.join("/"))
    }

    fn is_hidden(&self, names: &[String]) -> bool {
        let path = names.join("/");
        self.globs
            .iter()
            .any(|glob| glob.matches_or_contains(&path))
    }

    /// An entry that a walk asks for.
    fn entry(&self, directory: &[String], name: &str) -> Vec<String> {
        let mut names = directory.to_vec();
        if name != "." {
            assert!(
                !name.is_empty() && name != ".." && !name.contains('/'),
                "{name}"
            );
            names.push(name.into());
        }
        assert!(!self.is_hidden(&names), "{names:?}");
        names
    }

    /// What POSIX says of a path, where what is hidden is missing.
    fn naive(
        &self,
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
            if self.get(at) != Some(&Node::Directory) {
                return Err(Refusal::NotDirectory);
            }
            match *name {
                "" | "." => {}
                ".." => drop(at.pop().ok_or(Refusal::NotPermitted)?),
                name => {
                    at.push(name.into());
                    if self.is_hidden(at) {
                        return Err(Refusal::Hidden);
                    }
                    match self.get(at) {
                        None => return Err(Refusal::NoEntry),
                        Some(Node::Link(target)) if follow || position + 1 < names.len() => {
                            at.pop();
                            *links += 1;
                            if *links > MAX_SYMLINKS {
                                return Err(Refusal::Loop);
                            }
                            self.naive(at, target, true, links)?;
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        Ok(())
    }
}

impl Tree for Model {
    type Directory = Vec<String>;
    type Error = Refusal;

    fn open_directory(&self, parent: &Vec<String>, name: &str) -> Result<Vec<String>, Refusal> {
        let names = self.entry(parent, name);
        match self.get(&names) {
            Some(Node::Directory) => Ok(names),
            Some(Node::Link(_)) => Err(Refusal::Loop),
            Some(Node::File) => Err(Refusal::NotDirectory),
            None => Err(Refusal::NoEntry),
        }
    }

    fn read_link(&self, parent: &Vec<String>, name: &str) -> Link {
        match self.get(&self.entry(parent, name)) {
            Some(Node::Link(target)) if target.starts_with('/') => Link::Outside,
            Some(Node::Link(target)) => Link::To(target.clone()),
            _ => Link::None,
        }
    }

    fn is_absence(error: &Refusal) -> bool {
        *error == Refusal::NoEntry
    }
}

fuzz_target!(|input: Input| {
    let mut model = Model {
        nodes: BTreeMap::from([(String::new(), Node::Directory)]),
        globs: Vec::new(),
    };
    for (parent, name, kind) in &input.entries {
        let mut names: Vec<String> = parent.iter().map(|name| name.text().into()).collect();
        if model.get(&names) != Some(&Node::Directory) {
            continue;
        }
        names.push(name.text().into());
        let node = match kind {
            Kind::Directory => Node::Directory,
            Kind::File => Node::File,
            Kind::Link(path) => Node::Link(path.text()),
        };
        model.nodes.entry(names.join("/")).or_insert(node);
    }
    for parts in &input.globs {
        let parts: Vec<&str> = parts
            .iter()
            .map(|part| match part {
                Part::Directories => "**",
                Part::Any => "*",
                Part::Name(name) => name.text(),
            })
            .collect();
        model.globs.extend(Glob::parse(&parts.join("/")));
    }
    let path = input.path.text();
    // Texts that no host would take or give for a path.
    let too_long = |text: &str| text.len() > 1000;
    if too_long(&path)
        || model
            .nodes
            .values()
            .any(|n| matches!(n, Node::Link(t) if too_long(t)))
    {
        return;
    }
    let hidden = Hidden::new(&model.globs);
    let (start, place) = (Vec::new(), hidden.root());
    let found = Walk::new(&model, &hidden, (&start, &place), &path).and_then(|mut walk| {
        walk.look(
            input.follow,
            |at, name| {
                let names = model.entry(at, name);
                model
                    .get(&names)
                    .cloned()
                    .map(|node| (names, node))
                    .ok_or(Refusal::NoEntry)
            },
            |(_, node)| matches!(node, Node::Link(_)),
        )
    });
    let mut at = Vec::new();
    let expected = model
        .naive(&mut at, &path, input.follow, &mut 0)
        .map(|()| at);
    assert_eq!(found.map(|(names, _)| names), expected, "{path}");
});
