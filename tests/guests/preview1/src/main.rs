//! Calls WASI preview 1 directly and prints each call's errno and results. The first argument names a case, such as
//! `fd_read::vectors`; `list` prints the names of all. `random` and `hostile` read calls from standard input.
//!
//! Every case runs in the same directory with these files: `data.txt`, `big.bin`, `empty`, `dir/inner.txt`, `dir/sub/`, and
//! links `link`, `dirlink`, `dangling`, `loop`, `out` and `absolute`.

mod call;
mod cases;
mod hostile;
mod kinds;
mod random;
mod wasi;

use call::Out;

fn main() {
    let arguments = arguments();
    match arguments.get(1).map(String::as_str) {
        Some("list") => cases::all().for_each(|(name, _)| say!("{name}")),
        Some("random") => random::run(),
        Some("hostile") => hostile::run(),
        Some(name) => match cases::all().find(|(case, _)| *case == name) {
            Some((_, run)) => run(),
            None => say!("there is no case {name}"),
        },
        None => say!("no case is named"),
    }
}

/// The arguments, by preview 1.
fn arguments() -> Vec<String> {
    let mut sizes = Out::<8>::new();
    let pointer = sizes.at();
    wasi::args_sizes_get(pointer, pointer + 4);
    let mut pointers = vec![0u32; sizes.u32(0) as usize];
    let mut bytes = vec![0u8; sizes.u32(4) as usize];
    wasi::args_get(pointers.as_mut_ptr() as u32, bytes.as_mut_ptr() as u32);
    let arguments = bytes.split(|byte| *byte == 0).take(pointers.len());
    arguments
        .map(|argument| String::from_utf8_lossy(argument).into_owned())
        .collect()
}
