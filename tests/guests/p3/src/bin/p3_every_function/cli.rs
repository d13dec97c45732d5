//! `wasi:cli`.

use crate::probe::{probes, value_of};
use crate::wasi::cli::{environment, exit};

probes! {
    "wasi:cli/environment" {
        "get-environment" => |_| {
            let variables = environment::get_environment();
            let names: Vec<_> = variables.into_iter().map(|(name, _)| name).collect();
            value_of(names)
        },
        "get-arguments" => |_| match environment::get_arguments().len() {
            0 => Ok("`[]`".into()),
            _ => Ok("arguments".into()),
        },
        "get-initial-cwd" => |_| value_of(environment::get_initial_cwd()),
    }
    "wasi:cli/exit" {
        "exit" => |_| {
            exit::exit(Ok(()));
            Ok("returned".into())
        },
        "exit-with-code" => |_| {
            exit::exit_with_code(7);
            Ok("returned".into())
        },
    }
}
