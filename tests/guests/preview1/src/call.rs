//! Calls with arguments of Rust, whose results are text for the transcript or values for further calls.

use crate::wasi;

/// What is open for writing to the transcript.
const STDOUT: u32 = 1;
/// The first preopened directory.
pub const ROOT: u32 = 3;

/// `fd_read` of the rights.
pub const READ: u64 = 1 << 1;
/// `fd_write` of the rights.
pub const WRITE: u64 = 1 << 6;
/// `creat` of the flags for opening.
pub const CREATE: u32 = 1;
/// `directory`.
pub const DIRECTORY: u32 = 2;
/// `excl`.
pub const EXCLUSIVE: u32 = 4;
/// `trunc`.
pub const TRUNCATE: u32 = 8;
/// `append` of the flags of a descriptor.
pub const APPEND: u32 = 1;
/// `symlink_follow`.
pub const FOLLOW: u32 = 1;

/// Room for a result. What no call writes stays as it is.
#[repr(C, align(8))]
#[derive(Debug)]
pub struct Out<const N: usize>(pub [u8; N]);

impl<const N: usize> Out<N> {
    /// Room that nothing was written to.
    pub fn new() -> Self {
        Self([0xee; N])
    }

    /// Where it lies.
    pub fn at(&mut self) -> u32 {
        self.0.as_mut_ptr() as u32
    }

    /// The number of 32 bits at an offset.
    pub fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().expect("four bytes"))
    }

    /// The number of 64 bits at an offset.
    pub fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("eight bytes"))
    }
}

/// Where bytes lie that a call reads.
pub fn at(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as u32
}

/// Writes a line to the transcript.
pub fn say(line: &str) {
    let line = format!("{line}\n");
    let mut rest = line.as_bytes();
    while !rest.is_empty() {
        let vector = [at(rest), rest.len() as u32];
        let mut written = Out::<4>::new();
        if wasi::fd_write(STDOUT, vector.as_ptr() as u32, 1, written.at()) != 0 {
            return;
        }
        rest = &rest[written.u32(0) as usize..];
    }
}

/// Writes a line to the transcript.
#[macro_export]
macro_rules! say {
    ($($argument:tt)*) => { $crate::call::say(&format!($($argument)*)) };
}

/// Bytes as text: the beginning, and for longer ones the length and a sum.
pub fn shown(bytes: &[u8]) -> String {
    let text = bytes[..bytes.len().min(24)].escape_ascii();
    if bytes.len() <= 24 {
        return format!("{text:?}", text = text.to_string());
    }
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("\"{text}\"... {} {sum:016x}", bytes.len())
}

/// Opens a path and returns the errno and the descriptor.
pub fn open_at(
    fd: u32,
    path: &[u8],
    flags: u32,
    how: u32,
    rights: u64,
    fd_flags: u32,
) -> Result<u32, u32> {
    let mut out = Out::<4>::new();
    let errno = wasi::path_open(
        fd,
        flags,
        at(path),
        path.len() as u32,
        how,
        rights,
        rights,
        fd_flags,
        out.at(),
    );
    if errno == 0 {
        Ok(out.u32(0))
    } else {
        Err(errno)
    }
}

/// Opens a path below the first preopened directory, which works.
pub fn open(path: &str, how: u32, rights: u64, fd_flags: u32) -> u32 {
    match open_at(ROOT, path.as_bytes(), FOLLOW, how, rights, fd_flags) {
        Ok(fd) => fd,
        Err(errno) => {
            say!("cannot open {path}: {errno}");
            u32::MAX
        }
    }
}

/// A file with these contents.
pub fn file(path: &str, contents: &[u8]) {
    let fd = open(path, CREATE | TRUNCATE, WRITE, 0);
    let mut rest = contents;
    while !rest.is_empty() {
        let (errno, written) = write(fd, &[rest]);
        if errno != 0 {
            say!("cannot write {path}: {errno}");
            break;
        }
        rest = &rest[written as usize..];
    }
    wasi::fd_close(fd);
}

/// A list of vectors over these buffers.
pub fn vectors(buffers: &[&[u8]]) -> Vec<u32> {
    let both = buffers
        .iter()
        .flat_map(|buffer| [at(buffer), buffer.len() as u32]);
    both.collect()
}

/// `fd_write`: errno and count.
pub fn write(fd: u32, buffers: &[&[u8]]) -> (u32, u32) {
    let (vectors, mut out) = (vectors(buffers), Out::<4>::new());
    let errno = wasi::fd_write(fd, vectors.as_ptr() as u32, buffers.len() as u32, out.at());
    (errno, out.u32(0))
}

/// `fd_pwrite`: errno and count.
pub fn write_at(fd: u32, buffers: &[&[u8]], offset: u64) -> (u32, u32) {
    let (vectors, mut out) = (vectors(buffers), Out::<4>::new());
    let errno = wasi::fd_pwrite(
        fd,
        vectors.as_ptr() as u32,
        buffers.len() as u32,
        offset,
        out.at(),
    );
    (errno, out.u32(0))
}

/// Buffers to read to.
fn rooms(lengths: &[usize]) -> (Vec<Vec<u8>>, Vec<u32>) {
    let mut buffers: Vec<Vec<u8>> = lengths.iter().map(|length| vec![b'_'; *length]).collect();
    let vectors = buffers
        .iter_mut()
        .flat_map(|buffer| [buffer.as_mut_ptr() as u32, buffer.len() as u32])
        .collect();
    (buffers, vectors)
}

