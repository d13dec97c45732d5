//! Globs for file paths.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::pattern::wildcard;
use crate::{ErrorKind, ParseError};

/// A pattern for paths: names between slashes, in which `*` stands for any run of characters and `?` for one character,
/// and `**`, which stands for any number of directories, also none. A final `**` stands for everything below a
/// directory, at any depth, but not for the directory itself.
///
/// Case matters. A `*` does not match a slash, but it does match a leading dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Glob(String);

impl Glob {
    /// Reads a glob, with or without a leading slash.
    ///
    /// # Errors
    /// When `text` is not a glob. Brackets, braces and backslashes, which have a meaning in other glob languages, are
    /// refused.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let error = |kind, part| Err(ParseError::new(kind, text, part));
        if text.is_empty() {
            return error(ErrorKind::Empty, text);
        }
        if let Some((at, character)) = text
            .char_indices()
            .find(|(_, c)| matches!(c, '[' | ']' | '{' | '}' | '\\' | '\0'))
        {
            return error(ErrorKind::GlobSyntax(character), &text[at..=at]);
        }
        for segment in text.strip_prefix('/').unwrap_or(text).split('/') {
            match segment {
                "" | "." | ".." => return error(ErrorKind::GlobSegment, segment),
                "**" => {}
                _ if segment.contains("**") => return error(ErrorKind::GlobRecursion, segment),
                _ => {}
            }
        }
        Ok(Self(text.into()))
    }

    /// The glob as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the glob begins with a slash.
    pub fn is_absolute(&self) -> bool {
        self.0.starts_with('/')
    }

    /// Whether the glob matches `path`. An absolute glob matches only absolute paths, and a relative glob only relative
    /// ones. The path must have no empty segments, no `.` and no `..`.
    pub fn matches(&self, path: &str) -> bool {
        self.reaches(path)
            .is_some_and(|ends| ends.last() == Some(&true))
    }

    /// Whether the glob matches `path` or a directory that contains it.
    pub fn matches_or_contains(&self, path: &str) -> bool {
        self.reaches(path)
            .is_some_and(|ends| ends[1..].contains(&true))
    }

    /// The parts of the glob between its slashes, in order, for callers that walk a path name by name.
    pub fn parts(&self) -> impl Iterator<Item = GlobPart> {
        let segments = self.0.split('/').filter(|segment| !segment.is_empty());
        segments.map(|segment| match segment {
            "**" => GlobPart::Directories,
            name => GlobPart::Name(GlobName(name.chars().collect())),
        })
    }

    /// For each number of leading segments of `path`, whether the whole glob matches them.
    fn reaches(&self, path: &str) -> Option<Vec<bool>> {
        if path.starts_with('/') != self.is_absolute() {
            return None;
        }
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let mut reached = vec![false; segments.len() + 1];
        reached[0] = true;
        let mut patterns = self
            .0
            .split('/')
            .filter(|segment| !segment.is_empty())
            .peekable();
        while let Some(pattern) = patterns.next() {
            let mut next = vec![false; segments.len() + 1];
            if pattern == "**" {
                let mut below = false;
                for (at, slot) in next.iter_mut().enumerate() {
                    // A `**` that is not at the end also matches no directory at all.
                    *slot = below || (reached[at] && patterns.peek().is_some());
                    below |= reached[at];
                }
            } else {
                for (at, segment) in segments.iter().enumerate() {
                    next[at + 1] = reached[at] && segment_matches(pattern, segment);
                }
            }
            reached = next;
        }
        Some(reached)
    }
}

/// A part of a [`Glob`] between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GlobPart {
    /// `**`: any number of directories, also none; at the end, everything below at any depth.
    Directories,
    /// A name.
    Name(GlobName),
}

/// A name in a [`Glob`], in which `*` stands for any run of characters and `?` for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobName(Vec<char>);

impl GlobName {
    /// Whether a name, given by its characters, matches.
    pub fn matches(&self, name: &[char]) -> bool {
        wildcard(&self.0, name, matches_one)
    }
}

fn matches_one(item: char, character: char) -> bool {
    item == '?' || item == character
}

fn segment_matches(pattern: &str, segment: &str) -> bool {
    let characters = |text: &str| text.chars().collect::<Vec<char>>();
    wildcard(&characters(pattern), &characters(segment), matches_one)
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
