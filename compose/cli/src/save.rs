//! Saving files of a composition for `run` and `serve`.

use crate::failure::Failure;
use crate::message::Sentence;
use crate::options::PathAndDirectory;
use crate::session::{Result, Session};
use interpose_host::{Save, Saved};

/// The requests to save.
pub fn saves(requests: &[PathAndDirectory]) -> Vec<Save> {
    let saves = requests.iter().map(|save| Save {
        from: save.path.clone(),
        to: save.directory.clone(),
    });
    saves.collect()
}

/// Refuses requests to save if no adapter of the application holds files.
pub fn refuse_to_save_nothing(saves: &[Save], holds_files: bool) -> Result<()> {
    match saves.is_empty() || holds_files {
        true => Ok(()),
        false => Err(Failure::bad(
            "save::nothing",
            "`--save` has nothing to save: no adapter of this composition holds files".into(),
        )
        .hint("the policy needs a memory mount, as `memory-filesystem` has, and the application must use files")),
    }
}

/// Reports the saved files.
pub fn tell_saved(session: &Session, saved: &[Saved]) {
    for saved in saved {
        for skipped in &saved.skipped {
            let left_out = Sentence::new("save::left-out", format!("not saved: {skipped}"));
            session.reporter.warning(&left_out);
        }
        if session.verbose {
            let (entries, bytes) = (saved.entries, saved.bytes);
            let note = format!(
                "saved {entries} entries, {bytes} bytes to {}",
                saved.to.display()
            );
            session.reporter.note("save::saved", &note);
        }
    }
}
