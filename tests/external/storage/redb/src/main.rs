//! A bank on redb, which looks after each start whether all that a loss of power must not take is there.
//!
//! The argument is a mode. The program moves money in some transactions, and writes the number of each one that redb has made
//! durable to the file `acknowledged`, synced. Without an argument it only looks.
//!
//! - `immediate`: each commit is durable, which is redb's default.
//! - `two-phase`: the same, committed in two phases, with what a quick repair needs.
//! - `none`: only some commits are durable.
//! - `in-place`: the database is made where it stays, and gets one transaction. The other modes make it under another name.
//! - `unsynced`: as `immediate`, on a file that is never synced.
//!
//! If something is wrong, the first word of the line on standard error is `error` if redb reports it, `damaged` if
//! `check_integrity` or what is in the database does, and `lost` if an acknowledged transaction is not there.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition,
    TableError, WriteTransaction,
};

const ACCOUNTS: u64 = 8;
const BALANCE: u64 = 1_000_000;
const TRANSACTIONS: u64 = 6;

const BALANCES: TableDefinition<'_, u64, u64> = TableDefinition::new("balances");
/// The transfers: the transaction, source, target, amount and note of each.
const TRANSFERS: TableDefinition<'_, u64, (u64, u64, u64, u64, &[u8])> =
    TableDefinition::new("transfers");
const LAST: TableDefinition<'_, (), u64> = TableDefinition::new("last");

const NAME: &str = "/bank.redb";
const UNFINISHED: &str = "/unfinished.redb";
const ACKNOWLEDGED: &str = "/acknowledged";

/// Why the program ends.
enum End {
    Failed(Box<dyn Error>),
    Damaged(String),
    Lost { acknowledged: u64, last: u64 },
}

impl<E: Into<Box<dyn Error>>> From<E> for End {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

fn main() -> ExitCode {
    let mode = std::env::args().nth(1);
    let Err(end) = run(mode.as_deref()) else {
        return ExitCode::SUCCESS;
    };
    match end {
        End::Failed(error) => eprintln!("error: {error}"),
        End::Damaged(what) => eprintln!("damaged: {what}"),
        End::Lost { acknowledged, last } => eprintln!(
            "lost: transaction {acknowledged} was acknowledged, and the last one is {last}"
        ),
    }
    ExitCode::FAILURE
}

fn run(mode: Option<&str>) -> Result<(), End> {
    let Some(mode) = mode else {
        look(&mut open(NAME, "immediate")?)?;
        return Ok(());
    };
    if mode != "in-place" && !fs::exists(NAME)? {
        make(mode)?;
    }
    let mut database = open(NAME, mode)?;
    let last = match look(&mut database)? {
        0 => begin(&database)?,
        last => last,
    };
    let more = if mode == "in-place" { 0 } else { TRANSACTIONS };
    for number in last + 1..=last + more {
        transact(&database, number, mode)?;
    }
    Ok(())
}

/// Makes the database under another name, and gives it its own name when it is whole.
fn make(mode: &str) -> Result<(), End> {
    // What a loss of power has left of an earlier one is in the way.
    if fs::exists(UNFINISHED)? {
        fs::remove_file(UNFINISHED)?;
    }
    drop(open(UNFINISHED, mode)?);
    File::open(UNFINISHED)?.sync_all()?;
    fs::rename(UNFINISHED, NAME)?;
    File::open("/")?.sync_all()?;
    Ok(())
}

fn open(path: impl AsRef<Path>, mode: &str) -> Result<Database, End> {
    let mut builder = Database::builder();
    // So small that pages are written before their transaction is committed.
    builder.set_cache_size(64 << 10);
    if mode != "unsynced" {
        return Ok(builder.create(path)?);
    }
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).open(path)?;
    Ok(builder.create_with_backend(Unsynced(Mutex::new(file)))?)
}

/// Writes the first transaction.
fn begin(database: &Database) -> Result<u64, End> {
    let transaction = database.begin_write()?;
    {
        let mut balances = transaction.open_table(BALANCES)?;
        for account in 0..ACCOUNTS {
            balances.insert(account, BALANCE)?;
        }
        transaction.open_table(TRANSFERS)?;
        transaction.open_table(LAST)?.insert((), 1)?;
    }
    transaction.commit()?;
    // The database may have got its name only now.
    File::open("/")?.sync_all()?;
    acknowledge(1)?;
    Ok(1)
}

