/*
** A bank on SQLite, which looks after each start whether all that a loss of power must not take is there.
**
** Arguments: JOURNAL SYNCHRONOUS [acknowledged]. It moves money in some transactions with these settings, and writes the
** number of each one that SQLite has committed to the file `acknowledged`, synced. Without arguments it only looks.
**
** If something is wrong, the first word of the line on standard error is `error` if SQLite reports it, `damaged` if
** `PRAGMA integrity_check` or what is in the database does, and `lost` if an acknowledged transaction is not there. That is
** looked for only with the third argument, because not all settings promise it.
*/
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sqlite3.h"

enum { ACCOUNTS = 8, BALANCE = 1000, TRANSACTIONS = 6, LONGEST = 3000 };

static sqlite3 *db;

static void end(const char *kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s: ", kind);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

static void failed(const char *what) { end("error", "%s: %s", what, sqlite3_errmsg(db)); }

static uint32_t below(uint32_t limit) {
  uint32_t number;
  if (getentropy(&number, sizeof number)) end("error", "there are no random numbers");
  return number % limit;
}

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, 0) != SQLITE_OK) failed(sql);
  return statement;
}

/* Runs statements; of the rows of the last one, the first column of the first counts. */
static int64_t run(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  int64_t number = 0;
  for (const char *rest = sql; *rest;) {
    sqlite3_stmt *statement;
    const char *begin = rest;
    if (sqlite3_prepare_v2(db, rest, -1, &statement, &rest) != SQLITE_OK) failed(begin);
    if (!statement) continue;
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW) number = sqlite3_column_int64(statement, 0);
    while (step == SQLITE_ROW) step = sqlite3_step(statement);
    if (step != SQLITE_DONE) failed(begin);
    sqlite3_finalize(statement);
  }
  sqlite3_free(sql);
  return number;
}

/* The letter of which the note of a transfer is made. */
static char letter(int64_t id, int64_t version) { return 'a' + (id + version) % 26; }

