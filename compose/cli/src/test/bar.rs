//! Shows how far a campaign has come: a bar on a terminal, otherwise a line from time to time.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use interpose_simulate::Progress as Done;

use crate::progress::Progress;
use crate::session::Session;

/// How far a campaign has come.
pub struct Bar {
    display: Display,
    /// When the first seed began.
    started: Mutex<Option<Instant>>,
}

enum Display {
    Bar(ProgressBar),
    Lines(Progress),
}

impl Bar {
    pub fn new(session: &Session) -> Self {
        let is_shown = !session.quiet && !session.json && std::io::stderr().is_terminal();
        let display = match is_shown {
            true => Display::Bar(bar()),
            false => Display::Lines(session.progress("testing")),
        };
        Self {
            display,
            started: Mutex::new(None),
        }
    }

    pub fn show(&self, done: Done) {
        match &self.display {
            Display::Bar(bar) => self.draw(bar, done),
            Display::Lines(progress) => match done {
                Done::Preparing => {}
                Done::Running { done, of, failed } => {
                    progress.further(&format!("{done} of {of} seeds, {failed} failed"));
                }
                Done::Shrinking { done, of } => {
                    progress.further(&format!("shrinking, {done} of {of} causes"));
                }
            },
        }
    }

    fn draw(&self, bar: &ProgressBar, done: Done) {
        match done {
            Done::Preparing => bar.set_message("composing and compiling"),
            Done::Running { done, of, failed } => {
                let mut started = self
                    .started
                    .lock()
                    .unwrap_or_else(|error| error.into_inner());
                let started = *started.get_or_insert_with(Instant::now);
                let rate = done as f64 / started.elapsed().as_secs_f64().max(1e-3);
                bar.set_length(of);
                bar.set_position(done);
                bar.set_message(format!("{rate:.0} a second, {failed} failed"));
            }
            Done::Shrinking { done, of } => {
                bar.set_length(of);
                bar.set_position(done);
                bar.set_message("causes shrunk");
            }
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }
}
