//! A tree in memory, for tests.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::{Link, Refusal, Tree};

/// The node at a path. Paths are names joined by slashes; the root is the empty path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Directory,
    File,
    Link(String),
}

/// All paths that exist.
#[derive(Clone, Debug, Default)]
pub struct Model(pub BTreeMap<String, Node>);

impl Model {
    /// A tree of paths: `d/` is a directory, `l -> t` a link, anything else a file.
    pub fn new(entries: &[&str]) -> Self {
        let mut nodes = BTreeMap::from([(String::new(), Node::Directory)]);
        for entry in entries {
            let (path, node) = match entry.split_once(" -> ") {
                Some((path, target)) => (path, Node::Link(target.into())),
                None if entry.ends_with('/') => (entry.trim_end_matches('/'), Node::Directory),
                None => (*entry, Node::File),
            };
            nodes.insert(path.into(), node);
        }
        Self(nodes)
    }

    pub fn get(&self, names: &[String]) -> Option<&Node> {
        self.0.get(&names.join("/"))
    }
}

/// The path of an entry of a directory.
pub fn entry(directory: &[String], name: &str) -> Vec<String> {
    assert!(!name.is_empty() && !name.contains('/') && name != "..");
    let mut path = directory.to_vec();
    if name != "." {
        path.push(name.to_string());
    }
    path
}

impl Tree for Model {
    type Directory = Vec<String>;
    type Error = Refusal;

    fn open_directory(&self, parent: &Vec<String>, name: &str) -> Result<Vec<String>, Refusal> {
        let path = entry(parent, name);
        match self.get(&path) {
            Some(Node::Directory) => Ok(path),
            Some(Node::Link(_)) => Err(Refusal::Loop),
            Some(Node::File) => Err(Refusal::NotDirectory),
            None => Err(Refusal::NoEntry),
        }
    }

    fn read_link(&self, parent: &Vec<String>, name: &str) -> Link {
        match self.get(&entry(parent, name)) {
            Some(Node::Link(target)) if target.starts_with('/') => Link::Outside,
            Some(Node::Link(target)) => Link::To(target.clone()),
            _ => Link::None,
        }
    }

    fn is_absence(error: &Refusal) -> bool {
        *error == Refusal::NoEntry
    }
}
