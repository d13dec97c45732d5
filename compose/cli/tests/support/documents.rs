//! The documents of the repository: their fenced blocks, and running the commands in them.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::guests::{SURROUNDING, repository};
use super::transcript::differences;

/// A fenced block.
pub struct Block {
    /// The words behind the fence.
    pub info: Vec<String>,
    /// Its text, each line with its end.
    pub text: String,
    /// The number of its first line, for messages.
    pub line: usize,
}

impl Block {
    pub fn kind(&self) -> &str {
        self.info.first().map_or("", String::as_str)
    }

    pub fn has(&self, word: &str) -> bool {
        self.info.iter().any(|other| other == word)
    }

    /// The name in `file=NAME`.
    pub fn file(&self) -> Option<&str> {
        self.info.iter().find_map(|word| word.strip_prefix("file="))
    }

    /// The path in `same=PATH`.
    pub fn same(&self) -> Option<&str> {
        self.info.iter().find_map(|word| word.strip_prefix("same="))
    }

    /// The text as a whole policy.
    pub fn policy(&self) -> String {
        if self.text.lines().any(|line| line.starts_with("version")) {
            self.text.clone()
        } else {
            format!("version = 1\n{}", self.text)
        }
    }
}

/// A document of the repository.
pub struct Document {
    pub path: PathBuf,
    pub text: String,
}

impl Document {
    pub fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self { path, text }
    }

    pub fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }

    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (number, line) in (1..).zip(self.text.split_inclusive('\n')) {
            match (line.strip_prefix("```"), &mut open) {
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(info), None) => {
                    open = Some(Block {
                        info: info.split_whitespace().map(str::to_owned).collect(),
                        text: String::new(),
                        line: number + 1,
                    });
                }
                (None, Some(block)) => block.text += line,
                (None, None) => {}
            }
        }
        assert!(
            open.is_none(),
            "{}: a block is not closed",
            self.path.display()
        );
        blocks
    }

    /// Writes the files of the document into a directory and runs its commands there, in their order. Each has to print what
    /// is shown below it.
    ///
    /// # Panics
    /// When a command prints something else.
    pub fn follow(&self, directory: &Path) {
        let tools = tempfile::tempdir().expect("a directory");
        let interpose = tools.path().join("interpose");
        symlink(env!("CARGO_BIN_EXE_interpose"), interpose).expect("a link");
        for block in self.blocks() {
            if let Some(file) = block.file() {
                let file = directory.join(file);
                fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
                fs::write(file, &block.text).expect("a file");
            }
            if block.kind() != "console" {
                continue;
            }
            let place = self.place(block.line);
            for (command, expected) in commands(&block.text) {
                let printed = run(command, directory, tools.path());
                let expected: Vec<&str> = expected.lines().map(str::trim_end).collect();
                let actual: Vec<&str> = printed.lines().map(str::trim_end).collect();
                assert!(
                    matches(&expected, &actual),
                    "{place}: `{command}` prints something else:\n{}",
                    differences(&(expected.join("\n") + "\n"), &(actual.join("\n") + "\n")),
                );
            }
        }
    }
}

/// The Markdown files in a folder of the repository.
pub fn in_folder(folder: &str) -> Vec<Document> {
    let entries = fs::read_dir(repository().join(folder)).expect(folder);
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a document").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.sort();
    paths.into_iter().map(Document::read).collect()
}

/// The commands of a block, each with the lines below it.
fn commands(text: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, String::new())),
            (None, Some((_, output))) => *output += &format!("{line}\n"),
            (None, None) => panic!("a block of commands begins with `$ `, not with `{line}`"),
        }
    }
    commands
}

/// Runs a command line and returns what it prints, both outputs together.
fn run(command: &str, directory: &Path, tools: &Path) -> String {
    let path = env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(tools.to_owned()).chain(env::split_paths(&path));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let mut shell = Command::new("sh");
    // Commands that compile are not to be told what the tests were compiled for.
    for name in SURROUNDING {
        shell.env_remove(name);
    }
    let output = shell
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(directory)
        .env("PATH", env::join_paths(paths).expect("a search path"))
        .env("XDG_CACHE_HOME", cache)
        .output()
        .expect("a shell");
    let printed = String::from_utf8(output.stdout).expect("text");
    // What a slow machine says while it works.
    let busy = |line: &&str| line.ends_with(" …");
    printed
        .lines()
        .filter(|line| !busy(line))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Whether lines are as they are shown, where a line `…` stands for any number of lines.
pub fn matches(shown: &[&str], actual: &[&str]) -> bool {
    match shown.split_first() {
        None => actual.is_empty(),
        Some((&"…" | &"  …", rest)) => {
            (0..=actual.len()).any(|skipped| matches(rest, &actual[skipped..]))
        }
        Some((first, rest)) => actual
            .split_first()
            .is_some_and(|(line, lines)| matches_line(first, line) && matches(rest, lines)),
    }
}

/// Whether a line is as it is shown, where `…` stands for anything.
fn matches_line(shown: &str, line: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}
