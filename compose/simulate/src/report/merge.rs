//! Reads reports, and joins those of shards.

use std::collections::BTreeMap;

use miette::Diagnostic;
use thiserror::Error;

use super::model::{ReplayError, Report, Runs, check_version};
use crate::seeds::Seeds;

/// Why reports are not joined.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum MergeError {
    /// There are no reports.
    #[error("there are no reports to join")]
    #[diagnostic(code("test::merge-nothing"))]
    Nothing,
    /// A file is no report.
    #[error("`{file}` is no report of a campaign: {reason}")]
    #[diagnostic(
        code("test::not-a-report"),
        help("give files that `interpose test --report NAME.json` has written")
    )]
    NotOne {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A report is about something else than the first one.
    #[error("`{file}` is about something else than `{first}`: {reason}")]
    #[diagnostic(
        code("test::merge-subject"),
        help("all shards test the same files with the same version of the tool")
    )]
    OtherSubject {
        /// The report.
        file: String,
        /// The first one.
        first: String,
        /// What differs.
        reason: Box<ReplayError>,
    },
    /// A report is of a campaign with other options.
    #[error("`{file}` and `{first}` are of campaigns with different {what}")]
    #[diagnostic(
        code("test::merge-options"),
        help("all shards have the same options but `--shard`")
    )]
    OtherOptions {
        /// The report.
        file: String,
        /// The first one.
        first: String,
        /// The option.
        what: &'static str,
    },
    /// Two reports have the same seeds.
    #[error("`{file}` and `{other}` both have the seeds {seeds}")]
    #[diagnostic(code("test::merge-overlap"), help("give each report once"))]
    Overlap {
        /// A report.
        file: String,
        /// The other one.
        other: String,
        /// The seeds.
        seeds: Seeds,
    },
    /// Seeds are in no report.
    #[error("the seeds {0} are in none of the reports")]
    #[diagnostic(
        code("test::merge-missing"),
        help("run the shard that is missing: `interpose test … --seeds A..B --shard I/N`")
    )]
    Missing(Seeds),
}