/// `fd_read` into buffers of these lengths: errno, count, and all buffers one after another.
pub fn read(fd: u32, lengths: &[usize]) -> (u32, u32, Vec<u8>) {
    let ((buffers, vectors), mut out) = (rooms(lengths), Out::<4>::new());
    let errno = wasi::fd_read(fd, vectors.as_ptr() as u32, lengths.len() as u32, out.at());
    (errno, out.u32(0), buffers.concat())
}

/// `fd_pread`, likewise.
pub fn read_at(fd: u32, lengths: &[usize], offset: u64) -> (u32, u32, Vec<u8>) {
    let ((buffers, vectors), mut out) = (rooms(lengths), Out::<4>::new());
    let errno = wasi::fd_pread(
        fd,
        vectors.as_ptr() as u32,
        lengths.len() as u32,
        offset,
        out.at(),
    );
    (errno, out.u32(0), buffers.concat())
}

/// Errno, count and bytes as text.
pub fn outcome((errno, count, bytes): (u32, u32, Vec<u8>)) -> String {
    match errno {
        0 => format!("{count} {}", shown(&bytes)),
        errno => format!("errno {errno}"),
    }
}

/// Errno and count as text.
pub fn counted((errno, count): (u32, u32)) -> String {
    match errno {
        0 => format!("{count}"),
        errno => format!("errno {errno}"),
    }
}

/// `fd_seek`.
pub fn seek(fd: u32, offset: i64, whence: u32) -> String {
    let mut out = Out::<8>::new();
    match wasi::fd_seek(fd, offset, whence, out.at()) {
        0 => format!("{}", out.u64(0)),
        errno => format!("errno {errno}"),
    }
}

/// `fd_tell`.
pub fn tell(fd: u32) -> String {
    let mut out = Out::<8>::new();
    match wasi::fd_tell(fd, out.at()) {
        0 => format!("{}", out.u64(0)),
        errno => format!("errno {errno}"),
    }
}

/// `fd_fdstat_get`: type, flags and rights.
pub fn fd_stat(fd: u32) -> String {
    let mut out = Out([0; 24]);
    match wasi::fd_fdstat_get(fd, out.at()) {
        0 => format!(
            "type {} flags {} rights {:x} {:x}",
            out.0[0],
            u16::from_le_bytes([out.0[2], out.0[3]]),
            out.u64(8),
            out.u64(16)
        ),
        errno => format!("errno {errno}"),
    }
}

/// Whether a descriptor is that of a directory.
pub fn is_directory(fd: u32) -> bool {
    let mut out = Out([0; 24]);
    wasi::fd_fdstat_get(fd, out.at()) == 0 && out.0[0] == 3
}

/// What a `filestat` says that does not depend on the system: no times, and of directories and links neither size nor
/// number of links.
pub fn file_stat(errno: u32, out: &Out<64>) -> String {
    match (errno, out.0[16]) {
        (0, 4) => format!("type 4 links {} size {}", out.u64(24), out.u64(32)),
        (0, ty) => format!("type {ty}"),
        (errno, _) => format!("errno {errno}"),
    }
}

/// `fd_filestat_get`.
pub fn stat(fd: u32) -> String {
    let mut out = Out([0; 64]);
    let errno = wasi::fd_filestat_get(fd, out.at());
    file_stat(errno, &out)
}

/// `path_filestat_get`.
pub fn stat_at(fd: u32, flags: u32, path: &[u8]) -> String {
    let mut out = Out([0; 64]);
    let errno = wasi::path_filestat_get(fd, flags, at(path), path.len() as u32, out.at());
    file_stat(errno, &out)
}

/// The whole of a file.
pub fn contents(path: &str) -> String {
    let fd = open(path, 0, READ, 0);
    let mut all = Vec::new();
    loop {
        let (errno, count, bytes) = read(fd, &[4096]);
        if errno != 0 {
            return format!("errno {errno}");
        }
        if count == 0 {
            break;
        }
        all.extend_from_slice(&bytes[..count as usize]);
    }
    wasi::fd_close(fd);
    shown(&all)
}

/// The entries of a directory from a cookie on, with type and name, sorted; or the errno.
pub fn entries(fd: u32, room: usize, cookie: u64) -> Result<Vec<String>, u32> {
    let mut found = Vec::new();
    let mut cookie = cookie;
    loop {
        let (mut buffer, mut out) = (vec![0xee; room], Out::<4>::new());
        let errno = wasi::fd_readdir(
            fd,
            buffer.as_mut_ptr() as u32,
            room as u32,
            cookie,
            out.at(),
        );
        if errno != 0 {
            return Err(errno);
        }
        let written = out.u32(0) as usize;
        let mut rest = &buffer[..written];
        let before = cookie;
        while rest.len() >= 24 {
            let next = u64::from_le_bytes(rest[..8].try_into().expect("eight bytes"));
            let length = u32::from_le_bytes(rest[16..20].try_into().expect("four bytes")) as usize;
            let Some(name) = rest.get(24..24 + length) else {
                break;
            };
            found.push(format!("{}:{}", name.escape_ascii(), rest[20]));
            cookie = next;
            rest = &rest[24 + length..];
        }
        if written < room || cookie == before {
            found.sort();
            return Ok(found);
        }
    }
}
