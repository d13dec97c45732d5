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

/// How long it takes until a line says how far work has come that goes on after the last line.
const FURTHER: Duration = Duration::from_secs(10);

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
    /// The same is being done, and this is how far it has come.
    Further(String),
    /// The work is done.
    Done,
}

impl Display {
    fn line(what: String) -> Self {
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || {
            let print = |line: &str| terminal::message(&format!("{} …", printable(line)));
            print_if_long(what, &receiver, (PATIENCE, FURTHER), print);
        });
        Self::Line(sender, Some(thread))
    }
}

impl Progress {
    pub fn start(what: String, silent: bool, reporter: Option<Reporter>) -> Self {
        let display = if silent {
            Display::None
        } else if std::io::stderr().is_terminal() {
            Display::Spinner(spinner(printable(&what)))
        } else {
            Display::line(what.clone())
        };
        Self::new(what, display, reporter)
    }

    /// Like [`Progress::start`], for what is done when an application may have left a line open on the terminal, which a
    /// spinner would wipe out: lines alone.
    pub fn lines(what: String, silent: bool, reporter: Option<Reporter>) -> Self {
        let display = match silent {
            true => Display::None,
            false => Display::line(what.clone()),
        };
        Self::new(what, display, reporter)
    }

    fn new(what: String, display: Display, reporter: Option<Reporter>) -> Self {
        Self {
            what,
            started: Instant::now(),
            reporter,
            display,
        }
    }

    /// Says how far the work has come, for a line that is printed later.
    pub fn further(&self, how_far: &str) {
        if let Display::Line(sender, _) = &self.display {
            let _ = sender.send(Said::Further(format!("{}: {how_far}", self.what)));
        }
    }

    /// Something that shows a step of the work.
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

/// Prints a line for each thing that takes longer than the first time, and further lines of how far it has come, not more
/// often than the second says.
fn print_if_long(
    what: String,
    said: &Receiver<Said>,
    (patience, further): (Duration, Duration),
    mut print: impl FnMut(&str),
) {
    let mut unsaid = Some(what);
    let mut due = Instant::now() + patience;
    loop {
        let left = due.saturating_duration_since(Instant::now());
        // A line that is due does not wait for those who have more to say.
        if left.is_zero()
            && let Some(what) = unsaid.take()
        {
            print(&what);
            due = Instant::now() + further;
            continue;
        }
        let next = match unsaid {
            Some(_) => said.recv_timeout(left),
            None => said.recv().map_err(RecvTimeoutError::from),
        };
        match next {
            Ok(Said::Step(step)) => {
                unsaid = Some(step);
                due = Instant::now() + patience;
            }
            Ok(Said::Further(how_far)) => unsaid = Some(how_far),
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Said::Done) | Err(RecvTimeoutError::Disconnected) => return,
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

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    /// The lines about something that says this, one after the other, and is not done before there are so many of them.
    fn lines(times: (Duration, Duration), says: Vec<Said>, count: usize) -> Vec<String> {
        let (sender, receiver) = channel();
        let (printed, lines) = channel();
        let thread = std::thread::spawn(move || {
            print_if_long("work".into(), &receiver, times, |line| {
                let _ = printed.send(line.to_owned());
            });
        });
        for said in says {
            let _ = sender.send(said);
        }
        let found: Vec<String> = lines.iter().take(count).collect();
        let _ = sender.send(Said::Done);
        thread.join().expect("the thread ends");
        found.into_iter().chain(lines).collect()
    }

    #[test]
    fn what_is_done_soon_is_not_said() {
        let says = vec![Said::Step("step".into()), Said::Further("half".into())];
        assert_eq!(lines((LONG, LONG), says, 0), [""; 0]);
    }

    #[test]
    fn what_takes_long_is_said_once_with_how_far_it_is() {
        let patience = Duration::from_millis(100);
        assert_eq!(lines((patience, LONG), Vec::new(), 1), ["work"]);
        let says = (0..100).map(|part| Said::Further(format!("part {part}")));
        assert_eq!(lines((patience, LONG), says.collect(), 1), ["part 99"]);
    }

    #[test]
    fn news_do_not_put_off_a_line() {
        let (sender, receiver) = channel();
        let (stop, stopped) = channel();
        let talking = std::thread::spawn(move || {
            while stopped.try_recv().is_err() {
                let _ = sender.send(Said::Further("more".into()));
            }
        });
        let mut count = 0;
        let times = (Duration::from_millis(10), Duration::from_millis(10));
        print_if_long("work".into(), &receiver, times, |_| {
            count += 1;
            if count == 2 {
                let _ = stop.send(());
            }
        });
        talking.join().expect("the thread ends");
        assert!(count >= 2);
    }
}
