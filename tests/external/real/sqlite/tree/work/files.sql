.mode csv
SELECT name, length(data) FROM fsdir('/work') ORDER BY name;
SELECT writefile('/work/made/of/new/directories.txt', 'text');
SELECT writefile('/work/dir/a.txt', zeroblob(100000));
SELECT length(readfile('/work/dir/a.txt'));
SELECT readfile('/work/no-such-file') IS NULL;
