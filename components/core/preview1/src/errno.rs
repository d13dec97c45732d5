/// An error of preview 1, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Errno {
    /// `acces`: permission denied.
    Access = 2,
    /// `addrinuse`: the address is in use.
    AddressInUse = 3,
    /// `addrnotavail`: the address is not available.
    AddressNotAvailable = 4,
    /// `again`: the operation would block.
    Again = 6,
    /// `already`: a connection is being made already.
    Already = 7,
    /// `badf`: there is no such descriptor, or it is of another kind.
    BadDescriptor = 8,
    /// `busy`: the device or resource is in use.
    Busy = 10,
    /// `connaborted`: the connection was aborted.
    ConnectionAborted = 13,
    /// `connrefused`: the connection was refused.
    ConnectionRefused = 14,
    /// `connreset`: the connection was reset.
    ConnectionReset = 15,
    /// `deadlk`: a deadlock was avoided.
    Deadlock = 16,
    /// `dquot`: the quota is exhausted.
    Quota = 19,
    /// `exist`: the file exists.
    Exists = 20,
    /// `fault`: a pointer leads out of the memory.
    Fault = 21,
    /// `fbig`: the file is too large.
    FileTooLarge = 22,
    /// `hostunreach`: the host cannot be reached.
    HostUnreachable = 23,
    /// `ilseq`: a text is not UTF-8.
    IllegalByteSequence = 25,
    /// `inprogress`: the operation is in progress.
    InProgress = 26,
    /// `intr`: the operation was interrupted.
    Interrupted = 27,
    /// `inval`: an argument is invalid.
    Invalid = 28,
    /// `io`: input or output failed.
    Io = 29,
    /// `isdir`: this is a directory.
    IsDirectory = 31,
    /// `loop`: there are too many symbolic links.
    Loop = 32,
    /// `mfile`: too many descriptors are open.
    TooManyDescriptors = 33,
    /// `mlink`: there are too many links.
    TooManyLinks = 34,
    /// `msgsize`: the message is too long.
    MessageSize = 35,
    /// `nametoolong`: a name is too long.
    NameTooLong = 37,
    /// `nodev`: there is no such device.
    NoDevice = 43,
    /// `noent`: there is no such file.
    NoEntry = 44,
    /// `nolck`: no locks are available.
    NoLock = 46,
    /// `nomem`: there is not enough memory.
    NoMemory = 48,
    /// `nospc`: there is no space left.
    NoSpace = 51,
    /// `notconn`: the socket is not connected.
    NotConnected = 53,
    /// `notdir`: this is no directory.
    NotDirectory = 54,
    /// `notempty`: the directory is not empty.
    NotEmpty = 55,
    /// `notrecoverable`: the state cannot be recovered.
    NotRecoverable = 56,
    /// `notsock`: this is no socket.
    NotSocket = 57,
    /// `notsup`: the operation is not supported.
    NotSupported = 58,
    /// `notty`: this is no terminal.
    NotTerminal = 59,
    /// `nxio`: there is no such device or address.
    NoSuchDevice = 60,
    /// `overflow`: a value is too large for its type.
    Overflow = 61,
    /// `perm`: the operation is not permitted.
    NotPermitted = 63,
    /// `pipe`: the pipe is broken.
    Pipe = 64,
    /// `rofs`: the filesystem is read-only.
    ReadOnly = 69,
    /// `spipe`: a stream has no position.
    InvalidSeek = 70,
    /// `timedout`: the time is over.
    TimedOut = 73,
    /// `txtbsy`: the program is being executed.
    TextFileBusy = 74,
    /// `xdev`: the link leads to another device.
    CrossDevice = 75,
    /// `notcapable`: the descriptor lacks a right.
    NotCapable = 76,
}

impl Errno {
    /// The number that a function of preview 1 returns for a result: 0 for success.
    pub fn number(result: Result<(), Self>) -> u32 {
        match result {
            Ok(()) => 0,
            Err(errno) => errno as u32,
        }
    }
}
