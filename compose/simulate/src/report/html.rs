//! Reports as a page for a browser.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::markup::escaped;
use super::model::{Group, Report};
use crate::budget::seconds;

const STYLE: &str = include_str!("page.css");

/// The most bars of the picture; each is for one or more runs.
const BARS: usize = 360;

/// The most seeds of a group that are named.
const SEEDS: usize = 200;

impl Report {
    /// The report as a page: one file that needs no other one, and has no script.
    pub fn to_html(&self) -> String {
        let name = escaped(&self.subject.application.name);
        let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>Test of {name}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<h1>Test of {name}</h1>\n"
        );
        self.facts(&mut page);
        self.picture(&mut page);
        if !self.has_passed() {
            let count = self.failures.len();
            let _ = writeln!(page, "<h2>Failures, by {count} causes</h2>");
        }
        for (position, group) in self.failures.iter().enumerate() {
            // The first one is what a reader came for.
            write_group(&mut page, group, position == 0);
        }
        page.push_str("</body>\n</html>\n");
        page
    }

    fn facts(&self, page: &mut String) {
        let (count, failed) = (self.count(), self.failed());
        let passed = count - failed.min(count);
        let verdict = match failed {
            0 => format!("<span class=\"passed\">{passed} passed</span>"),
            _ => format!("<span class=\"failed\">{failed} failed</span>, {passed} passed"),
        };
        let _ = writeln!(page, "<p>{count} seeds: {verdict}.</p>\n<table>");
        let subject = &self.subject;
        let ran: Vec<String> = self.ran.iter().map(ToString::to_string).collect();
        let check = subject.check.as_ref();
        let rows = [
            ("Policy", subject.policy.name.clone()),
            ("Arguments", subject.arguments.join(" ")),
            (
                "Check",
                check.map_or_else(String::new, |check| check.name.clone()),
            ),
            (
                "Losses of power",
                if self.crash { "in each run" } else { "" }.to_owned(),
            ),
            ("Seeds", format!("{} of {}", ran.join(" and "), self.seeds)),
            ("Budget", self.budget.to_string()),
            (
                "Speed",
                format!(
                    "{:.0} runs a second, in each second {} of virtual time",
                    self.rate(),
                    seconds((self.virtual_rate() * 1e9) as u64)
                ),
            ),
            (
                "Application",
                format!("SHA-256 {}", subject.application.sha256),
            ),
            ("Digest of all runs", self.digest.to_string()),
        ];
        for (title, text) in rows.iter().filter(|(_, text)| !text.is_empty()) {
            let text = escaped(text);
            let _ = writeln!(page, "<tr><th>{title}</th><td>{text}</td></tr>");
        }
        page.push_str("</table>\n");
    }

    /// Draws the runs over their seeds: how many calls they made, and which of them failed.
    fn picture(&self, page: &mut String) {
        let seeds: Vec<u64> = self.ran.iter().flat_map(|seeds| seeds.iter()).collect();
        if seeds.is_empty() {
            return;
        }
        let groups = self.failures.iter();
        let failed: BTreeSet<u64> = groups.flat_map(|group| &group.seeds).copied().collect();
        let size = seeds.len().div_ceil(BARS).max(1);
        let most = self.runs.calls.iter().max().copied().unwrap_or(0).max(1);
        let bars = seeds.len().div_ceil(size);
        let _ = writeln!(
            page,
            "<figure>\n<svg viewBox=\"0 0 {bars} 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Runs over seeds\">"
        );
        let chunks = seeds.chunks(size).zip(self.runs.calls.chunks(size));
        for (position, (seeds, calls)) in chunks.enumerate() {
            let highest = calls.iter().max().copied().unwrap_or(0);
            // A run that made no call is seen too.
            let height = (highest as f64 / most as f64 * 84.0).max(1.0);
            let failures = seeds.iter().filter(|seed| failed.contains(seed)).count();
            let title = match seeds {
                [seed] => format!("seed {seed}"),
                [first, .., last] => format!("seeds {first} to {last}"),
                [] => continue,
            };
            let _ = write!(
                page,
                "<g><title>{title}: at most {highest} calls, {failures} failed</title>\
                 <rect class=\"calls\" x=\"{position}.05\" y=\"{:.2}\" width=\"0.9\" height=\"{height:.2}\"/>",
                100.0 - height
            );
            if failures > 0 {
                let share = failures as f64 / seeds.len() as f64;
                let height = (share * 14.0).max(6.0);
                let _ = write!(
                    page,
                    "<rect class=\"failures\" x=\"{position}\" y=\"0\" width=\"1\" height=\"{height:.2}\"/>"
                );
            }
            page.push_str("</g>\n");
        }
        let _ = writeln!(
            page,
            "</svg>\n<figcaption>Runs over seeds, {size} in each bar: below, the most calls of a run (at most {most}); above, which failed.</figcaption>\n</figure>"
        );
    }
}

fn write_group(page: &mut String, group: &Group, is_open: bool) {
    let example = &group.example;
    let replay = &example.replay;
    let open = if is_open { " open" } else { "" };
    let count = group.seeds.len();
    let seeds = if count == 1 { "seed" } else { "seeds" };
    let _ = writeln!(
        page,
        "<details{open}>\n<summary><span class=\"failed\">{count} {seeds}</span>: {}</summary>\n<div>",
        escaped(&group.cause.to_string())
    );
    let named: Vec<String> = group.seeds.iter().take(SEEDS).map(u64::to_string).collect();
    let more = match count.saturating_sub(SEEDS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let _ = writeln!(
        page,
        "<p class=\"faint\">{seeds} {}{more}</p>",
        named.join(", ")
    );
    if example.tried > 0 {
        let _ = writeln!(
            page,
            "<p>Seed {}, whose {} faults were shrunk to {} in {} runs:</p>",
            replay.seed,
            example.faults,
            replay.decisions.len(),
            example.tried
        );
    }
    if let Some(file) = &example.file {
        let _ = writeln!(page, "<p>Replay: <code>{}</code></p>", escaped(file));
    }
    page.push_str("<pre>");
    for line in example.timeline.lines() {
        let text = escaped(line);
        let _ = match line.trim_start().starts_with("^ fault") {
            true => writeln!(page, "<span class=\"fault\">{text}</span>"),
            false => writeln!(page, "{text}"),
        };
    }
    page.push_str("</pre>\n</div>\n</details>\n");
}
