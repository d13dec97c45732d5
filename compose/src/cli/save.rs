//! What the command line has to give to a composition that is run or served at once, and what it saves of it.

use super::message::Failure;
use super::options::{PathAndDirectory, PolicyOptions};
use super::{Result, Session};
use crate::host::{Offer, Save, Saved};

/// What the command line has to give. `arguments` begin with the program's name.
pub(super) fn offer(options: &PolicyOptions, arguments: Vec<String>) -> Offer {
    Offer {
        arguments,
        directories: options.host_directories(),
        ..Offer::inherit()
    }
}

/// The requests to save, refused before anything runs where they cannot be met.
pub(super) fn saves(requests: &[PathAndDirectory], holds_files: bool) -> Result<Vec<Save>> {
    if !requests.is_empty() && !holds_files {
        return Err(Failure::bad(
            "`--save` has nothing to save: no adapter of this composition holds files".into(),
        )
        .hint("the policy needs a memory mount, as `memory-filesystem` has, and the application must use files"));
    }
    Ok(requests
        .iter()
        .map(|save| Save {
            from: save.path.clone(),
            to: save.directory.clone(),
        })
        .collect())
}

/// Says what was saved.
pub(super) fn tell_saved(session: &Session, saved: &[Saved]) {
    for saved in saved {
        for skipped in &saved.skipped {
            session.reporter.warning(&format!("not saved: {skipped}"));
        }
        if session.verbose {
            session.reporter.note(&format!(
                "saved {} entries, {} bytes to {}",
                saved.entries,
                saved.bytes,
                saved.to.display()
            ));
        }
    }
}
