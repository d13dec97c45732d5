"""Writes a report, and keeps others of its kind away meanwhile with a lock file.

The bug: the lock file outlives a program that cannot remove it any more. After a loss of power, no start succeeds until
somebody removes it by hand. With the argument `mended`, the lock says until when it holds, and is broken after that.
"""

import os
import sys
import time

from wit_world import exports

LOCK = "/report.lock"
REPORT = "/report"

# How long one may keep the lock, in seconds.
LEASE = 60


def lock():
    """Takes the lock and returns True, if nobody has it."""
    try:
        with open(LOCK, "x") as file:
            file.write(f"{time.time() + LEASE:.0f}")
        return True
    except FileExistsError:
        return False


def wait_and_break():
    """Waits until the lock does not hold any more, and removes it if it is still the same one."""
    seen = contents()
    try:
        left = int(seen) - time.time()
    except ValueError:
        # After a loss of power it may say nothing, or what nobody wrote.
        left = LEASE
    time.sleep(max(0, min(left, LEASE)))
    if contents() == seen:
        os.remove(LOCK)


def contents():
    try:
        with open(LOCK, "rb") as file:
            return file.read()
    except FileNotFoundError:
        # The owner has just removed it.
        return b""


class Run(exports.Run):
    def run(self) -> None:
        mended = sys.argv[1:] == ["mended"]
        while not lock():
            if not mended:
                raise RuntimeError("another one is at work")
            wait_and_break()
        try:
            with open(REPORT, "w") as file:
                for line in range(10):
                    print("line", line, file=file)
        finally:
            os.remove(LOCK)
