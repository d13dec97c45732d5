//! Calls with hostile pointers, lengths and vectors, which standard input chooses. A pointer lies in an arena, near the end
//! of the memory, or near the end of all numbers; a length fits the arena or leads out of the memory. So nothing but the
//! arena may change, and whatever the calls did, the next ones work.

use crate::call::{CREATE, READ, ROOT, TRUNCATE, WRITE, contents, open, read, write};
use crate::random::exactly;
use crate::{say, wasi};

/// How many bytes choose a call.
const CALL: usize = 32;
/// The length of the arena, and of what lies around it.
const ARENA: u32 = 1 << 14;
const AROUND: u32 = 1 << 13;
/// What a fixed result takes at most, arguments and variables together.
const RESULT: u32 = 512;
/// What lies around the arena.
const CANARY: u8 = 0xa5;

/// The bytes that choose the parts of a call.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }

    fn number(&mut self) -> u32 {
        u32::from(self.byte()) << 8 | u32::from(self.byte())
    }
}

struct Memory(Vec<u8>);

impl Memory {
    fn base(&self) -> u32 {
        self.0.as_ptr() as u32 + AROUND
    }

    fn end() -> u64 {
        core::arch::wasm32::memory_size::<0>() as u64 * 65_536
    }

    /// A place for a result of a fixed size.
    fn place(&self, choices: &mut Choices<'_>) -> u32 {
        match choices.byte() % 8 {
            0 => (Self::end() - u64::from(choices.byte() % 4)) as u32,
            1 => u32::MAX - u32::from(choices.byte()),
            _ => self.base() + choices.number() % (ARENA - RESULT),
        }
    }

    /// A place and a length for bytes.
    fn range(&self, choices: &mut Choices<'_>) -> (u32, u32) {
        let at = self.place(choices);
        let within = at.wrapping_sub(self.base());
        let length = match choices.byte() % 8 {
            0 => u32::MAX - u32::from(choices.byte()),
            1 => (1 << 31) + choices.number(),
            2 => 0,
            _ if within < ARENA => choices.number() % (ARENA - within),
            _ => RESULT + choices.number(),
        };
        (at, length)
    }

    /// A list of vectors and their number. They can lie on one another, and on the list.
    fn vectors(&mut self, choices: &mut Choices<'_>) -> (u32, u32) {
        let list = self.place(choices);
        if !(self.base()..self.base() + ARENA).contains(&list) {
            return (list, 1 + choices.number());
        }
        let count = u32::from(choices.byte() % 6);
        for index in 0..count {
            let (at, length) = self.range(choices);
            self.put(list + index * 8, &at.to_le_bytes());
            self.put(list + index * 8 + 4, &length.to_le_bytes());
        }
        match choices.byte() % 16 {
            0 => (list, u32::MAX - count),
            1 => (list, 1 << 29),
            _ => (list, count),
        }
    }

    /// A list of subscriptions, of which none waits for long, and their number.
    fn subscriptions(&mut self, choices: &mut Choices<'_>) -> (u32, u32) {
        let list = self.place(choices);
        if !(self.base()..self.base() + ARENA).contains(&list) {
            return (list, 1 + choices.number());
        }
        let count = u32::from(choices.byte() % 6);
        for index in 0..count {
            let mut subscription = [0; 48];
            subscription[8] = choices.byte() % 4;
            subscription[16] = choices.byte() % 5;
            subscription[24] = choices.byte();
            subscription[40] = choices.byte() % 3;
            self.put(list + index * 48, &subscription);
        }
        match choices.byte() % 16 {
            0 => (list, u32::MAX - count),
            1 => (list, 1 << 28),
            _ => (list, count),
        }
    }

