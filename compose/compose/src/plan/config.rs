//! The filter of a plan for `wasi:config/store`.

use interpose_settings::StoreConfig;

use super::decide::uses;
use super::layer::LayerConfiguration;
use crate::adapters::Adapter;
use crate::resolved::Decisions;
use crate::surface::Surface;
use crate::wasi::Capability;

/// The filter for configuration values, where they are not the host's.
pub(super) fn config_layer(
    decisions: &Decisions,
    surface: &Surface,
) -> Option<(Adapter, LayerConfiguration)> {
    let config = decisions.config.rules()?;
    let inherit = config.inherit.iter();
    let config = StoreConfig {
        inherit: inherit.map(|pattern| pattern.as_str().to_owned()).collect(),
        set: config.set.clone(),
    };
    uses(surface, Capability::Config)
        .then_some((Adapter::Config, LayerConfiguration::Config(config)))
}
