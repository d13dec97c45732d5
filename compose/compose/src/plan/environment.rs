//! Plans the filters for random numbers, environment and exit, and clocks.

use interpose_policy::model::{ArgumentList, Clocks, Exit, NamePattern, Random};
use interpose_settings::{
    ArgumentsConfig, ClocksConfig, EnvironmentConfig, RandomConfig, VariablesConfig,
};

use super::decide::{has, imports, uses};
use super::layer::LayerConfiguration;
use crate::adapters::Adapter;
use crate::resolved::{Decisions, Given};
use crate::surface::Surface;
use crate::wasi::Capability;

/// The filter for random numbers; `None` if the host's are used. A kernel may need the filter for `/dev/urandom` even
/// if the application itself imports no random numbers.
pub(super) fn random_layer(
    decisions: &Decisions,
    surface: &Surface,
    with_kernel: bool,
) -> Option<(Adapter, LayerConfiguration)> {
    let mode = decisions.random;
    let wanted =
        uses(surface, Capability::Random) || (with_kernel && matches!(mode, Random::Seeded(_)));
    (wanted && mode != Random::Host).then_some((
        Adapter::Random,
        LayerConfiguration::Random(RandomConfig { mode }),
    ))
}

/// The filter for clocks; `None` if the kernel or the host does what the policy says. A kernel also reads the wall
/// clock for the times of files, even if the application imports only its types.
pub(super) fn clocks_layer(
    decisions: &Decisions,
    surface: &Surface,
    with_kernel: bool,
) -> Option<(Adapter, LayerConfiguration)> {
    let mode = decisions.clocks;
    let is_filters = match mode {
        Clocks::Host | Clocks::Virtual { .. } => false,
        Clocks::Frozen { .. } | Clocks::Deny => !with_kernel,
        Clocks::Offset { .. } | Clocks::Coarse { .. } => true,
    };
    let is_read = uses(surface, Capability::Clocks)
        || (with_kernel && has(surface, "wasi:clocks/wall-clock"));
    let wanted = is_read && is_filters;
    let adapter = if has(surface, "wasi:io/poll") {
        Adapter::Clocks
    } else {
        Adapter::ClocksWithoutPoll
    };
    wanted.then_some((adapter, LayerConfiguration::Clocks(ClocksConfig { mode })))
}

/// Patterns in the form that configurations have.
pub(super) fn texts(patterns: &[NamePattern]) -> Vec<String> {
    patterns.iter().map(ToString::to_string).collect()
}

/// The filter for variables, arguments and exit; `None` if all of them are the host's.
pub(super) fn environment_layer(
    decisions: &Decisions,
    surface: &Surface,
) -> Option<(Adapter, LayerConfiguration)> {
    let has_environment = has(surface, "wasi:cli/environment");
    let has_exit = has(surface, "wasi:cli/exit");
    let config = environment_config(decisions, has_environment, has_exit)?;
    let with_code = imports(surface, Capability::Exit).any(|(item, _)| {
        let mut functions = item.functions.iter();
        functions.any(|function| function == "exit-with-code")
    });
    let adapter = if with_code {
        Adapter::EnvironmentExitWithCode
    } else {
        Adapter::Environment
    };
    Some((adapter, LayerConfiguration::Environment(config)))
}

/// The configuration of a filter for variables, arguments and exit for an application that imports the interface of the
/// former two or that of exit; `None` if the application gets the host's.
pub(super) fn environment_config(
    decisions: &Decisions,
    has_environment: bool,
    has_exit: bool,
) -> Option<EnvironmentConfig> {
    let (environment, arguments) = (&decisions.environment, &decisions.arguments);
    let exit = decisions.exit;
    let wanted = (has_environment && !(environment.is_host() && arguments.is_host()))
        || (has_exit && exit != Exit::Host);
    if !wanted {
        return None;
    }
    let (list, cwd, inherit_cwd) = match arguments {
        Given::Host => (ArgumentsConfig::Host, None, true),
        Given::Only(arguments) => match &arguments.list {
            ArgumentList::None => (ArgumentsConfig::None, arguments.cwd.clone(), false),
            ArgumentList::Inherit => (ArgumentsConfig::Host, arguments.cwd.clone(), true),
            ArgumentList::Set(list) => (
                ArgumentsConfig::Set(list.clone()),
                arguments.cwd.clone(),
                false,
            ),
        },
    };
    let variables = match environment {
        Given::Host => VariablesConfig {
            inherit: vec!["*".into()],
            ..VariablesConfig::default()
        },
        Given::Only(environment) => VariablesConfig {
            inherit: texts(&environment.inherit),
            except: texts(&environment.except),
            set: environment.set.clone(),
        },
    };
    // The adapter must not import from the host what the application does not import.
    Some(EnvironmentConfig {
        variables: if has_environment {
            variables
        } else {
            VariablesConfig::default()
        },
        arguments: if has_environment {
            list
        } else {
            ArgumentsConfig::None
        },
        cwd,
        inherit_cwd: inherit_cwd && has_environment,
        exit: if has_exit { exit } else { Exit::Trap },
    })
}
