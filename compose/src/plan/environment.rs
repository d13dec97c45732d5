//! The filters of a plan: random numbers, environment and exit, clocks.

use interpose_config::{
    ArgumentsConfig, ClocksConfig, EnvironmentConfig, RandomConfig, VariablesConfig,
};
use interpose_policy::Policy;
use interpose_policy::model::{ArgumentList, Clocks, Exit, Random};

use super::decide::{Choice, choice, has, imports, uses};
use super::{Capability, Configuration};
use crate::adapters::Adapter;
use crate::surface::Surface;

/// How random numbers are made.
pub(super) fn random(policy: &Policy) -> Random {
    match choice(policy, &policy.random) {
        Choice::Inherit => Random::Host,
        Choice::Deny => Random::Deny,
        Choice::Named(random) => *random,
    }
}

/// How time passes.
pub(super) fn clocks(policy: &Policy) -> Clocks {
    match choice(policy, &policy.clocks) {
        Choice::Inherit => Clocks::Host,
        Choice::Deny => Clocks::Deny,
        Choice::Named(clocks) => *clocks,
    }
}

/// The filter for random numbers, where the host's are not to be used. A kernel may need it for `/dev/urandom` even if
/// the application itself imports none.
pub(super) fn random_layer(
    policy: &Policy,
    surface: &Surface,
    with_kernel: bool,
) -> Option<(Adapter, Configuration)> {
    let mode = random(policy);
    let wanted =
        uses(surface, Capability::Random) || (with_kernel && matches!(mode, Random::Seeded(_)));
    (wanted && mode != Random::Host).then_some((
        Adapter::Random,
        Configuration::Random(RandomConfig { mode }),
    ))
}

/// The filter for clocks, where the kernel does not do what the policy says. A kernel reads the wall clock for the times
/// of files too, of an application that imports no more than its types.
pub(super) fn clocks_layer(
    policy: &Policy,
    surface: &Surface,
    with_kernel: bool,
) -> Option<(Adapter, Configuration)> {
    let mode = clocks(policy);
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
    wanted.then_some((adapter, Configuration::Clocks(ClocksConfig { mode })))
}

/// The filter for variables, arguments and exit, where they are not all the host's.
pub(super) fn environment_layer(
    policy: &Policy,
    surface: &Surface,
) -> Option<(Adapter, Configuration)> {
    let environment = choice(policy, &policy.environment);
    let arguments = choice(policy, &policy.arguments);
    let exit = match choice(policy, &policy.exit) {
        Choice::Inherit => Exit::Host,
        Choice::Deny => Exit::Trap,
        Choice::Named(exit) => *exit,
    };
    let has_environment = has(surface, "wasi:cli/environment");
    let wanted = (has_environment && !(environment.is_inherit() && arguments.is_inherit()))
        || (has(surface, "wasi:cli/exit") && exit != Exit::Host);
    if !wanted {
        return None;
    }
    let (list, cwd, inherit_cwd) = match arguments {
        Choice::Inherit => (ArgumentsConfig::Host, None, true),
        Choice::Deny => (ArgumentsConfig::None, None, false),
        Choice::Named(arguments) => match &arguments.list {
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
        Choice::Inherit => VariablesConfig {
            inherit: vec!["*".into()],
            set: Vec::new(),
        },
        Choice::Deny => VariablesConfig::default(),
        Choice::Named(environment) => VariablesConfig {
            inherit: environment
                .inherit
                .iter()
                .map(|pattern| pattern.as_str().to_owned())
                .collect(),
            set: environment.set.clone(),
        },
    };
    // What the application does not import cannot be had from the host either.
    let config = EnvironmentConfig {
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
        exit: if has(surface, "wasi:cli/exit") {
            exit
        } else {
            Exit::Trap
        },
    };
    let with_code = imports(surface, Capability::Exit).any(|(item, _)| {
        let mut functions = item.functions.iter();
        functions.any(|function| function == "exit-with-code")
    });
    let adapter = if with_code {
        Adapter::EnvironmentExitWithCode
    } else {
        Adapter::Environment
    };
    Some((adapter, Configuration::Environment(config)))
}
