//! Joins paths by their text.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Joins the label of a directory with a path that is opened in it, and leaves out `.`, and `..` with the name in front of it.
///
/// This is what the text says: behind a symbolic link, `..` leads elsewhere. A `..` at the beginning of a relative path
/// stays.
pub fn join(directory: &str, path: &str) -> String {
    let is_absolute = directory.starts_with('/') || path.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    let directory = match path.starts_with('/') {
        true => "",
        false => directory,
    };
    for name in directory.split('/').chain(path.split('/')) {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|name| *name != "..") => {
                names.pop();
            }
            ".." if is_absolute => {}
            name => names.push(name),
        }
    }
    match (is_absolute, names.is_empty()) {
        (true, _) => format!("/{}", names.join("/")),
        (false, true) => ".".into(),
        (false, false) => names.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_are_joined_and_normalised() {
        for (directory, path, expected) in [
            ("", "/", "/"),
            ("", ".", "."),
            ("", "", "."),
            ("/", "a/b", "/a/b"),
            ("/data", "./a//b/", "/data/a/b"),
            ("/data", "../../etc", "/etc"),
            (".", "a/../b", "b"),
            (".", "../b", "../b"),
            ("..", "../b", "../../b"),
            ("data", "..", "."),
            ("data", "/etc", "/etc"),
        ] {
            assert_eq!(join(directory, path), expected, "{directory:?} {path:?}");
        }
    }
}
