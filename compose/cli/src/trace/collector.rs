//! Collects events on the threads of applications, and passes them on in batches.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use interpose_host::{Instance, Observe};

/// The bytes with which a batch is passed on.
const BATCH: usize = 64 << 10;

/// The most batches that wait to be written. An application that is faster than the writer waits for it then.
const WAITING: usize = 64;

/// The time after which a batch is passed on that is not full.
const DELAY: Duration = Duration::from_millis(100);

/// Something that happened, in the order in which it did.
pub struct Record {
    /// The time since the start in nanoseconds.
    pub at: u64,
    /// The position of the probe.
    pub probe: usize,
    /// The number of the instance.
    pub instance: u64,
    pub what: What,
}

/// What happened.
pub enum What {
    /// An instance begins, which answers this request.
    Began(Option<Arc<str>>),
    /// An event with so many bytes.
    Event(usize),
    /// An instance has ended.
    Ended,
}

/// What happened in some time.
#[derive(Default)]
pub struct Batch {
    pub records: Vec<Record>,
    /// The bytes of the events, one after the other.
    pub bytes: Vec<u8>,
}

/// What the writer is told.
enum Message {
    Batch(Batch),
    /// Nothing more comes, and why a call did not return.
    End(Option<String>),
}

/// Collects events.
pub struct Collector {
    started: Instant,
    /// While it is locked, nothing is sent that does not come before what is in it.
    batch: Mutex<Batch>,
    sender: SyncSender<Message>,
}

/// Receives what was collected.
pub struct Batches(Receiver<Message>);

impl Collector {
    pub fn new() -> (Self, Batches) {
        let (sender, receiver) = sync_channel(WAITING);
        let collector = Self {
            started: Instant::now(),
            batch: Mutex::default(),
            sender,
        };
        (collector, Batches(receiver))
    }

    fn add(&self, probe: usize, instance: u64, what: What, event: &[u8]) {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        batch.records.push(Record {
            // Of several threads, the time is asked for in the order of the records.
            at: u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX),
            probe,
            instance,
            what,
        });
        batch.bytes.extend_from_slice(event);
        if batch.bytes.len() + size_of::<Record>() * batch.records.len() >= BATCH {
            let full = std::mem::take(&mut *batch);
            // After the end, nobody receives it.
            let _ = self.sender.send(Message::Batch(full));
        }
    }

    /// Passes on what is left, and that nothing more comes.
    pub fn end(&self, reason: Option<String>) {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        let last = std::mem::take(&mut *batch);
        let _ = self.sender.send(Message::Batch(last));
        let _ = self.sender.send(Message::End(reason));
    }
}

impl Batches {
    /// Calls `take` with each batch in order, until nothing more comes. Returns why a call did not return.
    pub fn each(&self, collector: &Collector, mut take: impl FnMut(Batch)) -> Option<String> {
        loop {
            match self.0.recv_timeout(DELAY) {
                Ok(Message::Batch(batch)) => take(batch),
                Ok(Message::End(reason)) => return reason,
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    // A thread that has the lock may wait until this one receives.
                    let mut batch = match collector.batch.try_lock() {
                        Ok(batch) => batch,
                        Err(TryLockError::Poisoned(batch)) => batch.into_inner(),
                        Err(TryLockError::WouldBlock) => continue,
                    };
                    // What was sent meanwhile comes first.
                    let mut earlier = Vec::new();
                    let end = loop {
                        match self.0.try_recv() {
                            Ok(Message::Batch(batch)) => earlier.push(batch),
                            Ok(Message::End(reason)) => break Some(reason),
                            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break None,
                        }
                    };
                    let last = std::mem::take(&mut *batch);
                    drop(batch);
                    earlier.into_iter().for_each(&mut take);
                    if let Some(reason) = end {
                        return reason;
                    }
                    if !last.records.is_empty() {
                        take(last);
                    }
                }
            }
        }
    }
}

/// A probe whose events are collected.
pub struct Probed {
    pub collector: Arc<Collector>,
    /// Its position.
    pub position: usize,
}

impl Observe for Probed {
    fn began(&self, instance: &Instance) {
        let what = What::Began(instance.request.clone());
        self.collector
            .add(self.position, instance.number, what, &[]);
    }

    fn event(&self, instance: &Instance, event: &[u8]) {
        let what = What::Event(event.len());
        self.collector
            .add(self.position, instance.number, what, event);
    }

    fn ended(&self, instance: &Instance) {
        self.collector
            .add(self.position, instance.number, What::Ended, &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_nothing_is_exchanged() {
        const EVENTS: u64 = 50_000;
        let (collector, batches) = Collector::new();
        let collector = Arc::new(collector);
        let threads: Vec<_> = (0..3)
            .map(|instance| {
                let probed = Probed {
                    collector: Arc::clone(&collector),
                    position: 0,
                };
                let instance = Instance {
                    number: instance,
                    request: None,
                };
                std::thread::spawn(move || {
                    probed.began(&instance);
                    for event in 0..EVENTS {
                        if event % 20_000 == 0 {
                            // Long enough for a batch to be passed on that is not full.
                            std::thread::sleep(2 * DELAY);
                        }
                        probed.event(&instance, &event.to_le_bytes()[..(event % 8) as usize + 1]);
                    }
                    probed.ended(&instance);
                })
            })
            .collect();
        let ending = Arc::clone(&collector);
        let end = std::thread::spawn(move || {
            for thread in threads {
                thread.join().expect("no panic");
            }
            ending.end(Some("because".into()));
        });
        let (mut next, mut times, mut ended) = ([0; 3], 0, 0);
        let reason = batches.each(&collector, |batch| {
            let mut bytes = batch.bytes.as_slice();
            for record in batch.records {
                assert!(record.at >= times);
                times = record.at;
                match record.what {
                    What::Event(length) => {
                        let (event, rest) = bytes.split_at(length);
                        bytes = rest;
                        let next: &mut u64 = &mut next[record.instance as usize];
                        assert_eq!(event, &next.to_le_bytes()[..(*next % 8) as usize + 1]);
                        *next += 1;
                    }
                    What::Began(_) => assert_eq!(next[record.instance as usize], 0),
                    What::Ended => ended += 1,
                }
            }
            assert!(bytes.is_empty());
        });
        end.join().expect("no panic");
        assert_eq!((next, ended), ([EVENTS; 3], 3));
        assert_eq!(reason.as_deref(), Some("because"));
        // What still runs after the end is not in the way.
        for _ in 0..10_000 {
            collector.add(0, 0, What::Ended, &[]);
        }
    }
}
