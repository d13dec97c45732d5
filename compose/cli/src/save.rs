//! Saving files of a composition for `run` and `serve`.

use std::sync::{Arc, Mutex, PoisonError};

use crate::failure::Failure;
use crate::message::Sentence;
use crate::options::PathAndDirectory;
use crate::progress::Progress;
use crate::session::{Result, Session};
use crate::terminal::{self, mebibytes};
use interpose_host::{Save, Saved, Saving};

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

/// Shows that files are being saved.
pub struct ShownSaving {
    session: Session,
    /// Once it has begun.
    progress: Arc<Mutex<Option<Progress>>>,
}

impl ShownSaving {
    pub fn new(session: &Session) -> Self {
        Self {
            session: session.clone(),
            progress: Arc::default(),
        }
    }

    /// What the host tells how far it has come.
    pub fn watch(&self) -> impl Fn(&Saving<'_>) + Send + Sync + 'static {
        let (session, progress) = (self.session.clone(), Arc::clone(&self.progress));
        move |saving| {
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            let progress = progress.get_or_insert_with(|| {
                if saving.leaves_line_open {
                    terminal::line_is_open();
                }
                session.progress_in_lines("saving")
            });
            let (from, to) = (&saving.request.from, saving.request.to.display());
            let (entries, size) = (saving.entries, mebibytes(saving.bytes));
            progress.further(&format!("{from} to {to}, {entries} entries, {size}"));
        }
    }

    /// The saving has ended. Returns whether anything was shown.
    pub fn end(&self) -> bool {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.take().is_some()
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
