//! The functions of `wasi_snapshot_preview1`. Pointers are numbers, so that a case can pass any.

// Imports can only be declared as unsafe.
#![allow(unsafe_code)]

macro_rules! functions {
    ($($name:ident($($argument:ident: $ty:ty),*);)*) => {
        #[link(wasm_import_module = "wasi_snapshot_preview1")]
        unsafe extern "C" {
            $(#[doc = concat!("`", stringify!($name), "`.")]
            pub safe fn $name($($argument: $ty),*) -> u32;)*
            /// `proc_exit`.
            pub safe fn proc_exit(code: u32) -> !;
        }
    };
}

functions! {
    args_get(pointers: u32, bytes: u32);
    args_sizes_get(count: u32, bytes: u32);
    clock_res_get(clock: u32, out: u32);
    clock_time_get(clock: u32, precision: u64, out: u32);
    environ_get(pointers: u32, bytes: u32);
    environ_sizes_get(count: u32, bytes: u32);
    fd_advise(fd: u32, offset: u64, length: u64, advice: u32);
    fd_allocate(fd: u32, offset: u64, length: u64);
    fd_close(fd: u32);
    fd_datasync(fd: u32);
    fd_fdstat_get(fd: u32, out: u32);
    fd_fdstat_set_flags(fd: u32, flags: u32);
    fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
    fd_filestat_get(fd: u32, out: u32);
    fd_filestat_set_size(fd: u32, size: u64);
    fd_filestat_set_times(fd: u32, access: u64, modification: u64, flags: u32);
    fd_pread(fd: u32, list: u32, count: u32, offset: u64, out: u32);
    fd_prestat_dir_name(fd: u32, at: u32, length: u32);
    fd_prestat_get(fd: u32, out: u32);
    fd_pwrite(fd: u32, list: u32, count: u32, offset: u64, out: u32);
    fd_read(fd: u32, list: u32, count: u32, out: u32);
    fd_readdir(fd: u32, at: u32, length: u32, cookie: u64, out: u32);
    fd_renumber(from: u32, to: u32);
    fd_seek(fd: u32, offset: i64, whence: u32, out: u32);
    fd_sync(fd: u32);
    fd_tell(fd: u32, out: u32);
    fd_write(fd: u32, list: u32, count: u32, out: u32);
    path_create_directory(fd: u32, at: u32, length: u32);
    path_filestat_get(fd: u32, flags: u32, at: u32, length: u32, out: u32);
    path_filestat_set_times(
        fd: u32, flags: u32, at: u32, length: u32, access: u64, modification: u64, set: u32
    );
    path_link(fd: u32, flags: u32, at: u32, length: u32, new_fd: u32, new_at: u32, new_length: u32);
    path_open(
        fd: u32, flags: u32, at: u32, length: u32, how: u32, base: u64, inheriting: u64, fd_flags: u32, out: u32
    );
    path_readlink(fd: u32, at: u32, length: u32, into: u32, room: u32, out: u32);
    path_remove_directory(fd: u32, at: u32, length: u32);
    path_rename(fd: u32, at: u32, length: u32, new_fd: u32, new_at: u32, new_length: u32);
    path_symlink(target: u32, target_length: u32, fd: u32, at: u32, length: u32);
    path_unlink_file(fd: u32, at: u32, length: u32);
    poll_oneoff(list: u32, events: u32, count: u32, out: u32);
    proc_raise(signal: u32);
    random_get(at: u32, length: u32);
    sched_yield();
    sock_accept(fd: u32, flags: u32, out: u32);
    sock_recv(fd: u32, list: u32, count: u32, flags: u32, size: u32, out: u32);
    sock_send(fd: u32, list: u32, count: u32, flags: u32, out: u32);
    sock_shutdown(fd: u32, how: u32);
}
