//! Why a stream of the host failed.

/// Why a stream of the host failed, as far as the text of the error tells: the errors of POSIX that reading and writing
/// cause, under their names in `wasi:filesystem/types`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Permission denied (`EACCES`).
    Access,
    /// The stream is not open, or not open for this operation (`EBADF`).
    BadDescriptor,
    /// The stream is in use elsewhere (`EBUSY`).
    Busy,
    /// The file would become too large (`EFBIG`).
    FileTooLarge,
    /// Memory is exhausted (`ENOMEM`).
    InsufficientMemory,
    /// There is no space left (`ENOSPC`).
    InsufficientSpace,
    /// A signal interrupted the operation (`EINTR`).
    Interrupted,
    /// The stream does not support the operation (`EINVAL`).
    Invalid,
    /// The stream has no offsets (`ESPIPE`).
    InvalidSeek,
    /// Input or output failed (`EIO`).
    Io,
    /// The stream is of a directory (`EISDIR`).
    IsDirectory,
    /// The operation is not permitted (`EPERM`).
    NotPermitted,
    /// Nobody reads the stream any more (`EPIPE`).
    Pipe,
}

/// The numbers of errors that are the same on Linux, macOS and the BSDs, with their messages there and in musl. Windows
/// has other messages for these numbers.
const KNOWN: &[(u8, &[&str], Failure)] = &[
    (1, &["Operation not permitted"], Failure::NotPermitted),
    (4, &["Interrupted system call"], Failure::Interrupted),
    (5, &["Input/output error", "I/O error"], Failure::Io),
    (9, &["Bad file descriptor"], Failure::BadDescriptor),
    (
        12,
        &["Cannot allocate memory", "Out of memory"],
        Failure::InsufficientMemory,
    ),
    (13, &["Permission denied"], Failure::Access),
    (
        16,
        &["Device or resource busy", "Resource busy"],
        Failure::Busy,
    ),
    (21, &["Is a directory"], Failure::IsDirectory),
    (22, &["Invalid argument"], Failure::Invalid),
    (27, &["File too large"], Failure::FileTooLarge),
    (28, &["No space left on device"], Failure::InsufficientSpace),
    (29, &["Illegal seek", "Invalid seek"], Failure::InvalidSeek),
    (32, &["Broken pipe"], Failure::Pipe),
];

impl Failure {
    /// Reads the text that `to-debug-string` returns for an error of a stream. Hosts in Rust, such as Wasmtime, print
    /// an error of the operating system as `Is a directory (os error 21)`, perhaps below other lines. `None` for every
    /// other text.
    ///
    /// Only a host's `filesystem-error-code` is certain, but a component that imports it would require a host with a
    /// file system.
    pub fn of_text(text: &str) -> Option<Self> {
        text.lines().find_map(Self::of_line)
    }

    fn of_line(line: &str) -> Option<Self> {
        let (message, rest) = line.trim().rsplit_once(" (os error ")?;
        let number: u8 = rest.strip_suffix(')')?.parse().ok()?;
        let known = KNOWN.iter().find(|(other, messages, _)| {
            let message = message.rsplit_once(": ").map_or(message, |(_, last)| last);
            *other == number && messages.contains(&message)
        })?;
        Some(known.2)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;
    use std::io::Error;

    use super::*;

    #[test]
    fn errors_of_this_system_are_known() {
        for (number, _, failure) in KNOWN {
            let error = Error::from_raw_os_error(i32::from(*number));
            assert_eq!(
                Failure::of_text(&format!("{error}")),
                Some(*failure),
                "{error}"
            );
            let below = format!(
                "reading failed\n\nCaused by:\n    {error}\n\nStack backtrace:\n   0: main"
            );
            assert_eq!(Failure::of_text(&below), Some(*failure));
            let before = format!("standard input: {error}");
            assert_eq!(Failure::of_text(&before), Some(*failure));
        }
    }

    #[test]
    fn other_texts_tell_nothing() {
        for text in [
            "",
            "Is a directory",
            "Is a directory (os error 2)",
            "Access is denied. (os error 5)",
            "The device is not ready. (os error 21)",
            "Is a directory (os error 21",
            "Is a directory (os error 277)",
            "File name too long (os error 36)",
        ] {
            assert_eq!(Failure::of_text(text), None, "{text}");
        }
    }
}
