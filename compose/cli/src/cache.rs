//! `interpose cache`: shows or removes the compiled code that the tool keeps.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::failure::Failure;
use crate::help;
use crate::output;
use crate::session::{Result, Session};
use crate::terminal::{self, mebibytes, printable};
use wasi_interpose::cache::{CompilationCache, LIMIT, Stored};

/// Show where compiled code is kept and how much there is, or remove it
#[derive(Debug, Args)]
#[command(after_help = help::after(&["interpose cache", "interpose cache clear"], help::WITHOUT_A_POLICY))]
pub struct Cache {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Remove all compiled code
    #[command(after_help = help::after(&["interpose cache clear"], help::WITHOUT_A_POLICY))]
    Clear,
}

impl Cache {
    pub fn execute(&self, session: &Session) -> Result {
        let Some(directory) = CompilationCache::directory_of_user() else {
            return Err(Failure::failed(
                "cache::no-directory",
                "no compiled code is kept: the user has no directory for it".into(),
            )
            .hint("set `HOME`, or `XDG_CACHE_HOME` to a directory"));
        };
        let shown = directory.display().to_string();
        let failed = |error: std::io::Error| {
            Failure::failed(
                "cache::directory",
                format!("the compiled code in `{shown}` cannot be reached: {error}"),
            )
        };
        let stored = Stored::in_directory(&directory).map_err(failed)?;
        let (entries, bytes) = (stored.entries(), stored.bytes());
        let clears = self.action.is_some();
        if clears {
            stored.clear().map_err(failed)?;
        }
        if session.json {
            let mut value = json!({
                "directory": shown, "entries": entries, "bytes": bytes, "limit": LIMIT,
            });
            if clears {
                value["removed"] = true.into();
            }
            output::result(&format!("{}\n", terminal::json(&value, true)))?;
        } else if clears {
            output::result(&format!(
                "removed {} of compiled code ({entries} components)\n",
                mebibytes(bytes)
            ))?;
        } else {
            output::result(&format!(
                "directory   {}\ncomponents  {entries}\nsize        {} of at most {}\n",
                printable(&shown),
                mebibytes(bytes),
                mebibytes(LIMIT)
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
