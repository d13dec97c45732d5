//! What the filesystem in memory needs to know of the lower layers of overlays.

use interpose_adapter::with;
use interpose_filesystem::What;

use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::state::STATE;

/// Fetches from the host what the operation lacked that the filesystem refused last. The host's errors are passed on.
#[cold]
#[inline(never)]
pub fn satisfy() -> Result<(), ErrorCode> {
    let (need, tree) = with(&STATE, |kernel| {
        let need = kernel.files.take_need()?;
        let mut trees = kernel.lower.iter();
        let (_, tree) = trees.find(|(root, _)| *root == need.root)?;
        let tree = tree.clone();
        Some((need, tree))
    })
    .ok_or(ErrorCode::Io)?;
    match need.what {
        What::Listing => {
            let names = tree.list(&need.path)?;
            with(&STATE, |kernel| kernel.files.provide_listing(&need, names));
        }
        What::Entry => {
            let entry = tree.entry(&need.path)?;
            with(&STATE, |kernel| kernel.files.provide_entry(&need, entry));
        }
        What::Opening => {
            tree.check_opens(&need.path)?;
            with(&STATE, |kernel| kernel.files.provide_opened(&need));
        }
        What::Bytes {
            offset,
            least,
            most,
        } => {
            let bytes = tree.read(&need, offset, least, most)?;
            with(&STATE, |kernel| kernel.files.provide_bytes(&need, bytes));
        }
    }
    Ok(())
}
