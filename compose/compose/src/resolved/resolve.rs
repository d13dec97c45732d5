//! Decides about the imports of an application.

use interpose_policy::Policy;

use super::decisions::Decisions;
use super::refusal::{Refused, refuse};
use crate::surface::Surface;

impl Decisions {
    /// The decisions for an application with this surface under a policy.
    ///
    /// # Errors
    /// [`Refused`], with all imports that the policy refuses or does not decide about.
    pub fn of(policy: &Policy, surface: &Surface) -> Result<Self, Refused> {
        let decisions = Self::of_any(policy);
        refuse(policy, &decisions, surface)?;
        Ok(decisions)
    }
}
