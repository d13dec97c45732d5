"""Uses what a Python program asks of its surroundings, and prints what it saw.

Lines that begin with `* ` depend on the surroundings: time, random numbers, variables. All others are the same wherever
the program runs.
"""

import datetime
import encodings.idna  # used by `socket`; a packaged program cannot import anything later
import errno
import hashlib
import json
import os
import pathlib
import random
import shutil
import socket
import sys
import time
import uuid
import zlib

from wit_world import exports


def files():
    root = pathlib.Path("/tmp/notes")
    root.mkdir()
    for number in range(20):
        path = root / f"{number % 4}" / f"note-{number:02}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"note {number}\n" * number, encoding="utf-8")
    (root / "0" / "note-00.txt").rename(root / "first.txt")
    os.replace(root / "1" / "note-01.txt", root / "1" / "note-05.txt")
    (root / "ünïcödé.json").write_text(json.dumps({"list": [1, 2.5, None, "ü"], "nested": {"a": True}}, indent=1))
    os.symlink("first.txt", root / "link")

    for directory, directories, names in os.walk(root):
        directories.sort()
        print(directory, *sorted(names))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.txt")):
        digest.update(path.read_bytes())
    print("sha256 of the notes:", digest.hexdigest())
    print("json:", json.loads((root / "ünïcödé.json").read_text()))
    print("link:", os.readlink(root / "link"), (root / "link").is_symlink(), (root / "link").stat().st_size)

    big = root / "big.bin"
    with open(big, "wb") as file:
        for number in range(64):
            file.write(bytes([number]) * 16384)
    with open(big, "r+b") as file:
        file.seek(-100, os.SEEK_END)
        file.write(b"x" * 50)
        file.truncate(1_000_000)
        file.seek(999_990)
        print("big:", file.read(), big.stat().st_size, f"{zlib.crc32(big.read_bytes()):08x}")
    with open(big, "ab") as file:
        file.write(b"the end")
    print("appended:", big.stat().st_size, big.read_bytes()[-7:])

    for what, attempt in [
        ("read what is not there", lambda: open("/tmp/nothing")),
        ("make what is there", lambda: root.mkdir()),
        ("remove what is not empty", lambda: root.rmdir()),
        ("list a file", lambda: os.listdir(big)),
        ("create once more", lambda: open(big, "x")),
    ]:
        try:
            attempt()
            print(what, "worked")
        except OSError as error:
            print(f"{what}: {type(error).__name__} {errno.errorcode[error.errno]}")

    written = (root / "first.txt").stat().st_mtime
    print("written just now:", abs(time.time() - written) < 60)
    print("* written:", datetime.datetime.fromtimestamp(written, datetime.UTC).isoformat())
    os.utime(root / "first.txt", ns=(1_000_000_000_123_456_789, 1_234_567_890_987_654_321))
    print("touched:", (root / "first.txt").stat().st_mtime_ns)

    shutil.copytree(root / "2", root / "copy")
    shutil.rmtree(root / "3")
    print("left:", *sorted(str(path.relative_to(root)) for path in root.iterdir()))


def clocks():
    now = datetime.datetime.now(datetime.UTC)
    print("* now:", now.isoformat())
    print("* local:", time.strftime("%Y-%m-%d %H:%M:%S"))
    before, before_real = time.monotonic_ns(), time.time_ns()
    time.sleep(0.25)
    slept, slept_real = time.monotonic_ns() - before, time.time_ns() - before_real
    print("slept long enough:", slept >= 250_000_000, slept_real >= 249_000_000)
    print("* slept:", slept, slept_real)


def chance():
    print("* random:", random.random(), random.randrange(1_000_000), random.sample(range(100), 5))
    print("* urandom:", os.urandom(16).hex())
    print("* uuid4:", uuid.uuid4())
    random.seed(7)
    print("seeded by itself:", random.random(), random.randrange(1_000_000))


def surroundings():
    print("* variables:", json.dumps(dict(sorted(os.environ.items()))))
    print("arguments:", sys.argv[1:])
    print("input:", sys.stdin.read().splitlines())
    print("working directory:", os.getcwd())


def network():
    try:
        with socket.create_connection(("127.0.0.1", 9), timeout=1):
            print("connected")
    except Exception as error:
        print("* connect:", type(error).__name__, error)


class Run(exports.Run):
    def run(self) -> None:
        print("Python", sys.version.split()[0], sys.platform)
        files()
        clocks()
        chance()
        surroundings()
        network()
        print("This goes to standard error.", file=sys.stderr)
