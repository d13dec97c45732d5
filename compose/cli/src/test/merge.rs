//! `interpose test merge`: joins the reports of shards.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use interpose_simulate::Report;

use super::reports::{self, ReportFile};
use crate::failure::Failure;
use crate::help;
use crate::session::{Result, Session};

/// Join the reports of the shards of a campaign
#[derive(Debug, Args)]
#[command(after_help = help::after_test(&[
    "interpose test merge 1.json 2.json 3.json --report all.json --report all.html",
]))]
pub struct Merge {
    /// The reports of all shards, as `--report NAME.json` has written them
    #[arg(value_name = "REPORT", required = true)]
    files: Vec<PathBuf>,
    /// Write the report of all, in the form that the end of its name says: `.json`, `.xml` (JUnit) or `.html`
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<ReportFile>,
}

impl Merge {
    pub fn execute(self, session: &Session) -> Result {
        let read = self.files.iter().map(|path| {
            let name = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| {
                let message = format!("the report `{name}` cannot be read: {error}");
                Failure::bad("test::report-unreadable", message)
                    .hint("give files that `interpose test --report NAME.json` has written")
            })?;
            let report = Report::read(&name, &text)?;
            Ok((name, report))
        });
        let all = Report::merge(read.collect::<Result<Vec<_>>>()?)?;
        reports::write(&self.reports, &all)?;
        super::tell(session, &all, false)
    }
}