impl Report {
    /// Reads a report as JSON. `file` is its name for messages.
    ///
    /// # Errors
    /// [`MergeError::NotOne`] when it is none.
    pub fn read(file: &str, text: &str) -> Result<Self, MergeError> {
        let not_one = |reason: String| MergeError::NotOne {
            file: file.into(),
            reason,
        };
        check_version(text).map_err(|error| match error {
            ReplayError::NotOne(reason) => not_one(reason),
            other => not_one(other.to_string()),
        })?;
        let report: Self =
            serde_json::from_str(text).map_err(|error| not_one(error.to_string()))?;
        match report.is_whole() {
            true => Ok(report),
            false => Err(not_one("it contradicts itself".into())),
        }
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        // All keys are texts and all numbers are finite, so nothing can fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Whether each part is about the same seeds.
    fn is_whole(&self) -> bool {
        let mut count = 0_u64;
        let mut next = self.seeds.first;
        for seeds in &self.ran {
            if seeds.first < next || seeds.end > self.seeds.end || seeds.is_empty() {
                return false;
            }
            next = seeds.end;
            count += seeds.len();
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let Runs {
            calls,
            nanoseconds,
            digests,
        } = &self.runs;
        let columns = [calls.len(), nanoseconds.len(), digests.len()];
        columns.iter().all(|column| *column == count)
            && self.failures.iter().all(|group| {
                group.seeds.first() == Some(&group.example.replay.seed)
                    && group.seeds.is_sorted_by(|one, next| one < next)
            })
    }

    /// Joins the reports of the shards of a campaign, each with its name. Together they have to have all of its seeds.
    ///
    /// # Errors
    /// [`MergeError`] when they are not of one campaign, or when seeds are missing or twice.
    pub fn merge(reports: Vec<(String, Self)>) -> Result<Self, MergeError> {
        let mut reports = reports;
        reports.sort_by_key(|(_, report)| report.ran.first().map(|seeds| seeds.first));
        // A shard of a small campaign can be without seeds.
        let Some((name, first)) = reports.first().cloned() else {
            return Err(MergeError::Nothing);
        };
        let mut all = Self {
            ran: Vec::new(),
            runs: Runs::default(),
            digest: Default::default(),
            failures: Vec::new(),
            seconds: 0.0,
            running: 0.0,
            ..first.clone()
        };
        let mut parts: Vec<(Seeds, String, Runs)> = Vec::new();
        let mut groups = BTreeMap::new();
        for (file, report) in reports {
            same_campaign(&name, &first, &file, &report)?;
            let mut runs = report.runs;
            for seeds in report.ran {
                let rest = runs.split_off(seeds.len());
                parts.push((seeds, file.clone(), std::mem::replace(&mut runs, rest)));
            }
            all.digest.join(report.digest);
            all.seconds = all.seconds.max(report.seconds);
            all.running += report.running;
            for group in report.failures {
                let own = groups.entry(group.cause.clone()).or_insert_with(Vec::new);
                own.push(group);
            }
        }
        parts.sort_by_key(|(seeds, _, _)| *seeds);
        let mut before: Option<(Seeds, String)> = None;
        let mut next = all.seeds.first;
        for (seeds, file, runs) in parts {
            if let Some((last, other)) = before.filter(|(last, _)| last.end > seeds.first) {
                return Err(MergeError::Overlap {
                    seeds: Seeds {
                        first: seeds.first,
                        end: last.end.min(seeds.end),
                    },
                    file,
                    other,
                });
            }
            if seeds.first > next {
                return Err(MergeError::Missing(Seeds {
                    first: next,
                    end: seeds.first,
                }));
            }
            next = seeds.end;
            before = Some((seeds, file));
            all.runs.append(runs);
            match all.ran.last_mut().filter(|last| last.end == seeds.first) {
                Some(last) => last.end = seeds.end,
                None => all.ran.push(seeds),
            }
        }
        if next < all.seeds.end {
            return Err(MergeError::Missing(Seeds {
                first: next,
                end: all.seeds.end,
            }));
        }
        for (_, mut of_cause) in groups {
            of_cause.sort_by_key(|group| group.example.replay.seed);
            let rest = of_cause.split_off(1);
            if let Some(mut group) = of_cause.pop() {
                let others = rest.into_iter().flat_map(|group| group.seeds);
                group.seeds.extend(others);
                group.seeds.sort_unstable();
                all.failures.push(group);
            }
        }
        all.failures.sort_by_key(|group| group.example.replay.seed);
        Ok(all)
    }
}

/// Checks that a report is of the same campaign as the first one.
fn same_campaign(
    name: &str,
    first: &Report,
    file: &str,
    report: &Report,
) -> Result<(), MergeError> {
    let subject = report.subject.check_is(&first.subject);
    subject.map_err(|reason| MergeError::OtherSubject {
        file: file.into(),
        first: name.into(),
        reason: Box::new(reason),
    })?;
    let options = [
        ("seeds", report.seeds == first.seeds),
        ("losses of power (`--crash`)", report.crash == first.crash),
        ("budgets", report.budget == first.budget),
        ("repetitions (`--twice`)", report.twice == first.twice),
    ];
    match options.iter().find(|(_, are_same)| !are_same) {
        None => Ok(()),
        Some((what, _)) => Err(MergeError::OtherOptions {
            file: file.into(),
            first: name.into(),
            what,
        }),
    }
}

impl Runs {
    /// Removes what is behind so many runs, and returns it.
    fn split_off(&mut self, count: u64) -> Self {
        let count = usize::try_from(count)
            .unwrap_or(usize::MAX)
            .min(self.calls.len());
        Self {
            calls: self.calls.split_off(count),
            nanoseconds: self.nanoseconds.split_off(count),
            digests: self.digests.split_off(count),
        }
    }

    fn append(&mut self, mut other: Self) {
        self.calls.append(&mut other.calls);
        self.nanoseconds.append(&mut other.nanoseconds);
        self.digests.append(&mut other.digests);
    }
}
