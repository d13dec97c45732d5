//! Writes reports.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use interpose_simulate::Report;

use crate::output::Outputs;
use crate::session::Result;

/// A file to which a report is written.
#[derive(Clone, Debug)]
pub struct ReportFile {
    path: PathBuf,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    Junit,
    Html,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let path = PathBuf::from(text);
        let form = match path.extension().and_then(|end| end.to_str()) {
            Some("json") => Form::Json,
            Some("xml") => Form::Junit,
            Some("html") => Form::Html,
            _ => return Err("the name of a report ends in `.json`, `.xml` or `.html`".into()),
        };
        Ok(Self { path, form })
    }
}

impl ReportFile {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Finds out whether reports can be written, before a campaign runs for them.
pub fn prepare(files: &[ReportFile]) -> Result<()> {
    let mut outputs = Outputs::default();
    for file in files {
        outputs.add(file.path(), b"")?;
    }
    Ok(())
}

/// Writes a report to all of these files, which appear together.
pub fn write(files: &[ReportFile], report: &Report) -> Result<()> {
    let mut outputs = Outputs::default();
    for file in files {
        let text = match file.form {
            Form::Json => report.to_json(),
            Form::Junit => report.to_junit(),
            Form::Html => report.to_html(),
        };
        outputs.add(&file.path, text.as_bytes())?;
    }
    outputs.write()
}
