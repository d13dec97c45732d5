//! The filter of a plan for `wasi:config/store`.

use interpose_config::StoreConfig;
use interpose_policy::Policy;

use super::decide::{Choice, choice, uses};
use super::{Capability, Configuration};
use crate::adapters::Adapter;
use crate::surface::Surface;

/// The filter for configuration values, where they are not the host's.
pub(super) fn config_layer(policy: &Policy, surface: &Surface) -> Option<(Adapter, Configuration)> {
    let config = match choice(policy, &policy.config) {
        Choice::Inherit => return None,
        Choice::Deny => StoreConfig::default(),
        Choice::Named(config) => StoreConfig {
            inherit: config
                .inherit
                .iter()
                .map(|pattern| pattern.as_str().to_owned())
                .collect(),
            set: config.set.clone(),
        },
    };
    uses(surface, Capability::Config).then_some((Adapter::Config, Configuration::Config(config)))
}