/* Looks at the whole database, and returns how many transactions are in it; 0 if it has no tables. */
static int64_t look(void) {
  sqlite3_stmt *check = prepare("PRAGMA integrity_check");
  if (sqlite3_step(check) != SQLITE_ROW) failed("PRAGMA integrity_check");
  char *verdict = sqlite3_mprintf("%s", sqlite3_column_text(check, 0));
  /* The last line on standard error is to say it all. */
  for (char *line = verdict; (line = strchr(line, '\n'));) *line = ' ';
  if (strcmp(verdict, "ok")) end("damaged", "integrity_check: %s", verdict);
  sqlite3_free(verdict);
  sqlite3_finalize(check);

  int64_t tables = run("SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
  if (tables == 0) return 0;
  if (tables != 3) end("damaged", "%lld of 3 tables are there", (long long)tables);
  if (run("SELECT count(*) FROM account") != ACCOUNTS) end("damaged", "accounts are missing");
  if (run("SELECT sum(balance) FROM account") != ACCOUNTS * BALANCE) end("damaged", "the sum of the balances is wrong");
  int64_t wrong = run(
      "SELECT count(*) FROM account WHERE balance <> %d"
      " + (SELECT coalesce(sum(amount), 0) FROM transfer WHERE target = account.id)"
      " - (SELECT coalesce(sum(amount), 0) FROM transfer WHERE source = account.id)",
      BALANCE);
  if (wrong) end("damaged", "%lld balances differ from the transfers", (long long)wrong);
  int64_t committed = run("SELECT number FROM last");
  if (run("SELECT coalesce(max(batch), 1) FROM transfer") != committed) end("damaged", "the last transfer is not of the last transaction");

  sqlite3_stmt *notes = prepare("SELECT id, version, note FROM transfer");
  int step;
  while ((step = sqlite3_step(notes)) == SQLITE_ROW) {
    char expected = letter(sqlite3_column_int64(notes, 0), sqlite3_column_int64(notes, 1));
    const char *note = sqlite3_column_blob(notes, 2);
    for (int i = 0, length = sqlite3_column_bytes(notes, 2); i < length; i++)
      if (note[i] != expected) end("damaged", "the note of a transfer is wrong");
  }
  if (step != SQLITE_DONE) failed("SELECT note");
  sqlite3_finalize(notes);
  return committed;
}

/* The number of the last transaction that was acknowledged; 0 if none was. */
static int64_t acknowledged(void) {
  int64_t number = 0;
  int file = open("acknowledged", O_RDONLY);
  if (file < 0) return 0;
  ssize_t length = read(file, &number, sizeof number);
  close(file);
  return length == sizeof number ? number : 0;
}

static void sync_or_end(int file) {
  if (file < 0 || fsync(file) || close(file)) end("error", "a file cannot be synced");
}

/* Acknowledges a transaction. Eight bytes at the beginning of a file are in one block, so they are never torn. */
static void acknowledge(int64_t number) {
  int file = open("acknowledged", O_WRONLY | O_CREAT, 0666);
  if (pwrite(file, &number, sizeof number, 0) != sizeof number) end("error", "a file cannot be written");
  sync_or_end(file);
  if (number == 1) sync_or_end(open("/", O_RDONLY));
}

/* One transaction: some transfers with notes of all lengths, and new notes for some old ones. */
static void transact(int64_t number) {
  run("BEGIN IMMEDIATE");
  /* Some do not fit into the cache, so that pages are written before the transaction is committed. */
  for (uint32_t left = below(4) ? 1 + below(3) : 20; left; left--) {
    int source = 1 + below(ACCOUNTS), target = 1 + below(ACCOUNTS), amount = below(100);
    int length = below(2) ? below(100) : below(LONGEST);
    run("UPDATE account SET balance = balance - %d WHERE id = %d", amount, source);
    run("UPDATE account SET balance = balance + %d WHERE id = %d", amount, target);
    int64_t id = run("SELECT coalesce(max(id), 0) + 1 FROM transfer");
    run("INSERT INTO transfer VALUES(%lld, %lld, %d, %d, %d, 0, replace(hex(zeroblob(%d)), '00', '%c'))", id, number,
        source, target, amount, length, letter(id, 0));
    int64_t old = 1 + below(id);
    int64_t version = 1 + run("SELECT version FROM transfer WHERE id = %lld", old);
    run("UPDATE transfer SET version = %lld, note = replace(hex(zeroblob(%d)), '00', '%c') WHERE id = %lld", version,
        below(LONGEST), letter(old, version), old);
  }
  run("UPDATE last SET number = %lld", number);
  if (below(8) == 0) {
    run("ROLLBACK");
    transact(number);
    return;
  }
  run("COMMIT");
  acknowledge(number);
}

int main(int count, char **arguments) {
  /* WASI has no locks. */
  if (sqlite3_open_v2("bank.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix-none") != SQLITE_OK)
    failed("opening");
  int writes = count > 2;
  /* There is no shared memory, without which only one connection can use a write-ahead log. In other modes, journals are
  ** deleted only if locks are given back. */
  int keeps_lock = !writes || !strcmp(arguments[1], "wal");
  if (keeps_lock) run("PRAGMA locking_mode = exclusive");
  int64_t number = look();
  if (count > 3) {
    int64_t last = acknowledged();
    if (last > number)
      end("lost", "transaction %lld was acknowledged, and the last one is %lld", (long long)last, (long long)number);
  }
  if (!writes) return 0;

  run("PRAGMA journal_mode = %s; PRAGMA synchronous = %s; PRAGMA cache_size = 6; PRAGMA wal_autocheckpoint = 12",
      arguments[1], arguments[2]);
  if (number == 0) {
    run("BEGIN IMMEDIATE;"
        "CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER);"
        "CREATE TABLE transfer(id INTEGER PRIMARY KEY, batch INTEGER, source INTEGER, target INTEGER, amount INTEGER,"
        " version INTEGER, note TEXT);"
        "CREATE INDEX transfers_to ON transfer(target, amount);"
        "CREATE TABLE last(number INTEGER);"
        "INSERT INTO last VALUES(1)");
    for (int id = 1; id <= ACCOUNTS; id++) run("INSERT INTO account VALUES(%d, %d)", id, BALANCE);
    run("COMMIT");
    number = 1;
    acknowledge(number);
  }
  for (int i = 0; i < TRANSACTIONS; i++) transact(++number);
  if (sqlite3_close(db) != SQLITE_OK) failed("closing");
}
