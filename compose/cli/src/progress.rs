//! Showing that something is being done: a spinner on a terminal, a line elsewhere if it takes long.

use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::message::Reporter;
use crate::terminal::{self, printable};

/// Work that takes less is not worth a line where no terminal is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something that is being done; ends when it is dropped.
pub struct Progress {
    what: String,
    started: Instant,
    /// Who is told how long it took.
    reporter: Option<Reporter>,
    display: Display,
}

enum Display {
    None,
    Spinner(ProgressBar),
    Line(Option<(Sender<()>, JoinHandle<()>)>),
}

impl Progress {
    pub fn start(what: String, silent: bool, reporter: Option<Reporter>) -> Self {
        let display = if silent {
            Display::None
        } else if std::io::stderr().is_terminal() {
            Display::Spinner(spinner(printable(&what)))
        } else {
            let (sender, receiver) = channel();
            let line = what.clone();
            Display::Line(Some((
                sender,
                std::thread::spawn(move || print_if_long(&line, &receiver)),
            )))
        };
        Self {
            what,
            started: Instant::now(),
            reporter,
            display,
        }
    }
}

fn spinner(what: String) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn print_if_long(what: &str, done: &Receiver<()>) {
    if done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
        terminal::message(&format!("{} …", printable(what)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        match &mut self.display {
            Display::None => {}
            Display::Spinner(bar) => bar.finish_and_clear(),
            Display::Line(worker) => {
                if let Some((sender, thread)) = worker.take() {
                    let _ = sender.send(());
                    let _ = thread.join();
                }
            }
        }
        if let Some(reporter) = &self.reporter {
            let time = self.started.elapsed().as_secs_f64() * 1e3;
            reporter.note("step::done", &format!("{}: {time:.1} ms", self.what));
        }
    }
}
