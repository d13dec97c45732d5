"""Counts the words of a file, writes the counts to another as JSON, and prints the most frequent."""

import collections
import hashlib
import json
import pathlib
import re
import sys

source, target = map(pathlib.Path, sys.argv[1:])
text = source.read_text()
counts = collections.Counter(re.findall(r"\w+", text.lower()))
target.write_text(json.dumps(dict(sorted(counts.items())), indent=1))
print(counts.most_common(3), hashlib.sha256(text.encode()).hexdigest()[:16])
print("missing:", pathlib.Path("/missing.txt").exists())
