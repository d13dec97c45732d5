//! Streams of files and directories.

use interpose_adapter::rt::async_support::{FutureReader, StreamReader};

use crate::bindings::exports::wasi_interpose::p3::file_streams::{
    Descriptor, DirectoryEntry, ErrorCode, Filesize, Guest,
};
use crate::{Adapter, now};

type Done = FutureReader<Result<(), ErrorCode>>;

impl Guest for Adapter {
    fn read_via_stream(file: &Descriptor, offset: Filesize) -> (StreamReader<u8>, Done) {
        now(file.read_via_stream(offset))
    }

    fn write_via_stream(file: &Descriptor, data: StreamReader<u8>, offset: Filesize) -> Done {
        now(file.write_via_stream(data, offset))
    }

    fn append_via_stream(file: &Descriptor, data: StreamReader<u8>) -> Done {
        now(file.append_via_stream(data))
    }

    fn read_directory(directory: &Descriptor) -> (StreamReader<DirectoryEntry>, Done) {
        now(directory.read_directory())
    }
}
