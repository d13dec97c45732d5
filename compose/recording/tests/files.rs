//! Recordings are written and read again; files that are none are refused.

use std::time::Duration;

use interpose_recording::calls::{
    Event, Function, Kind, Parameter, Table, Tag, Type, Value, number,
};
use interpose_recording::{Header, Outcome, Recorder, Recording, RecordingError, redact};
use proptest::prelude::*;

/// A table with one function that takes and returns a text.
fn table() -> Table {
    Table {
        types: vec![Type {
            size: 8,
            alignment: 4,
            flat: 2,
            kind: Kind::String,
        }],
        functions: vec![Function {
            interface: "acme:vault/secrets".into(),
            name: "get".into(),
            parameters: vec![Parameter {
                name: "name".into(),
                ty: 0,
                offset: 0,
            }],
            result: Some(0),
            arguments_in_memory: false,
            result_in_memory: true,
        }],
        resources: Vec::new(),
    }
}

fn header() -> Header {
    Header {
        application: [7; 32],
        name: "app.wasm".into(),
        preview1: String::new(),
        table: table(),
    }
}

fn event(tag: Tag, text: &str) -> Vec<u8> {
    let mut event = Vec::new();
    number::begin(&mut event, tag, 0);
    number::write(&mut event, text.len() as u64);
    event.extend_from_slice(text.as_bytes());
    event
}

fn written(events: &[(u64, Vec<u8>)], outcome: &Outcome) -> Vec<u8> {
    let mut recorder = Recorder::new(Vec::new(), &header()).expect("a recorder");
    for (at, event) in events {
        recorder
            .event(Duration::from_nanos(*at), event)
            .expect("an event is written");
    }
    recorder.finish(outcome).expect("a recording")
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        texts in prop::collection::vec(("\\PC*", any::<bool>(), 0u64..1_000_000), 0..20),
        status: i32,
    ) {
        let mut at = 0;
        let events: Vec<(u64, Vec<u8>)> = texts
            .iter()
            .map(|(text, is_call, since)| {
                at += since;
                (at, event(if *is_call { Tag::Call } else { Tag::Return }, text))
            })
            .collect();
        let bytes = written(&events, &Outcome::Exited(status));
        let recording = Recording::read(bytes.as_slice()).expect("a recording");
        prop_assert_eq!(&recording.header, &header());
        prop_assert_eq!(&recording.outcome, &Outcome::Exited(status));
        let timeline: Vec<_> = recording.timeline().collect();
        prop_assert_eq!(timeline.len(), events.len());
        for ((found, read), ((at, _), (text, is_call, _))) in timeline.iter().zip(events.iter().zip(&texts)) {
            prop_assert_eq!(*found, Duration::from_nanos(*at));
            let value = Value::String { text: text.clone(), length: text.len() as u64 };
            let expected = match is_call {
                true => Event::Call { function: 0, arguments: vec![value] },
                false => Event::Return { function: 0, result: Some(value) },
            };
            prop_assert_eq!(read.as_ref().expect("an event"), &expected);
        }
        // A part of a recording is none.
        for end in (0..bytes.len()).step_by(7) {
            prop_assert!(Recording::read(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn other_bytes_are_refused(bytes: Vec<u8>, place: prop::sample::Index, value: u8) {
        prop_assert!(Recording::read(bytes.as_slice()).is_err());
        let mut damaged = written(&[(5, event(Tag::Call, "name"))], &Outcome::Exited(0));
        let place = place.index(damaged.len());
        damaged[place] = value;
        let _ = Recording::read(damaged.as_slice());
    }
}

#[test]
fn files_that_are_no_recordings_are_told_apart() {
    let whole = written(
        &[(1, event(Tag::Call, "name"))],
        &Outcome::Trapped("why".into()),
    );
    let read = |bytes: &[u8]| Recording::read(bytes).map(drop);
    assert!(matches!(read(b"\0asm"), Err(RecordingError::NotOne)));
    assert!(matches!(read(b""), Err(RecordingError::NotOne)));
    let other = String::from_utf8_lossy(&whole[..38]).replace("format 2", "format 3");
    assert!(matches!(
        read(other.as_bytes()),
        Err(RecordingError::OtherFormat)
    ));
    assert!(matches!(
        read(&whole[..whole.len() - 3]),
        Err(RecordingError::CutShort)
    ));
}

#[test]
fn texts_are_taken_out_of_results() {
    let table = table();
    let redacted = redact(&table, &event(Tag::Return, "s3cret")).expect("a return");
    assert_eq!(redacted, event(Tag::Return, "xxxxxx"));
    assert_eq!(redact(&table, &event(Tag::Call, "name")), None);
}

/// What a call has copied to a standard stream follows its result, and is no part of it.
#[test]
fn what_was_copied_follows_a_result() {
    let table = table();
    let copied = |result: &str, text: &str| {
        let mut event = event(Tag::Return, result);
        number::write(&mut event, text.len() as u64);
        event.extend_from_slice(text.as_bytes());
        event
    };
    let whole = copied("12", "s3cret");
    let read = |bytes: &[u8]| Event::read(&table, u32::MAX, u32::MAX, bytes);
    assert_eq!(read(&whole), read(&event(Tag::Return, "12")));
    assert_eq!(redact(&table, &whole), Some(copied("xx", "xxxxxx")));
    for damaged in [&whole[..whole.len() - 1], &[&whole[..], b"x"].concat()] {
        assert!(read(damaged).is_err());
        assert_eq!(redact(&table, damaged), None);
    }
}
