//! The tests and golden cases that `SECURITY.md` names for its promises exist.

use std::collections::BTreeSet;
use std::fs;

use crate::support::guests::repository;

#[test]
fn every_promise_names_tests_that_exist() {
    let text = fs::read_to_string(repository().join("SECURITY.md")).expect("the document");
    let promises = text
        .split("## What is promised")
        .nth(1)
        .and_then(|rest| rest.split("## What cannot be promised").next())
        .expect("the promises");
    let mut tests = BTreeSet::new();
    for promise in promises.split("\n- ").skip(1) {
        let promise = promise.split("\n#").next().unwrap_or_default();
        let mut file = None;
        let mut found = 0;
        // Every second piece stands in backquotes.
        for name in promise.split('`').skip(1).step_by(2) {
            let is_test = name.len() > 4
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
            if name.starts_with("tests/cases/") {
                assert!(
                    repository().join(name).is_dir(),
                    "there is no case `{name}`"
                );
                found += 1;
            } else if name.ends_with(".rs") {
                let path = repository().join(name);
                let source = fs::read_to_string(&path);
                file = Some(source.unwrap_or_else(|error| panic!("{name}: {error}")));
            } else if let (Some(source), true) = (&file, is_test) {
                let function = format!("fn {name}(");
                let before = source.split(&function).next().unwrap_or_default();
                assert!(
                    before.len() < source.len(),
                    "there is no test `{name}`: {promise}"
                );
                assert!(
                    before.trim_end().ends_with("#[test]"),
                    "`{name}` is no test"
                );
                found += 1;
                tests.insert(name.to_owned());
            }
        }
        assert!(found > 0, "no test holds this promise: {promise}");
    }
    assert!(tests.len() > 30, "{tests:?}");
}
