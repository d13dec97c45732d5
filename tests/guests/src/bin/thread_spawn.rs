//! There are no threads.

use std::thread;

fn main() {
    match thread::Builder::new().spawn(|| 1) {
        Ok(handle) => println!("spawned: {:?}", handle.join().ok()),
        Err(error) => println!("error: {error}"),
    }
    println!(
        "parallelism: {:?}",
        thread::available_parallelism()
            .map(|count| count.get())
            .is_ok()
    );
}
