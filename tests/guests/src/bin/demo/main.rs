//! A small journal, as a real program would keep it: it writes pages into a tree of directories, waits an hour between
//! them, draws a lucky number for each, and then reads everything back and prints it with its timestamps.
//!
//! On a host each run differs in every line and takes three hours. Under a deterministic policy all runs are the same
//! and take no time.

mod calendar;
mod journal;
mod luck;

use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use journal::Journal;

const HOUR: Duration = Duration::from_secs(3600);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    println!("It is {}.", calendar::format(SystemTime::now()));

    let journal = Journal::create("journal")?;
    for title in ["Arrival", "A walk", "Nothing happened", "Departure"] {
        let number = luck::number(1..=49)?;
        let page = journal.write(
            title,
            &format!("{title}. The lucky number of this hour is {number}.\n"),
        )?;
        println!("Wrote {}; now I sleep for an hour.", page.display());
        sleep(HOUR);
    }
    journal.bind()?;

    println!(
        "The journal after {} minutes:",
        started.elapsed().as_secs() / 60
    );
    for page in journal.pages()? {
        println!(
            "  {}  {:>4} bytes  {}",
            calendar::format(page.modified),
            page.length,
            page.path.display()
        );
    }
    print!("{}", journal.read()?);
    Ok(())
}
