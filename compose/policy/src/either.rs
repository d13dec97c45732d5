//! Reads a file that is either a policy or a graph.

use std::path::Path;

use crate::builtin;
use crate::error::PolicyErrors;
use crate::graph::{GraphFile, is_graph};
use crate::load::{read_builtin, read_policy_file, read_source};
use crate::model::Policy;

/// A policy or a graph.
#[derive(Clone, Debug)]
pub enum Document {
    /// A policy.
    Policy(Box<Policy>),
    /// Several components, each with its policy.
    Graph(Box<GraphFile>),
}

impl Document {
    /// Reads the built-in policy of that name, or else the file at that path. A file with a key that graphs alone have is
    /// a graph.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong with the file or with a policy that it names.
    pub fn load(name_or_path: &str) -> Result<Self, PolicyErrors> {
        if let Some(builtin) = builtin::find(name_or_path) {
            return read_builtin(builtin).map(|policy| Self::Policy(Box::new(policy)));
        }
        let (source, identity) = read_policy_file(name_or_path)?;
        if is_graph(&source) {
            let directory = Path::new(name_or_path).parent().unwrap_or(Path::new(""));
            let graph = GraphFile::parse(name_or_path, &source, directory)?;
            return Ok(Self::Graph(Box::new(graph)));
        }
        read_source(name_or_path, &source, identity).map(|policy| Self::Policy(Box::new(policy)))
    }
}
