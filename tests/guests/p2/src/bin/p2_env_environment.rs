//! `wasi:cli/environment` as it is.

use wasip2::cli::environment;

fn main() {
    println!("{:?}", environment::get_environment());
    println!("{:?}", environment::get_arguments());
    println!("{:?}", environment::initial_cwd());
    println!(
        "again the same: {}",
        environment::get_environment() == environment::get_environment()
    );
}
