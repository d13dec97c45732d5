//! Reads a recording.

use std::io::Read;
use std::time::Duration;

use interpose_calls::{Event, ReadError, number};
use serde::Deserialize;

use crate::{Entry, Header, MAGIC, Outcome, RecordingError};

/// How many bytes of a decompressed recording are read: as many as a component that replays it can hold.
const LIMIT: u64 = 2 << 30;

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// What it is of.
    pub header: Header,
    /// The events, each with its length in front.
    pub events: Vec<u8>,
    /// When each of them happened: how long after the run began.
    pub times: Vec<Duration>,
    /// How the run ended.
    pub outcome: Outcome,
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be read, or is none.
    pub fn read(from: impl Read) -> Result<Self, RecordingError> {
        Self::read_up_to(from, LIMIT)
    }

    fn read_up_to(mut from: impl Read, limit: u64) -> Result<Self, RecordingError> {
        check_magic(&mut from)?;
        let mut bytes = Vec::new();
        let mut decompressed = zstd::Decoder::new(from)?.take(limit + 1);
        match decompressed.read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > limit => return Err(RecordingError::TooLarge { limit }),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(RecordingError::CutShort);
            }
            Err(_) => return Err(RecordingError::Damaged),
        }
        let mut rest = bytes.as_slice();
        let header: Header = decoded(&mut rest)?;
        if header.table.check().is_err() {
            return Err(RecordingError::Damaged);
        }
        let (mut events, mut times) = (Vec::new(), Vec::new());
        let mut at = Duration::ZERO;
        loop {
            match number::take(&mut rest, 1).ok_or(RecordingError::CutShort)? {
                [tag] if *tag == Entry::Event as u8 => {
                    let since = number::read(&mut rest).ok_or(RecordingError::CutShort)?;
                    let since = Duration::from_nanos(since);
                    at = at.checked_add(since).ok_or(RecordingError::Damaged)?;
                    let event = number::next(&mut rest).ok_or(RecordingError::CutShort)?;
                    number::write(&mut events, event.len() as u64);
                    events.extend_from_slice(event);
                    times.push(at);
                }
                [tag] if *tag == Entry::End as u8 => break,
                _ => return Err(RecordingError::Damaged),
            }
        }
        let outcome = decoded(&mut rest)?;
        if !rest.is_empty() {
            return Err(RecordingError::Damaged);
        }
        Ok(Self {
            header,
            events,
            times,
            outcome,
        })
    }

    /// The events, with their times.
    pub fn timeline(&self) -> impl Iterator<Item = (Duration, Result<Event, ReadError>)> {
        let mut rest = self.events.as_slice();
        self.times.iter().map(move |at| {
            let event = number::next(&mut rest).ok_or(ReadError);
            let read = |bytes| Event::read(&self.header.table, u32::MAX, u32::MAX, bytes);
            (*at, event.and_then(read))
        })
    }
}

/// Reads the first line.
fn check_magic(from: &mut impl Read) -> Result<(), RecordingError> {
    let mut magic = Vec::new();
    from.by_ref()
        .take(MAGIC.len() as u64)
        .read_to_end(&mut magic)?;
    if magic == MAGIC {
        return Ok(());
    }
    // The version of the format is at the end of the line.
    let name = MAGIC.split(|byte| *byte == b',').next().unwrap_or(MAGIC);
    match magic.starts_with(name) {
        true => Err(RecordingError::OtherFormat),
        false => Err(RecordingError::NotOne),
    }
}

/// Reads a value that has its length in front.
fn decoded<'a, T: Deserialize<'a>>(rest: &mut &'a [u8]) -> Result<T, RecordingError> {
    let bytes = number::next(rest).ok_or(RecordingError::CutShort)?;
    postcard::from_bytes(bytes).map_err(|_| RecordingError::Damaged)
}
