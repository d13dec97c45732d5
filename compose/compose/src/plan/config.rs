//! Plans the filter for `wasi:config/store`.

use interpose_settings::StoreConfig;

use super::decide::uses;
use super::environment::texts;
use super::layer::LayerConfiguration;
use crate::adapters::Adapter;
use crate::resolved::Decisions;
use crate::surface::Surface;
use crate::wasi::Capability;

/// The filter for configuration values; `None` if the application gets the host's.
pub(super) fn config_layer(
    decisions: &Decisions,
    surface: &Surface,
) -> Option<(Adapter, LayerConfiguration)> {
    let config = decisions.config.rules()?;
    let config = StoreConfig {
        inherit: texts(&config.inherit),
        except: texts(&config.except),
        set: config.set.clone(),
    };
    uses(surface, Capability::Config)
        .then_some((Adapter::Config, LayerConfiguration::Config(config)))
}
