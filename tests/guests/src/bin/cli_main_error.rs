//! Returns an error from `main`.

fn main() -> Result<(), String> {
    println!("before");
    Err("something went wrong".into())
}
