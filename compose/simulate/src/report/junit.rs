//! Reports in the form of JUnit, which systems for continuous integration read.

use std::fmt::Write as _;

use super::markup::attribute;
use super::model::Report;

/// The most failures that have a test case of their own. Some readers refuse long files.
const MOST: usize = 1000;

impl Report {
    /// The report as JUnit's XML: a test case for each seed that failed, and one for all that passed.
    pub fn to_junit(&self) -> String {
        let mut failed: Vec<(u64, String, String)> = Vec::new();
        for group in &self.failures {
            for (position, seed) in group.seeds.iter().enumerate() {
                let text = match position {
                    0 => group.example.timeline.clone(),
                    _ => format!("It failed as seed {} did.", group.example.replay.seed),
                };
                failed.push((*seed, group.cause.to_string(), text));
            }
        }
        failed.sort();
        let passed = self.count() - self.failed().min(self.count());
        let name = &self.subject.application.name;
        let left_out = failed.len().saturating_sub(MOST);
        failed.truncate(MOST);
        let failures = failed.len() + usize::from(left_out > 0);
        let tests = failures + usize::from(passed > 0);
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let time = self.seconds;
        let counts = format!(
            "name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"{time:.3}\"",
            attribute(&format!("interpose test {name}"))
        );
        let _ = writeln!(xml, "<testsuites {counts}>");
        let _ = writeln!(xml, "  <testsuite {counts}>");
        let class = attribute(&format!("{name} under {}", self.subject.policy.name));
        let mut case = |name: &str, time: f64, failure: Option<(&str, &str)>| {
            let name = attribute(name);
            let _ = write!(
                xml,
                "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{time:.3}\""
            );
            let _ = match failure {
                None => writeln!(xml, "/>"),
                Some((message, text)) => {
                    let (message, text) = (attribute(message), attribute(text));
                    writeln!(
                        xml,
                        ">\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>"
                    )
                }
            };
        };
        if passed > 0 {
            let seeds: Vec<String> = self.ran.iter().map(ToString::to_string).collect();
            let name = format!("{passed} seeds of {}", seeds.join(" and "));
            case(&name, self.running, None);
        }
        for (seed, cause, text) in &failed {
            case(&format!("seed {seed}"), 0.0, Some((cause, text)));
        }
        if left_out > 0 {
            let text = "The report in JSON has all of them.";
            case(
                &format!("{left_out} more seeds"),
                0.0,
                Some(("failed", text)),
            );
        }
        xml.push_str("  </testsuite>\n</testsuites>\n");
        xml
    }
}
