//! Decides how long an instance may run: as long as it makes progress and a client waits for it.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

/// Held while a client waits for an answer or for the rest of its body. Dropping it notifies the instance's
/// [`Attention`].
pub(super) struct Interest {
    shared: Arc<Shared>,
    _told: oneshot::Sender<Infallible>,
}

/// Notices when the [`Interest`] in an instance was dropped.
pub(super) struct Attention {
    shared: Arc<Shared>,
    told: oneshot::Receiver<Infallible>,
}

#[derive(Default)]
struct Shared {
    /// Whether the client got the head of an answer.
    settled: AtomicBool,
    /// Whether the instance was ended because it waited too long.
    idle: AtomicBool,
}

/// Why no client waits for an instance any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// The client hung up without an answer.
    Unanswered,
    /// The client got an answer, and has all of it or takes no more.
    Answered,
}

/// An interest and the attention that notices when it is dropped.
pub(super) fn interest() -> (Interest, Attention) {
    let shared = Arc::new(Shared::default());
    let (told, attention) = oneshot::channel();
    let interest = Interest {
        shared: Arc::clone(&shared),
        _told: told,
    };
    let told = attention;
    (interest, Attention { shared, told })
}

impl Interest {
    /// Records that the client gets an answer.
    pub(super) fn settle(&self) {
        self.shared.settled.store(true, Ordering::Release);
    }

    /// Whether the instance was ended because it waited too long.
    pub(super) fn was_idle(&self) -> bool {
        self.shared.idle.load(Ordering::Acquire)
    }
}

impl Attention {
    /// Records that the instance was ended because it waited too long.
    pub(super) fn was_idle(&self) {
        self.shared.idle.store(true, Ordering::Release);
    }

    /// Returns when no client waits any more.
    pub(super) async fn gone(&mut self) -> Gone {
        let _ = (&mut self.told).await;
        match self.shared.settled.load(Ordering::Acquire) {
            true => Gone::Answered,
            false => Gone::Unanswered,
        }
    }
}

/// The result of `work`; `None` if `work` waited for `limit` without being woken. Work that computes, or that is woken
/// again and again, has no limit here.
pub(super) async fn unless_idle<W: Future>(limit: Duration, work: W) -> Option<W::Output> {
    let mut work = pin!(work);
    let mut idle = pin!(sleep(limit));
    // The timer of the limit wakes the same task, so the work needs a waker of its own.
    let woken = Arc::new(Woken {
        work: AtomicBool::new(true),
        task: Mutex::new(Waker::noop().clone()),
    });
    let waker = Waker::from(Arc::clone(&woken));
    poll_fn(|context| {
        woken.task().clone_from(context.waker());
        if woken.work.swap(false, Ordering::AcqRel) {
            let result = work.as_mut().poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(result) = result {
                return Poll::Ready(Some(result));
            }
            idle.as_mut().reset(Instant::now() + limit);
        }
        idle.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// Wakes a task and records that the wake-up was for the work.
struct Woken {
    work: AtomicBool,
    task: Mutex<Waker>,
}

impl Woken {
    fn task(&self) -> std::sync::MutexGuard<'_, Waker> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.work.store(true, Ordering::Release);
        let task = self.task().clone();
        task.wake();
    }
}
