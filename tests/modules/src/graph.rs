//! The uses between modules, and circles and wrong directions among them.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    path::PathBuf,
};

use crate::tree::{Id, Tree};

/// A module uses another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The full path of the using module, such as `crate::model::node`.
    pub from: String,
    /// The full path of the used module.
    pub to: String,
    /// The path in the source that is the use.
    pub path: String,
    /// The file with this path.
    pub file: PathBuf,
    /// The line of this path, counted from 1.
    pub line: usize,
}

impl fmt::Display for Use {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            from,
            to,
            path,
            file,
            line,
        } = self;
        write!(
            formatter,
            "`{from}` uses `{to}` ({}:{line}: `{path}`)",
            file.display()
        )
    }
}

/// Modules that use each other in a circle: each uses the next, and the last uses the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle(
    /// The uses, one for each module.
    pub Vec<Use>,
);

impl fmt::Display for Circle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "these modules use each other in a circle:")?;
        for step in &self.0 {
            write!(formatter, "\n  {step}")?;
        }
        Ok(())
    }
}

/// For each module the modules that it uses, each with its first use.
#[derive(Debug)]
pub(crate) struct Graph {
    paths: Vec<String>,
    files: Vec<PathBuf>,
    uses: Vec<BTreeMap<Id, (String, usize)>>,
}

impl Graph {
    pub(crate) fn new(tree: &Tree) -> Self {
        let uses = (0..tree.modules.len()).map(|id| {
            let mut found = BTreeMap::new();
            for (target, path, line) in tree.uses(id) {
                if target != id {
                    found.entry(target).or_insert((path, line));
                }
            }
            found
        });
        Self {
            uses: uses.collect(),
            paths: tree.modules.iter().map(|it| it.path.clone()).collect(),
            files: tree.modules.iter().map(|it| it.file.clone()).collect(),
        }
    }

    fn step(&self, from: Id, to: Id) -> Use {
        let (path, line) = self.uses[from][&to].clone();
        Use {
            from: self.paths[from].clone(),
            to: self.paths[to].clone(),
            path,
            file: self.files[from].clone(),
            line,
        }
    }

    pub(crate) fn uses(&self) -> impl Iterator<Item = Use> {
        let pairs = self.uses.iter().enumerate();
        pairs.flat_map(move |(from, uses)| uses.keys().map(move |&to| self.step(from, to)))
    }

    /// One of the shortest circles through more than one file.
    pub(crate) fn circle(&self) -> Option<Circle> {
        let uses = self.uses.iter().enumerate();
        let circles = uses.flat_map(|(from, uses)| {
            let between_files = uses
                .keys()
                .filter(move |&&to| self.files[from] != self.files[to]);
            between_files.filter_map(move |&to| self.way(to, from))
        });
        let mut ids = circles.min_by_key(Vec::len)?;
        // The circle begins at the module that is declared first.
        ids.rotate_right(1);
        let next = ids.iter().cycle().skip(1);
        let steps = ids.iter().zip(next).map(|(&from, &to)| self.step(from, to));
        Some(Circle(steps.collect()))
    }

    /// A shortest chain of uses from one module to another, including both.
    fn way(&self, from: Id, to: Id) -> Option<Vec<Id>> {
        let mut came_from = BTreeMap::from([(from, from)]);
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if at == to {
                let mut way = vec![to];
                while let Some(&last) = way.last()
                    && last != from
                {
                    way.push(came_from[&last]);
                }
                way.reverse();
                return Some(way);
            }
            for &next in self.uses[at].keys() {
                came_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    at
                });
            }
        }
        None
    }

    /// Whether a module has this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|it| it == path)
    }
}