    /// A path and its length.
    fn path(&mut self, choices: &mut Choices<'_>) -> (u32, u32) {
        const NAMES: [&[u8]; 6] = [b"a", b"dir", b"link", b"dir/inner.txt", b"\xff\xfe", b""];
        let (at, length) = self.range(choices);
        let name = NAMES[choices.byte() as usize % NAMES.len()];
        if (self.base()..self.base() + ARENA - RESULT).contains(&at)
            && !choices.byte().is_multiple_of(4)
        {
            self.put(at, name);
            return (at, name.len() as u32);
        }
        (at, length)
    }

    fn put(&mut self, at: u32, bytes: &[u8]) {
        let start = (at - self.0.as_ptr() as u32) as usize;
        self.0[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn is_whole(&self) -> bool {
        let (before, rest) = self.0.split_at(AROUND as usize);
        let after = &rest[ARENA as usize..];
        before.iter().chain(after).all(|byte| *byte == CANARY)
    }
}

/// Reads the number of calls, then the calls, and makes them.
pub fn run() {
    let count = u32::from_le_bytes(exactly(4).try_into().expect("four bytes")) as usize;
    let calls = exactly(count * CALL);
    let mut memory = Memory(vec![CANARY; (2 * AROUND + ARENA) as usize]);
    let mut worked = 0;
    for (number, call) in calls.chunks_exact(CALL).enumerate() {
        let errno = make(&mut memory, &mut Choices(call.iter()));
        worked += u32::from(errno == 0);
        if errno > 76 {
            say!("call {number}: errno {errno}");
        }
        if !memory.is_whole() {
            say!("call {number} wrote beyond what it was given: {call:?}");
            wasi::proc_exit(1);
        }
        if number % 64 == 0 {
            works();
        }
    }
    works();
    say!(
        "{count} calls, {}",
        if worked > 0 {
            "and some succeeded"
        } else {
            "and none succeeded"
        }
    );
}

/// Calls that succeed whatever was called before.
fn works() {
    let fd = open("state", CREATE | TRUNCATE, READ | WRITE, 0);
    let (errno, written) = write(fd, &[b"", b"the state is whole"]);
    let found = contents("state");
    let rest = read(fd, &[4]);
    if errno != 0
        || written != 18
        || found != "\"the state is whole\""
        || rest.1 != 0
        || wasi::fd_close(fd) != 0
    {
        say!("the state is broken: {errno} {written} {found} {rest:?}");
        wasi::proc_exit(2);
    }
}

fn make(memory: &mut Memory, choices: &mut Choices<'_>) -> u32 {
    let op = choices.byte() % 46;
    // Not standard output, on which the result is printed, nor standard error.
    let fd = match choices.byte() % 12 {
        1 | 2 => ROOT,
        10 => 77,
        11 => u32::MAX,
        fd => u32::from(fd),
    };
    let own = fd.max(ROOT + 1);
    let wide = u64::from(choices.number());
    let flags = u32::from(choices.byte());
    match op {
        0 => wasi::args_get(memory.place(choices), memory.place(choices)),
        1 => wasi::args_sizes_get(memory.place(choices), memory.place(choices)),
        2 => wasi::environ_get(memory.place(choices), memory.place(choices)),
        3 => wasi::environ_sizes_get(memory.place(choices), memory.place(choices)),
        4 => wasi::clock_res_get(flags % 3, memory.place(choices)),
        5 => wasi::clock_time_get(flags % 3, wide, memory.place(choices)),
        6 => wasi::fd_advise(fd, wide, wide, flags % 7),
        7 => wasi::fd_allocate(fd, wide, wide),
        8 => wasi::fd_close(own),
        9 => wasi::fd_datasync(fd),
        10 => wasi::fd_fdstat_get(fd, memory.place(choices)),
        11 => wasi::fd_fdstat_set_flags(fd, flags),
        12 => wasi::fd_fdstat_set_rights(own, !(1 << (flags % 32)), u64::MAX),
        13 => wasi::fd_filestat_get(fd, memory.place(choices)),
        14 => wasi::fd_filestat_set_size(own, wide),
        15 => wasi::fd_filestat_set_times(own, wide, wide, flags % 17),
        16 | 17 => {
            let (list, count) = memory.vectors(choices);
            wasi::fd_pread(fd, list, count, wide, memory.place(choices))
        }
        18 => wasi::fd_prestat_get(fd, memory.place(choices)),
        19 => {
            let (at, length) = memory.range(choices);
            wasi::fd_prestat_dir_name(fd, at, length)
        }
        20 | 21 => {
            let (list, count) = memory.vectors(choices);
            wasi::fd_pwrite(own, list, count, wide, memory.place(choices))
        }
        22 | 23 => {
            let (list, count) = memory.vectors(choices);
            wasi::fd_read(fd, list, count, memory.place(choices))
        }
        24 => {
            let (at, length) = memory.range(choices);
            wasi::fd_readdir(fd, at, length, wide % 5, memory.place(choices))
        }
        25 => wasi::fd_renumber(own, (flags % 12).max(ROOT + 1)),
        26 => wasi::fd_seek(fd, wide as i64 - 1000, flags % 4, memory.place(choices)),
        27 => wasi::fd_sync(fd),
        28 => wasi::fd_tell(fd, memory.place(choices)),
        29 | 30 => {
            let (list, count) = memory.vectors(choices);
            wasi::fd_write(own, list, count, memory.place(choices))
        }
        31 => {
            let (at, length) = memory.path(choices);
            wasi::path_create_directory(fd, at, length)
        }
        32 => {
            let (at, length) = memory.path(choices);
            wasi::path_filestat_get(fd, flags % 3, at, length, memory.place(choices))
        }
        33 => {
            let (at, length) = memory.path(choices);
            wasi::path_filestat_set_times(fd, flags % 3, at, length, wide, wide, flags % 17)
        }
        34 => {
            let ((at, length), (to, to_length)) = (memory.path(choices), memory.path(choices));
            wasi::path_link(fd, 0, at, length, ROOT, to, to_length)
        }
        35 | 36 => {
            let (at, length) = memory.path(choices);
            let (how, rights) = (flags % 10, READ | WRITE);
            wasi::path_open(
                ROOT,
                1,
                at,
                length,
                how & !2,
                rights,
                rights,
                flags & 5,
                memory.place(choices),
            )
        }
        37 => {
            let ((at, length), (into, room)) = (memory.path(choices), memory.range(choices));
            wasi::path_readlink(ROOT, at, length, into, room, memory.place(choices))
        }
        38 => {
            let (at, length) = memory.path(choices);
            wasi::path_remove_directory(fd, at, length)
        }
        39 => {
            let ((at, length), (to, to_length)) = (memory.path(choices), memory.path(choices));
            wasi::path_rename(ROOT, at, length, ROOT, to, to_length)
        }
        40 => {
            let ((at, length), (to, to_length)) = (memory.path(choices), memory.path(choices));
            wasi::path_symlink(at, length, ROOT, to, to_length)
        }
        41 => {
            let (at, length) = memory.path(choices);
            wasi::path_unlink_file(fd, at, length)
        }
        42 => {
            let (list, count) = memory.subscriptions(choices);
            let room = memory.base() + choices.number() % (ARENA - RESULT);
            let events = if choices.byte().is_multiple_of(4) {
                memory.place(choices)
            } else {
                room
            };
            wasi::poll_oneoff(list, events, count, memory.place(choices))
        }
        43 => {
            let (at, length) = memory.range(choices);
            wasi::random_get(at, length)
        }
        44 => {
            let (list, count) = memory.vectors(choices);
            wasi::sock_recv(
                fd,
                list,
                count,
                flags % 4,
                memory.place(choices),
                memory.place(choices),
            )
        }
        _ => {
            let (list, count) = memory.vectors(choices);
            wasi::sock_send(fd, list, count, 0, memory.place(choices))
        }
    }
}
