//! The command that repeats a failure.

use std::ffi::{OsStr, OsString};

/// The options of a campaign that the repetition of one run does not have, with whether they have a value.
const DROPPED: [(&str, bool); 12] = [
    ("--seeds", true),
    ("--jobs", true),
    ("-j", true),
    ("--until-failure", false),
    ("--crash", false),
    ("--budget", true),
    ("--twice", true),
    ("--shard", true),
    ("--shards", true),
    ("--report", true),
    ("--replays", true),
    ("--json", false),
];

/// This process's command line as one that repeats the run of a replay file.
pub fn replaying(arguments: impl IntoIterator<Item = OsString>, file: &str) -> String {
    let mut words = vec!["interpose".to_owned()];
    let mut arguments = arguments.into_iter().skip(1);
    let mut replay = vec!["--replay".to_owned(), quoted(OsStr::new(file))];
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            // What follows is the application's.
            words.append(&mut replay);
            words.push("--".into());
            words.extend(arguments.by_ref().map(|word| quoted(&word)));
            break;
        }
        let text = argument.to_string_lossy();
        let (name, has_own_value) = match text.split_once('=') {
            Some((name, _)) => (name, true),
            None => (&*text, false),
        };
        match DROPPED.iter().find(|(dropped, _)| *dropped == name) {
            Some((_, true)) if !has_own_value => drop(arguments.next()),
            Some(_) => {}
            None if text.starts_with("-j") && !text.starts_with("--") => {}
            None => words.push(quoted(&argument)),
        }
    }
    words.append(&mut replay);
    words.join(" ")
}

/// A word as shells read it.
fn quoted(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.into_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_one_run_needs_stays() {
        for (line, expected) in [
            (
                "/bin/interpose test app.wasm -p p.toml --seeds 0..9 --crash -j 2 -j3 --jobs=4",
                "interpose test app.wasm -p p.toml --replay r.json",
            ),
            (
                "interpose test --budget=fuel=1 app.wasm --check c.wasm --env A=b -- --seeds 3",
                "interpose test app.wasm --check c.wasm --env A=b --replay r.json -- --seeds 3",
            ),
            (
                "interpose test a;b --report x.html --json",
                "interpose test 'a;b' --replay r.json",
            ),
        ] {
            let words = line.split(' ').map(OsString::from);
            assert_eq!(replaying(words, "r.json"), expected);
        }
        assert_eq!(quoted(OsStr::new("it's")), r"'it'\''s'");
    }
}
