//! Shows the progress of work: a spinner on a terminal, otherwise a line if the work takes long.

use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::message::Reporter;
use crate::terminal::{self, printable};

/// Shorter work prints no line without a terminal.
const PATIENCE: Duration = Duration::from_secs(2);

/// Work in progress. It ends when this value is dropped.
pub struct Progress {
    what: String,
    started: Instant,
    /// The reporter of the work's duration, if it is reported.
    reporter: Option<Reporter>,
    display: Display,
}

enum Display {
    None,
    Spinner(ProgressBar),
    Line(Sender<Said>, Option<JoinHandle<()>>),
}

/// The messages to the thread that prints lines.
enum Said {
    /// The next step of the work began.
    Step(String),
    /// The work is done.
    Done,
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
            let thread = std::thread::spawn(move || print_if_long(line, &receiver));
            Display::Line(sender, Some(thread))
        };
        Self {
            what,
            started: Instant::now(),
            reporter,
            display,
        }
    }
}

impl Progress {
    /// A function that shows a step of the work.
    pub fn steps(&self) -> impl Fn(String) + Send + Sync + 'static {
        let what = self.what.clone();
        let show: Box<dyn Fn(String) + Send + Sync> = match &self.display {
            Display::None => Box::new(|_| {}),
            Display::Spinner(bar) => {
                let bar = bar.clone();
                Box::new(move |step| bar.set_message(printable(&step)))
            }
            Display::Line(sender, _) => {
                let sender = sender.clone();
                // The receiver is gone when the work is done.
                Box::new(move |step| drop(sender.send(Said::Step(step))))
            }
        };
        move |step| show(format!("{what}: {step}"))
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

/// Prints a line for each step that takes long.
fn print_if_long(what: String, said: &Receiver<Said>) {
    let mut unsaid = Some(what);
    loop {
        let next = match unsaid.take() {
            Some(what) => match said.recv_timeout(PATIENCE) {
                Err(RecvTimeoutError::Timeout) => {
                    terminal::message(&format!("{} …", printable(&what)));
                    continue;
                }
                next => next.ok(),
            },
            None => said.recv().ok(),
        };
        match next {
            Some(Said::Step(step)) => unsaid = Some(step),
            Some(Said::Done) | None => return,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        match &mut self.display {
            Display::None => {}
            Display::Spinner(bar) => bar.finish_and_clear(),
            Display::Line(sender, thread) => {
                if let Some(thread) = thread.take() {
                    let _ = sender.send(Said::Done);
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
