-- A cache of 16 pages, so that tables, indices and rollbacks go through files.
PRAGMA page_size = 1024;
PRAGMA cache_size = 16;
PRAGMA temp_store = FILE;
CREATE TABLE t(id INTEGER PRIMARY KEY, k TEXT, v BLOB);
BEGIN;
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 4000)
  INSERT INTO t SELECT i, printf('key%06d', (i * 7919) % 4001), zeroblob(i % 97) FROM c;
COMMIT;
CREATE INDEX tk ON t(k);
BEGIN;
DELETE FROM t WHERE id % 3 = 0;
ROLLBACK;
UPDATE t SET v = CAST(k || k AS BLOB) WHERE id % 5 = 0;
DELETE FROM t WHERE id % 7 = 0;
VACUUM;

-- Every kind of rollback journal.
PRAGMA journal_mode = TRUNCATE;
DELETE FROM t WHERE id % 11 = 0;
PRAGMA journal_mode = PERSIST;
DELETE FROM t WHERE id % 13 = 0;
PRAGMA journal_mode = DELETE;
SELECT count(*), sum(length(v)), min(k), max(k) FROM t;
PRAGMA integrity_check;

-- A transaction over two files.
ATTACH '/work/b.db' AS b;
BEGIN;
CREATE TABLE b.u AS SELECT * FROM t WHERE id < 300;
DELETE FROM t WHERE id < 300;
COMMIT;
SELECT count(*) FROM b.u;
SELECT count(*) FROM t;

-- Files that the shell itself reads and writes.
.backup main /work/copy.db
.mode csv
.output /work/out.csv
SELECT id, k, hex(v) FROM t ORDER BY k;
.output stdout
.import --csv /work/in.csv imp
.dump imp
SELECT name, data FROM fsdir('/work/dir') WHERE name LIKE '%.txt' ORDER BY name;
SELECT writefile('/work/dir/new.txt', 'hello'), readfile('/work/dir/a.txt');
