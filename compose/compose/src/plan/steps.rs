//! Makes a plan step by step.

use std::collections::BTreeSet;

use interpose_policy::Policy;
use interpose_policy::model::Random;

use super::error::PlanError;
use super::layer::LayerConfiguration;
use super::model::Plan;
use super::of_kernel::OfKernel;
use super::{config, decide, environment, filesystem, kernel, network, p3, wire};
use crate::adapters::Adapter;
use crate::faults::needs_time;
use crate::resolved::Decisions;
use crate::surface::Surface;

impl Plan {
    /// Plans how an application with this surface is interposed under a policy. Reads the files that memory mounts
    /// start with, but not the interposers: with them, the surface is that of a [`Chain`](crate::interposers::Chain).
    ///
    /// # Errors
    /// [`PlanError`], with all refusals at once.
    pub fn new(policy: &Policy, surface: &Surface) -> Result<Self, PlanError> {
        Self::among(policy, surface, &BTreeSet::new(), false)
    }

    /// Like [`Plan::new`], for one of several components: other components answer the imports in `answered`, given by
    /// full name. The policy does not decide about those imports, because they do not reach the host. With `tests`, the
    /// adapters are those that the host of a test steers.
    ///
    /// # Errors
    /// [`PlanError`], with all refusals at once.
    pub fn among(
        policy: &Policy,
        whole: &Surface,
        answered: &BTreeSet<String>,
        tests: bool,
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
        let random = environment::random_layer(&decisions, surface, with_kernel);
        configurations.extend(random.map(|(adapter, configuration)| {
            let seeded = tests && matches!(decisions.random, Random::Seeded(_));
            let adapter = if seeded {
                Adapter::RandomTesting
            } else {
                adapter
            };
            (adapter, configuration)
        }));
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
            network::forwards(&decisions, surface) || decide::answers(&decisions, surface);
        if !with_kernel || needs_filters {
            configurations.extend(network::network_layer(&decisions, surface));
            configurations.extend(network::http_layer(&decisions, surface));
        }
        configurations.extend(p3::layers(&decisions, surface, tests));
        if with_kernel {
            let timed = policy.faults.as_ref().and_then(needs_time);
            let is_steered = tests || timed.is_some();
            configurations.push(kernel::layer(&decisions, surface, is_steered)?);
            configurations.extend(OfKernel::of(&decisions, surface).streams());
        }
        wire::wire(decisions, configurations, surface, whole, answered)
    }
}