/// Does transactions until one is committed.
fn transact(database: &Database, number: u64, mode: &str) -> Result<(), End> {
    loop {
        let mut transaction = database.begin_write()?;
        let is_durable = mode != "none" || below(3) == 0;
        if !is_durable {
            transaction.set_durability(Durability::None)?;
        }
        if mode == "two-phase" {
            transaction.set_two_phase_commit(true);
            transaction.set_quick_repair(true);
        }
        transfer(&transaction, number)?;
        if below(8) == 0 {
            transaction.abort()?;
            continue;
        }
        transaction.commit()?;
        if is_durable {
            acknowledge(number)?;
        }
        return Ok(());
    }
}

/// Some transfers with notes of all lengths; some older ones are removed, and their money goes back.
fn transfer(transaction: &WriteTransaction, number: u64) -> Result<(), End> {
    let mut balances = transaction.open_table(BALANCES)?;
    let mut transfers = transaction.open_table(TRANSFERS)?;
    let mut pass = |source: u64, target: u64, amount: u64| -> Result<(), End> {
        for (account, more, less) in [(source, 0, amount), (target, amount, 0)] {
            let balance = balances.get(account)?.map_or(0, |balance| balance.value());
            balances.insert(account, balance + more - less)?;
        }
        Ok(())
    };
    let many = match below(4) {
        0 => 20,
        _ => 1 + below(3),
    };
    for _ in 0..many {
        let id = match transfers.last()? {
            Some((id, _)) => id.value() + 1,
            None => 0,
        };
        let old = below(id + 1);
        if let Some(old) = transfers.remove(old)? {
            let (_, source, target, amount, _) = old.value();
            pass(target, source, amount)?;
        }
        let (source, target, amount) = (below(ACCOUNTS), below(ACCOUNTS), below(100));
        pass(source, target, amount)?;
        let note = vec![letter(id); below(3000) as usize];
        transfers.insert(id, (number, source, target, amount, note.as_slice()))?;
    }
    transaction.open_table(LAST)?.insert((), number)?;
    Ok(())
}

/// Looks at the whole database, and returns how many transactions are in it; 0 if it has no tables.
fn look(database: &mut Database) -> Result<u64, End> {
    let damaged = |what: &str| Err(End::Damaged(what.into()));
    if !database.check_integrity()? {
        return damaged("check_integrity");
    }
    let acknowledged = acknowledged();
    let transaction = database.begin_read()?;
    let last = match transaction.open_table(LAST) {
        Err(TableError::TableDoesNotExist(_)) => 0,
        table => table?.get(())?.map_or(0, |last| last.value()),
    };
    if last < acknowledged {
        return Err(End::Lost { acknowledged, last });
    }
    if last == 0 {
        return Ok(0);
    }
    let mut expected = [BALANCE; ACCOUNTS as usize];
    let mut newest = 1;
    for row in transaction.open_table(TRANSFERS)?.iter()? {
        let (id, row) = row?;
        let (number, source, target, amount, note) = row.value();
        newest = newest.max(number);
        if note.iter().any(|byte| *byte != letter(id.value())) {
            return damaged("the note of a transfer is wrong");
        }
        expected[source as usize] -= amount;
        expected[target as usize] += amount;
    }
    if newest > last {
        return damaged("a transfer is of no transaction");
    }
    let balances = transaction.open_table(BALANCES)?;
    for (account, expected) in (0..).zip(expected) {
        if balances.get(account)?.map(|balance| balance.value()) != Some(expected) {
            return damaged("a balance differs from the transfers");
        }
    }
    Ok(last)
}

/// The byte of which the note of a transfer is made.
fn letter(id: u64) -> u8 {
    b'a' + (id % 26) as u8
}

/// The number of the last transaction that was acknowledged; 0 if none was.
fn acknowledged() -> u64 {
    let bytes = fs::read(ACKNOWLEDGED).unwrap_or_default();
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

/// Acknowledges a transaction. Eight bytes at the beginning of a file are in one block, so they are never torn.
fn acknowledge(number: u64) -> Result<(), End> {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(false);
    let mut file = options.open(ACKNOWLEDGED)?;
    file.write_all(&number.to_le_bytes())?;
    file.sync_all()?;
    if number == 1 {
        File::open("/")?.sync_all()?;
    }
    Ok(())
}

/// A random number, from the numbers that the host gives to hash maps.
fn below(limit: u64) -> u64 {
    RandomState::new().build_hasher().finish() % limit
}

/// A file that is never synced.
#[derive(Debug)]
struct Unsynced(Mutex<File>);

impl Unsynced {
    fn at(&self, offset: u64) -> io::Result<std::sync::MutexGuard<'_, File>> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        Ok(file)
    }
}

impl StorageBackend for Unsynced {
    fn len(&self) -> io::Result<u64> {
        Ok(self.at(0)?.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.at(offset)?.read_exact(out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.at(0)?.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.at(offset)?.write_all(data)
    }
}
