//! The information that an application gets about its start.

use alloc::{string::String, vec::Vec};
use core::convert::Infallible;

use interpose_settings::{ArgumentsConfig, EnvironmentConfig, Exit};

use crate::{InvalidName, Selection};

/// The information that `wasi:cli` gives an application about its start, and whether the application may exit.
#[derive(Clone, Debug)]
pub struct Environment {
    variables: Selection,
    arguments: ArgumentsConfig,
    cwd: Option<String>,
    inherit_cwd: bool,
    exit: Exit,
}

impl Environment {
    /// The environment that a configuration describes.
    ///
    /// # Errors
    /// When the name of a variable to inherit or to except is no valid pattern.
    pub fn new(config: EnvironmentConfig) -> Result<Self, InvalidName> {
        let EnvironmentConfig {
            variables,
            arguments,
            cwd,
            inherit_cwd,
            exit,
        } = config;
        Ok(Self {
            variables: Selection::new(&variables.inherit, &variables.except, variables.set)?,
            arguments,
            cwd,
            inherit_cwd,
            exit,
        })
    }

    /// The names and values of the variables, as [`Selection::all`] returns them; `host` asks for the host's.
    pub fn variables(&self, host: impl FnOnce() -> Vec<(String, String)>) -> Vec<(String, String)> {
        let Ok(variables) = self.variables.all(|| Ok::<_, Infallible>(host()));
        variables
    }

    /// Whether the host may have variables that the application does not see.
    pub fn withholds_variables(&self) -> bool {
        !self.variables.inherits_all()
    }

    /// Whether the application gets neither the host's command line nor one of the policy.
    pub fn withholds_arguments(&self) -> bool {
        self.arguments == ArgumentsConfig::None
    }

    /// The command line, the program's name first; `host` asks for the host's.
    pub fn arguments(&self, host: impl FnOnce() -> Vec<String>) -> Vec<String> {
        match &self.arguments {
            ArgumentsConfig::Host => host(),
            ArgumentsConfig::None => Vec::new(),
            ArgumentsConfig::Set(arguments) => arguments.clone(),
        }
    }

    /// The working directory at the start; `host` asks for the host's.
    pub fn cwd(&self, host: impl FnOnce() -> Option<String>) -> Option<String> {
        match &self.cwd {
            Some(cwd) => Some(cwd.clone()),
            None if self.inherit_cwd => host(),
            None => None,
        }
    }

    /// Whether the application may exit.
    pub fn may_exit(&self) -> bool {
        self.exit != Exit::Trap
    }
}

#[cfg(test)]
mod tests {
    use alloc::{borrow::ToOwned, vec};

    use interpose_settings::VariablesConfig;

    use super::*;

    fn no_host<T>() -> T {
        unreachable!("the host is not asked")
    }

    fn environment(config: EnvironmentConfig) -> Environment {
        Environment::new(config).unwrap()
    }

    #[test]
    fn nothing_is_told_by_default() {
        let environment = environment(EnvironmentConfig::default());
        assert_eq!(environment.variables(no_host), []);
        assert!(environment.arguments(no_host).is_empty());
        assert_eq!(environment.cwd(no_host), None);
        assert!(environment.may_exit());
        assert!(environment.withholds_variables() && environment.withholds_arguments());
    }

    #[test]
    fn the_policy_says_who_answers() {
        let pair = |name: &str| (name.to_owned(), "1".to_owned());
        let environment = environment(EnvironmentConfig {
            variables: VariablesConfig {
                inherit: vec!["*".to_owned()],
                except: vec!["C".to_owned()],
                set: vec![pair("B")],
            },
            arguments: ArgumentsConfig::Host,
            cwd: None,
            inherit_cwd: true,
            exit: Exit::Trap,
        });
        assert_eq!(
            environment.variables(|| vec![pair("A"), pair("C")]),
            [pair("A"), pair("B")]
        );
        assert_eq!(environment.arguments(|| vec!["x".to_owned()]), ["x"]);
        assert_eq!(
            environment.cwd(|| Some("/".to_owned())).as_deref(),
            Some("/")
        );
        assert!(!environment.may_exit());
        assert!(environment.withholds_variables() && !environment.withholds_arguments());
    }

    #[test]
    fn the_policys_answers_come_without_the_host() {
        let environment = environment(EnvironmentConfig {
            arguments: ArgumentsConfig::Set(vec!["a".to_owned()]),
            cwd: Some("/x".to_owned()),
            inherit_cwd: true,
            ..EnvironmentConfig::default()
        });
        assert_eq!(environment.arguments(no_host), ["a"]);
        assert_eq!(environment.cwd(no_host).as_deref(), Some("/x"));
    }
}
