# The tasks are in `xtask`, and `cargo xtask --help` describes them. Those that need no arguments have their names here too.
.PHONY: build targets test lint deny demo bench fuzz package dist

build:
	cargo xtask build

targets:
	cargo xtask targets

test:
	cargo xtask test

lint:
	cargo xtask lint

deny:
	cargo xtask deny

demo:
	cargo xtask demo

bench:
	cargo xtask bench

fuzz:
	cargo xtask fuzz

package:
	cargo xtask package

dist:
	cargo xtask dist
