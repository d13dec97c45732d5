//! The functions that a program imports: those of `wasi_snapshot_preview1` under their names, and of `wasi_unstable` those
//! that are others, with `unstable_` in front.

// A program imports functions by their names, and Rust calls every choice of such a name unsafe.
#![allow(unsafe_code)]

use interpose_preview1::{Errno, Exit, Revision};

use crate::{
    clocks, descriptor, environment, open, path, poll, process, read, sockets, stat, write,
};

/// Exports functions that return an error number.
macro_rules! exports {
    ($($name:ident($($argument:ident: $ty:ty),*) => $call:expr;)*) => {
        $(#[unsafe(no_mangle)]
        extern "C" fn $name($($argument: $ty),*) -> u32 {
            Errno::number($call)
        })*
    };
}

const NEW: Revision = Revision::Preview1;
const OLD: Revision = Revision::Unstable;

exports! {
    args_get(pointers: u32, bytes: u32) => environment::arguments(pointers, bytes);
    args_sizes_get(count: u32, bytes: u32) => environment::argument_sizes(count, bytes);
    environ_get(pointers: u32, bytes: u32) => environment::variables(pointers, bytes);
    environ_sizes_get(count: u32, bytes: u32) => environment::variable_sizes(count, bytes);

    clock_res_get(clock: u32, out: u32) => clocks::resolution(clock, out);
    clock_time_get(clock: u32, _precision: u64, out: u32) => clocks::time(clock, out);

    fd_advise(fd: u32, offset: u64, length: u64, advice: u32) => descriptor::advise(fd, offset, length, advice);
    fd_allocate(fd: u32, _offset: u64, _length: u64) => descriptor::allocate(fd);
    fd_close(fd: u32) => descriptor::close(fd);
    fd_datasync(fd: u32) => descriptor::sync_data(fd);
    fd_fdstat_get(fd: u32, out: u32) => stat::descriptor(fd, out);
    fd_fdstat_set_flags(fd: u32, flags: u32) => descriptor::set_flags(fd, flags);
    fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) => stat::set_rights(fd, base, inheriting);
    fd_filestat_get(fd: u32, out: u32) => stat::file(fd, out, NEW);
    fd_filestat_set_size(fd: u32, size: u64) => descriptor::set_size(fd, size);
    fd_filestat_set_times(fd: u32, access: u64, modification: u64, flags: u32) =>
        descriptor::set_times(fd, access, modification, flags);
    fd_pread(fd: u32, list: u32, count: u32, offset: u64, out: u32) => read::at(fd, list, count, offset, out);
    fd_prestat_get(fd: u32, out: u32) => descriptor::prestat(fd, out);
    fd_prestat_dir_name(fd: u32, at: u32, length: u32) => descriptor::preopen_name(fd, at, length);
    fd_pwrite(fd: u32, list: u32, count: u32, offset: u64, out: u32) => write::at(fd, list, count, offset, out);
    fd_read(fd: u32, list: u32, count: u32, out: u32) => read::next(fd, list, count, out);
    fd_readdir(fd: u32, at: u32, length: u32, cookie: u64, out: u32) => read::directory(fd, at, length, cookie, out);
    fd_renumber(from: u32, to: u32) => descriptor::renumber(from, to);
    fd_seek(fd: u32, offset: u64, whence: u32, out: u32) => descriptor::seek(fd, offset as i64, whence, out, NEW);
    fd_sync(fd: u32) => descriptor::sync(fd);
    fd_tell(fd: u32, out: u32) => descriptor::tell(fd, out);
    fd_write(fd: u32, list: u32, count: u32, out: u32) => write::next(fd, list, count, out);

    path_create_directory(fd: u32, at: u32, length: u32) => path::create_directory(fd, (at, length));
    path_filestat_get(fd: u32, flags: u32, at: u32, length: u32, out: u32) =>
        path::stat(fd, flags, (at, length), out, NEW);
    path_filestat_set_times(fd: u32, flags: u32, at: u32, length: u32, access: u64, modification: u64, set: u32) =>
        path::set_times(fd, flags, (at, length), access, modification, set);
    path_link(fd: u32, flags: u32, at: u32, length: u32, new_fd: u32, new_at: u32, new_length: u32) =>
        path::link(fd, flags, (at, length), new_fd, (new_at, new_length));
    path_open(
        fd: u32, flags: u32, at: u32, length: u32, how: u32, base: u64, inheriting: u64, fd_flags: u32, out: u32
    ) => open::at(fd, flags, (at, length), how, base, inheriting, fd_flags, out);
    path_readlink(fd: u32, at: u32, length: u32, into: u32, room: u32, out: u32) =>
        path::read_link(fd, (at, length), (into, room), out);
    path_remove_directory(fd: u32, at: u32, length: u32) => path::remove_directory(fd, (at, length));
    path_rename(fd: u32, at: u32, length: u32, new_fd: u32, new_at: u32, new_length: u32) =>
        path::rename(fd, (at, length), new_fd, (new_at, new_length));
    path_symlink(target: u32, target_length: u32, fd: u32, at: u32, length: u32) =>
        path::symbolic_link((target, target_length), fd, (at, length));
    path_unlink_file(fd: u32, at: u32, length: u32) => path::unlink(fd, (at, length));

    poll_oneoff(list: u32, events: u32, count: u32, out: u32) => poll::wait(list, events, count, out, NEW);
    proc_raise(signal: u32) => process::raise(signal);
    random_get(at: u32, length: u32) => process::random(at, length);
    sched_yield() => Ok(());

    sock_accept(fd: u32, flags: u32, out: u32) => sockets::accept(fd, flags, out);
    sock_recv(fd: u32, list: u32, count: u32, flags: u32, size: u32, out: u32) =>
        sockets::receive(fd, list, count, flags, size, out);
    sock_send(fd: u32, list: u32, count: u32, flags: u32, out: u32) => sockets::send(fd, list, count, flags, out);
    sock_shutdown(fd: u32, how: u32) => sockets::shutdown(fd, how);

    unstable_fd_filestat_get(fd: u32, out: u32) => stat::file(fd, out, OLD);
    unstable_fd_seek(fd: u32, offset: u64, whence: u32, out: u32) =>
        descriptor::seek(fd, offset as i64, whence, out, OLD);
    unstable_path_filestat_get(fd: u32, flags: u32, at: u32, length: u32, out: u32) =>
        path::stat(fd, flags, (at, length), out, OLD);
    unstable_poll_oneoff(list: u32, events: u32, count: u32, out: u32) => poll::wait(list, events, count, out, OLD);
}

/// `proc_exit` where the host knows only success and failure.
#[unsafe(no_mangle)]
extern "C" fn proc_exit(code: u32) {
    process::exit(code);
}

/// `proc_exit` where the host has `exit-with-code`.
#[unsafe(no_mangle)]
extern "C" fn proc_exit_with_code(code: u32) {
    process::exit_with_code(code);
}

/// [`proc_exit`] with a note of the code if the host cannot be told it.
#[unsafe(no_mangle)]
extern "C" fn noted_proc_exit(code: u32) {
    process::note(Exit::Result, code);
    process::exit(code);
}

/// [`proc_exit_with_code`] with a note of the code if the host cannot be told it.
#[unsafe(no_mangle)]
extern "C" fn noted_proc_exit_with_code(code: u32) {
    process::note(Exit::Code, code);
    process::exit_with_code(code);
}
