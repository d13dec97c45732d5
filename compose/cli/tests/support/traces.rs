//! Traces that are part of the documentation.

use std::{env, fs};

use super::guests::repository;
use super::transcript::differences;

/// A trace with `_` in place of the digits of times.
pub fn timeless(trace: &str) -> String {
    let digits = |text: &str| -> String {
        let hidden = |c: char| if c.is_ascii_digit() { '_' } else { c };
        text.chars().map(hidden).collect()
    };
    let lines = trace.lines().map(|line| {
        let (start, rest) = match line.find("] ").filter(|_| line.starts_with('[')) {
            Some(end) => line.split_at(end + 2),
            None => ("", line),
        };
        let (time, rest) = rest.split_at(12);
        let rest = match rest.rsplit_once(" <") {
            Some((call, took)) if took.ends_with('>') => format!("{call} <{}", digits(took)),
            _ => rest.to_owned(),
        };
        format!("{start}{}{rest}\n", digits(time))
    });
    lines.collect()
}

/// Compares a trace with the one of that name in `docs/traces`, or writes it if the variable `BLESS` is set.
pub fn documented(name: &str, trace: &str) {
    let file = repository().join("docs/traces").join(name);
    let trace = timeless(trace);
    if env::var_os("BLESS").is_some() {
        fs::write(&file, &trace).expect("the trace is written");
    }
    let shown = fs::read_to_string(&file).expect("a trace");
    let changed = differences(&shown, &trace);
    assert!(
        changed.is_empty(),
        "docs/traces/{name} says otherwise; run with BLESS=1:\n{changed}"
    );
}
