//! Refuses what only an interposer imports, unless a table of the policy decides about it.
//!
//! The invariant of this crate is that a composition imports no more than the application does. A policy that names
//! interposers lets them import more, but only what its tables decide about: its `default`, which was written for the
//! application, does not. Without this rule an interposer under `default = "inherit"` would silently get a capability that
//! the application never had.

use interpose_policy::Policy;
use interpose_policy::model::Fallback;

use super::error::{InterposeError, RefusedImport};
use super::model::Chain;
use crate::interface::same;
use crate::resolved::Decisions;
use crate::surface::{Item, Surface};

/// Refuses imports of interposers that the application does not have.
///
/// # Errors
/// [`InterposeError::Refused`] with all such imports that no table of the policy decides about or allows.
pub(super) fn refuse_wider(policy: &Policy, chain: &Chain) -> Result<(), InterposeError> {
    let Some((application, interposers)) = chain.links.split_first() else {
        return Ok(());
    };
    let policy = match policy.default {
        Fallback::Inherit => Policy {
            default: Fallback::Error,
            ..policy.clone()
        },
        Fallback::Deny | Fallback::Error => policy.clone(),
    };
    let has = |item: &Item| {
        let mut own = application.surface.imports.iter();
        own.any(|own| own.can_be_called() && same(&own.name, &item.name))
    };
    let mut refused = Vec::new();
    for interposer in interposers {
        let imports = interposer.surface.imports.iter();
        let only = imports
            .filter(|item| !interposer.answered.contains_key(&item.name) && !has(item))
            .cloned();
        let surface = Surface {
            imports: only.collect(),
            exports: Vec::new(),
        };
        if let Err(refusals) = Decisions::of(&policy, &surface) {
            refused.extend(refusals.0.into_iter().map(|refusal| RefusedImport {
                interposer: interposer.name.clone(),
                refusal,
            }));
        }
    }
    match refused.is_empty() {
        true => Ok(()),
        false => Err(InterposeError::Refused(refused)),
    }
}
