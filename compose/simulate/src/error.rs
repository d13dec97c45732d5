//! Why a campaign could not run.

use interpose_host::HostError;
use interpose_policy::{EffectiveError, PolicyErrors};
use miette::Diagnostic;
use thiserror::Error;
use wasi_interpose::application::ApplicationError;
use wasi_interpose::compose::ComposeError;

use crate::report::ReplayError;

/// Why a campaign could not run. That a run failed is no error.
#[derive(Debug, Error, Diagnostic)]
pub enum CampaignError {
    /// The application or the check cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Application(#[from] ApplicationError),
    /// The policy cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Policy(#[from] PolicyErrors),
    /// The policy cannot be written as a file, so it has no hash.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Effective(#[from] EffectiveError),
    /// The application or the check cannot be composed under the policy.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Compose(#[from] ComposeError),
    /// What was composed cannot be run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Host(#[from] HostError),
    /// The run of a replay file is not repeated.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Replay(#[from] ReplayError),
    /// Runs would change a directory of this machine.
    #[error(
        "under this policy the application can change `{0}` of this machine, which all runs would share"
    )]
    #[diagnostic(
        code("test::shared-directory"),
        help(
            "keep files in memory, with `source = \"memory\"` or `\"overlay\"`, or mount the directory read-only"
        )
    )]
    SharedDirectory(String),
    /// Runs would ask peers, which no seed decides about and which all runs would share.
    #[error(
        "under this policy the application can reach {0}, and no seed decides what is answered"
    )]
    #[diagnostic(
        code("test::peers"),
        help(
            "answer its requests in the policy, with `[[http.responses]]`, or deny them with an empty table `[http]` or `[network]`"
        )
    )]
    Peers(&'static str),
    /// There are no files to look at.
    #[error("under this policy there are no files in memory, which {0} is about")]
    #[diagnostic(
        code("test::no-files"),
        help("give the application a mount with `source = \"memory\"` or `\"overlay\"`")
    )]
    NoFiles(&'static str),
    /// A thread of the campaign ended early.
    #[error("a thread of the campaign ended early: {0}")]
    #[diagnostic(code("test::thread"))]
    Thread(String),
}
