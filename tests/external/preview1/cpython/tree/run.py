"""Runs tests of CPython and prints the name and the outcome of each.

An argument is a module, or a module and some of its classes: `MODULE:CLASS,CLASS`.
"""

import sys
import unittest

SKIPPED = {
    # These go as deep as the stack allows, and on WASI end the program.
    "testRecursiveRepr",
    "test_recursive_repr",
    # A directory of the host has no device, files in memory have.
    "test_devnull",
}


class Result(unittest.TestResult):
    def say(self, test, outcome):
        print("test:", test.id(), outcome, flush=True)

    def addSuccess(self, test):
        self.say(test, "ok")

    def addError(self, test, error):
        self.say(test, error[0].__name__)

    def addFailure(self, test, error):
        self.say(test, "failed")

    def addSkip(self, test, reason):
        self.say(test, "skipped")

    def addExpectedFailure(self, test, error):
        self.say(test, "failed as expected")

    def addUnexpectedSuccess(self, test):
        self.say(test, "ok, which was not expected")

    def addSubTest(self, test, part, error):
        if error is not None:
            self.say(test, "failed in part")


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        elif getattr(test, "_testMethodName", None) not in SKIPPED:
            yield test


def tests(argument):
    # The module is always loaded as a whole, because some prepare their classes then.
    module, _, classes = argument.partition(":")
    for test in flat(unittest.defaultTestLoader.loadTestsFromName(module)):
        if not classes or type(test).__name__ in classes.split(","):
            yield test


result = Result()
for argument in sys.argv[1:]:
    unittest.TestSuite(tests(argument)).run(result)
print("test: all", result.testsRun)
