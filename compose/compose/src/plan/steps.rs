//! Makes a plan step by step.

use std::collections::BTreeSet;

use interpose_policy::Policy;

use super::error::PlanError;
use super::layer::LayerConfiguration;
use super::model::Plan;
use super::{config, decide, environment, filesystem, kernel, network, wire};
use crate::adapters::Adapter;
use crate::resolved::Decisions;
use crate::surface::Surface;

impl Plan {
    /// Plans how an application with this surface is interposed under a policy. Reads the files that memory mounts
    /// start with, but not the interposers: with them, the surface is that of a [`Chain`](crate::interposers::Chain).
    ///
    /// # Errors
    /// [`PlanError`], with all refusals at once.
    pub fn new(policy: &Policy, surface: &Surface) -> Result<Self, PlanError> {
        Self::among(policy, surface, &BTreeSet::new())
    }

    /// Like [`Plan::new`], for one of several components: other components answer the imports in `answered`, given by
    /// full name. The policy does not decide about those imports, because they do not reach the host.
    ///
    /// # Errors
    /// [`PlanError`], with all refusals at once.
    pub fn among(
        policy: &Policy,
        whole: &Surface,
        answered: &BTreeSet<String>,
    ) -> Result<Self, PlanError> {
        let decided = Surface {
            imports: whole
                .imports
                .iter()
                .filter(|item| !answered.contains(&item.name))
                .cloned()
                .collect(),
            exports: whole.exports.clone(),
        };
        let surface = &decided;
        let decisions = Decisions::of(policy, surface)?;
        let with_kernel = decide::needs_kernel(&decisions, surface);
        decide::unavailable(policy, &decisions, surface)?;
        network::takes_no_virtual_time(&decisions, surface)?;
        let mut configurations: Vec<(Adapter, LayerConfiguration)> = Vec::new();
        configurations.extend(environment::random_layer(&decisions, surface, with_kernel));
        configurations.extend(environment::environment_layer(&decisions, surface));
        configurations.extend(environment::clocks_layer(&decisions, surface, with_kernel));
        configurations.extend(config::config_layer(&decisions, surface));
        configurations.extend(filesystem::filesystem_layer(
            &decisions,
            surface,
            with_kernel,
        ));
        // A kernel that refuses both needs no filters below it.
        // A kernel that answers requests leaves sockets to the filter.
        let needs_filters =
            network::forwards(&decisions, surface) || network::answers(&decisions, surface);
        if !with_kernel || needs_filters {
            configurations.extend(network::network_layer(&decisions, surface));
            configurations.extend(network::http_layer(&decisions, surface));
        }
        if with_kernel {
            configurations.push(kernel::layer(&decisions, surface)?);
        }
        wire::wire(decisions, configurations, surface, whole, answered)
    }
}
