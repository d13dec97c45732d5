//! Why a recording cannot be read or written.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

/// Why a recording cannot be read or written.
#[derive(Debug, Error, Diagnostic)]
pub enum RecordingError {
    /// The system refused to read or write.
    #[error("{0}")]
    #[diagnostic(code("recording::io"))]
    Io(#[from] io::Error),
    /// The file is no recording.
    #[error("this is no recording")]
    #[diagnostic(
        code("recording::not-one"),
        help("`interpose record` writes recordings")
    )]
    NotOne,
    /// The recording is of another version of the format.
    #[error("this recording was made by another version of the tool")]
    #[diagnostic(
        code("recording::other-format"),
        help("read it with the version that made it, or record the run again")
    )]
    OtherFormat,
    /// The recording ends before the run did.
    #[error(
        "the recording is cut short: the run that it is of did not end, or the file is not whole"
    )]
    #[diagnostic(code("recording::cut-short"), help("record the run again"))]
    CutShort,
    /// The recording is damaged.
    #[error("the recording is damaged")]
    #[diagnostic(code("recording::damaged"), help("copy or record it again"))]
    Damaged,
    /// The recording is larger than what is read.
    #[error(
        "the recording has more than {limit} bytes when it is decompressed, which is more than this tool reads"
    )]
    #[diagnostic(
        code("recording::too-large"),
        help("record a shorter run, or one that reads and writes less")
    )]
    TooLarge {
        /// The most bytes that are read.
        limit: u64,
    },
}
