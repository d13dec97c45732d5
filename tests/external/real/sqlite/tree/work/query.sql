SELECT count(*), total(length(v)) FROM t;
SELECT id, k, length(v) FROM t WHERE k BETWEEN 'key001000' AND 'key001020' ORDER BY k;
SELECT type, name FROM sqlite_schema ORDER BY name;
