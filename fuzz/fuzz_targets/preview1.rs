//! Hostile pointers, lengths and lists to what reads and writes the memory of a program for preview 1: nothing is read or
//! written beyond the memory, a call writes only the range that it was given, and nothing panics. The memory ends anywhere,
//! and the lists lie on one another.
//!
//! The suite `preview1` attacks the whole adapter in the same way; its machine code is not instrumented.
#![no_main]

use std::cell::Cell;
use std::ops::Range;

use arbitrary::Arbitrary;
use interpose_preview1::{
    Clock, Descriptors, Errno, FdFlags, FileType, Listed, Listing, Memory, OpenFlags, Revision,
    Rights, Scope, Strings, Whence, event_bytes, first_span, path, seek, subscriptions, times,
};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    memory: Vec<u8>,
    calls: Vec<Call>,
}

#[derive(Debug, Arbitrary)]
enum Call {
    Vectors {
        list: Pointer,
        count: u32,
    },
    Subscriptions {
        list: Pointer,
        events: Pointer,
        count: u32,
        is_old: bool,
    },
    Path {
        at: Pointer,
        length: u32,
    },
    Directory {
        names: Vec<String>,
        at: Pointer,
        length: u32,
        cookie: u64,
    },
    Texts {
        texts: Vec<String>,
        pointers: Pointer,
        bytes: Pointer,
    },
    Sizes {
        texts: Vec<String>,
        count: Pointer,
        bytes: Pointer,
    },
    Seek {
        base: u64,
        offset: i64,
        whence: u32,
    },
    Flags {
        flags: u32,
        times: [u64; 2],
    },
    Rights {
        now: [u64; 2],
        next: [u64; 2],
        asked: u64,
    },
    Numbers {
        calls: Vec<(u8, u32, u32)>,
    },
}

/// A place in the memory, near its end, or anywhere.
#[derive(Debug, Arbitrary)]
enum Pointer {
    Within(u16),
    FromEnd(u8),
    Any(u32),
}

/// A memory that knows where was written.
struct Guarded {
    bytes: Vec<u8>,
    written: Vec<Range<u64>>,
    reads: Cell<u64>,
}

impl Guarded {
    fn range(&self, at: u32, length: usize) -> Range<usize> {
        let end = at as usize + length;
        assert!(
            end <= self.bytes.len(),
            "{at} + {length} of {}",
            self.bytes.len()
        );
        at as usize..end
    }

    fn place(&self, pointer: &Pointer) -> u32 {
        match *pointer {
            Pointer::Within(at) => u32::from(at) % (self.bytes.len() as u32 + 1),
            Pointer::FromEnd(from) => (self.bytes.len() as u32).saturating_sub(from.into()),
            Pointer::Any(at) => at,
        }
    }

    /// Runs a call that may write these ranges alone.
    fn guard<T>(&mut self, may_write: &[(u32, u64)], call: impl FnOnce(&mut Self) -> T) -> T {
        self.written.clear();
        let result = call(self);
        for written in &self.written {
            let is_meant = may_write.iter().any(|(at, length)| {
                u64::from(*at) <= written.start && written.end <= u64::from(*at) + length
            });
            assert!(
                written.is_empty() || is_meant,
                "{written:?} is not in {may_write:?}"
            );
        }
        result
    }
}

impl Memory for Guarded {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&self, at: u32, to: &mut [u8]) {
        if !to.is_empty() {
            to.copy_from_slice(&self.bytes[self.range(at, to.len())]);
        }
        self.reads.set(self.reads.get() + to.len() as u64);
    }

    fn write(&mut self, at: u32, from: &[u8]) {
        if !from.is_empty() {
            let range = self.range(at, from.len());
            self.written.push(range.start as u64..range.end as u64);
            self.bytes[range].copy_from_slice(from);
        }
    }
}

fuzz_target!(|input: Input| {
    let mut memory = Guarded {
        bytes: input.memory,
        written: Vec::new(),
        reads: Cell::new(0),
    };
    for call in input.calls {
        make(&mut memory, call);
    }
});

