//! Pointers that lead out of the memory and pointers that are not aligned, where Wasmtime ends the program: each call is a
//! case of its own there, so these are compared with what is written down.

use super::Case;
use crate::call::{READ, ROOT, at, contents, counted, outcome, read, write};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("fault::beyond_the_end", beyond),
    ("fault::not_aligned", unaligned),
];

/// The size of the memory.
fn end() -> u64 {
    core::arch::wasm32::memory_size::<0>() as u64 * 65_536
}

fn beyond() {
    let fd = kinds::both("file", b"0123456789");
    let directory = kinds::directory("directory");
    let (name, fine) = (at(b"data.txt"), vec![0u64; 64]);
    let fine = fine.as_ptr() as u32;
    let vector = [fine, 8];
    let vector = vector.as_ptr() as u32;
    // Each is near the end: what lies there is longer than what is left.
    let (end, last) = (end() as u32, u32::MAX);
    for (place, out) in [
        ("0", end),
        ("1", end - 1),
        ("3", end - 3),
        ("~8", last - 8),
        ("~3", last - 3),
        ("~0", last),
    ] {
        let results = [
            wasi::args_sizes_get(fine, out),
            wasi::args_sizes_get(out, fine),
            wasi::args_get(out, fine),
            wasi::args_get(fine, out),
            wasi::environ_sizes_get(out, fine),
            wasi::environ_get(fine, out),
            wasi::clock_res_get(1, out),
            wasi::clock_time_get(1, 0, out),
            wasi::fd_fdstat_get(fd, out),
            wasi::fd_filestat_get(fd, out),
            wasi::fd_prestat_get(ROOT, out),
            wasi::fd_prestat_dir_name(ROOT, out, 8),
            wasi::fd_pread(fd, vector, 1, 0, out),
            wasi::fd_pread(fd, out, 1, 0, fine),
            wasi::fd_pwrite(fd, vector, 1, 0, out),
            wasi::fd_pwrite(fd, out, 1, 0, fine),
            wasi::fd_read(fd, vector, 1, out),
            wasi::fd_read(fd, out, 1, fine),
            wasi::fd_write(fd, vector, 1, out),
            wasi::fd_write(fd, out, 1, fine),
            wasi::fd_write(1, out, 1, fine),
            wasi::fd_readdir(directory, out, 8, 0, fine),
            wasi::fd_readdir(directory, fine, 8, 0, out),
            wasi::fd_seek(fd, 0, 0, out),
            wasi::fd_tell(fd, out),
            wasi::path_create_directory(ROOT, out, 8),
            wasi::path_filestat_get(ROOT, 0, out, 8, fine),
            wasi::path_filestat_get(ROOT, 0, name, 8, out),
            wasi::path_filestat_set_times(ROOT, 0, out, 8, 0, 0, 0),
            wasi::path_link(ROOT, 0, out, 8, ROOT, name, 8),
            wasi::path_link(ROOT, 0, name, 8, ROOT, out, 8),
            wasi::path_open(ROOT, 0, out, 8, 0, READ, 0, 0, fine),
            wasi::path_open(ROOT, 0, name, 8, 0, READ, 0, 0, out),
            wasi::path_readlink(ROOT, out, 8, fine, 8, fine),
            wasi::path_readlink(ROOT, at(b"link"), 4, out, 8, fine),
            wasi::path_readlink(ROOT, at(b"link"), 4, fine, 8, out),
            wasi::path_remove_directory(ROOT, out, 8),
            wasi::path_rename(ROOT, out, 8, ROOT, name, 8),
            wasi::path_rename(ROOT, name, 8, ROOT, out, 8),
            wasi::path_symlink(out, 8, ROOT, name, 8),
            wasi::path_symlink(name, 8, ROOT, out, 8),
            wasi::path_unlink_file(ROOT, out, 8),
            wasi::poll_oneoff(out, fine, 1, fine),
            wasi::poll_oneoff(fine, out, 1, fine),
            wasi::poll_oneoff(fine, fine, 1, out),
            wasi::random_get(out, 8),
        ];
        let others: Vec<(usize, u32)> = (0..)
            .zip(results)
            .filter(|(_, errno)| *errno != 21)
            .collect();
        say!("{place} from the end: {others:?}");
    }
    for (pointer, length) in [
        (fine, u32::MAX),
        (0, u32::MAX),
        (8, u32::MAX - 8),
        (u32::MAX, 2),
        (end - 4, 5),
    ] {
        let vector = [pointer, length];
        let list = vector.as_ptr() as u32;
        let results = [
            wasi::fd_read(fd, list, 1, fine),
            wasi::fd_write(fd, list, 1, fine),
            wasi::fd_pread(fd, list, 1, 0, fine),
            wasi::fd_pwrite(fd, list, 1, 0, fine),
            wasi::fd_write(1, list, 1, fine),
            wasi::fd_read(0, list, 1, fine),
            wasi::fd_read(fd, fine, length, fine),
            wasi::random_get(pointer, length),
            wasi::path_unlink_file(ROOT, pointer, length),
            wasi::fd_readdir(directory, pointer, length, 0, fine),
        ];
        say!("{length}: {results:?}");
    }
    // Nothing of nothing can begin anywhere.
    for pointer in [end, u32::MAX] {
        let results = [
            wasi::fd_read(fd, pointer, 0, fine),
            wasi::fd_write(fd, pointer, 0, fine),
            wasi::random_get(pointer, 0),
            wasi::fd_readdir(directory, pointer, 0, 0, fine),
            wasi::path_unlink_file(ROOT, pointer, 0),
            wasi::path_readlink(ROOT, at(b"link"), 4, pointer, 0, fine),
        ];
        say!("nothing: {results:?}");
    }
    say!("{}", outcome(read(fd, &[20])));
    say!(
        "{} {}",
        counted(write(fd, &[b"still works"])),
        contents("file")
    );
}

fn unaligned() {
    let fd = kinds::both("file", b"0123456789");
    let mut room = vec![0u64; 64];
    let base = room.as_mut_ptr() as u32;
    for shift in [1, 2, 3, 4] {
        let place = base + shift;
        let results = [
            wasi::fd_fdstat_get(fd, place),
            wasi::fd_filestat_get(fd, place),
            wasi::fd_seek(fd, 0, 0, place),
            wasi::fd_tell(fd, place),
            wasi::clock_time_get(1, 0, place),
            wasi::fd_prestat_get(ROOT, place),
            wasi::args_sizes_get(place, place + 4),
        ];
        say!("{shift}: {results:?}");
        let vector: Vec<u8> = [(base + 100).to_le_bytes(), 4u32.to_le_bytes()].concat();
        let moved: Vec<u8> = [vec![0; shift as usize], vector].concat();
        let list = moved.as_ptr() as u32 + shift;
        say!("{shift}: {}", wasi::fd_read(fd, list, 1, place));
    }
    say!("{}", contents("file"));
}
