//! `sock_*` on what is no socket.

use super::Case;
use crate::call::{Out, at, vectors};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("sock_accept::kinds", accept),
    ("sock_recv::kinds", receive),
    ("sock_send::kinds", send),
    ("sock_shutdown::kinds", shutdown),
];

fn accept() {
    kinds::each(|kind, fd| {
        for flags in [0, 4, 31] {
            say!(
                "{kind} {flags}: {}",
                wasi::sock_accept(fd, flags, Out::<4>::new().at())
            );
        }
    });
}

fn receive() {
    kinds::each(|kind, fd| {
        let (mut room, mut out) = (Out([0; 16]), Out::<8>::new());
        let vector = [room.at(), 16];
        for flags in [0, 1, 2, 3] {
            let errno =
                wasi::sock_recv(fd, vector.as_ptr() as u32, 1, flags, out.at(), out.at() + 4);
            say!(
                "{kind} {flags}: {errno} {}",
                wasi::sock_recv(fd, at(&[]), 0, flags, out.at(), out.at() + 4)
            );
        }
    });
}

fn send() {
    kinds::each(|kind, fd| {
        let vector = vectors(&[b"bytes"]);
        for flags in [0, 1, 2] {
            let mut out = Out::<4>::new();
            let errno = wasi::sock_send(fd, vector.as_ptr() as u32, 1, flags, out.at());
            say!(
                "{kind} {flags}: {errno} {}",
                wasi::sock_send(fd, at(&[]), 0, flags, out.at())
            );
        }
    });
}

fn shutdown() {
    kinds::each(|kind, fd| {
        for how in [0, 1, 2, 3] {
            say!("{kind} {how}: {}", wasi::sock_shutdown(fd, how));
        }
    });
}
