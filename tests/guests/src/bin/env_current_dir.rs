//! Prints the working directory.

use guests::show;
use std::env;

fn main() {
    show("current directory", env::current_dir());
    println!("home: {:?}", env::home_dir().is_some());
    show("executable", env::current_exe());
}