fn make(memory: &mut Guarded, call: Call) {
    match call {
        Call::Vectors { list, count } => {
            let list = memory.place(&list);
            if let Ok(span) = memory.guard(&[], |memory| first_span(memory, list, count)) {
                assert!(
                    span.length == 0
                        || u64::from(span.at) + u64::from(span.length) <= memory.size()
                );
            }
        }
        Call::Subscriptions {
            list,
            events,
            count,
            is_old,
        } => {
            let (list, events) = (memory.place(&list), memory.place(&events));
            let revision = if is_old {
                Revision::Unstable
            } else {
                Revision::Preview1
            };
            let read = memory.guard(&[], |memory| {
                subscriptions(memory, list, events, count, revision)
            });
            if let Ok(read) = read {
                assert_eq!(read.len(), count as usize);
                assert!(u64::from(events) + 32 * u64::from(count) <= memory.size());
                assert!(event_bytes(&[]).is_empty());
            }
        }
        Call::Path { at, length } => {
            let at = memory.place(&at);
            let before = memory.reads.get();
            if let Ok(text) = memory.guard(&[], |memory| path(memory, at, length)) {
                assert_eq!(text.len(), length as usize);
            }
            assert!(memory.reads.get() - before <= u64::from(length));
        }
        Call::Directory {
            names,
            at,
            length,
            cookie,
        } => {
            let at = memory.place(&at);
            let listing = Listing::new(
                1,
                names.into_iter().map(|name| Listed {
                    name,
                    inode: 2,
                    file_type: FileType::RegularFile,
                }),
            );
            let stored = memory.guard(&[(at, length.into())], |memory| {
                listing.store(memory, at, length, cookie)
            });
            assert!(stored.is_ok_and(|written| written <= length) || stored == Err(Errno::Fault));
        }
        Call::Texts {
            texts,
            pointers,
            bytes,
        } => {
            let (pointers, bytes, strings) = (
                memory.place(&pointers),
                memory.place(&bytes),
                strings(&texts),
            );
            let length = texts.iter().map(|text| text.len() as u64 + 1).sum();
            let may_write = [(pointers, 4 * texts.len() as u64), (bytes, length)];
            let stored = memory.guard(&may_write, |memory| strings.store(memory, pointers, bytes));
            assert!(stored.is_ok() || stored == Err(Errno::Fault));
        }
        Call::Sizes {
            texts,
            count,
            bytes,
        } => {
            let (count, bytes, strings) =
                (memory.place(&count), memory.place(&bytes), strings(&texts));
            let stored = memory.guard(&[(count, 4), (bytes, 4)], |memory| {
                strings.store_sizes(memory, count, bytes)
            });
            assert!(stored.is_ok() || stored == Err(Errno::Fault));
        }
        Call::Seek {
            base,
            offset,
            whence,
        } => {
            let sum = i128::from(base) + i128::from(offset);
            assert_eq!(seek(base, offset).ok(), u64::try_from(sum).ok());
            for revision in [Revision::Preview1, Revision::Unstable] {
                assert_eq!(Whence::parse(whence, revision).is_ok(), whence < 3);
            }
        }
        Call::Flags {
            flags,
            times: [access, modification],
        } => {
            assert_eq!(FdFlags::parse(flags).is_ok(), flags < 32);
            assert_eq!(OpenFlags::parse(flags).is_ok(), flags < 16);
            assert_eq!(Clock::parse(flags).is_ok(), flags < 4);
            let contradicts = flags & 3 == 3 || flags & 12 == 12;
            assert_eq!(
                times(access, modification, flags).is_ok(),
                flags < 16 && !contradicts
            );
        }
        Call::Rights { now, next, asked } => {
            let parse = |[base, inheriting]: [u64; 2]| {
                Some(Scope {
                    base: Rights::parse(base).ok()?,
                    inheriting: Rights::parse(inheriting).ok()?,
                })
            };
            let mask = |pair: [u64; 2]| pair.map(|bits| bits & Rights::ALL.bits());
            let (Some(now), Some(next)) = (parse(mask(now)), parse(mask(next))) else {
                return;
            };
            let mut scope = now;
            let narrowed = scope.narrow(now, next);
            assert!(now.base.contains(scope.base) && now.inheriting.contains(scope.inheriting));
            assert_eq!(
                narrowed.is_ok(),
                scope == next
                    && now.base.contains(next.base)
                    && now.inheriting.contains(next.inheriting)
            );
            if let Ok(asked) = Rights::parse(asked)
                && let Ok(child) = scope.child(asked)
            {
                assert!(scope.inheriting.contains(child.base) && child.base.contains(asked));
            }
        }
        Call::Numbers { calls } => {
            let mut table = Descriptors::default();
            for (call, from, to) in calls {
                let (from, to) = (from % 64, to % 64);
                match call % 4 {
                    0 | 1 => drop(table.add(from)),
                    2 => drop(table.remove(from)),
                    _ => drop(table.renumber(from, to)),
                }
            }
        }
    }
}

fn strings(texts: &[String]) -> Strings {
    let mut strings = Strings::default();
    for text in texts {
        strings.add(&[text]);
    }
    strings
}
