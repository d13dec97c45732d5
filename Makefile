# All builds share one target folder and the `dev` profile, so that Wasmtime is compiled once.
.PHONY: build test lint deny demo bench fuzz targets

GUEST_TARGETS = wasm32-wasip2 wasm32-wasip1
ADAPTER_TARGET = wasm32-unknown-unknown
INTERPOSE = target/debug/interpose
DEMO = tests/guests/target/wasm32-wasip2/release/demo.wasm

build: targets
	cargo build

targets:
	rustup target add $(ADAPTER_TARGET) $(GUEST_TARGETS)

# Formatting, lints, and every test: unit, property, golden, differential and real programs.
test: lint
	cargo test
	cargo test -p interpose-filesystem --no-default-features
	cargo test $(ADAPTERS)
	cargo test -p interpose-benches

lint: targets
	cargo fmt --all --check
	cargo fmt --all --check --manifest-path tests/guests/Cargo.toml
	cargo fmt --all --check --manifest-path benches/guest/Cargo.toml
	cargo fmt --all --check --manifest-path fuzz/Cargo.toml
	cargo clippy --all-targets -- -D warnings
	cargo clippy -p interpose-benches --all-targets -- -D warnings
	cargo clippy --manifest-path fuzz/Cargo.toml --target-dir target --features components -- -D warnings
	cargo clippy --target $(ADAPTER_TARGET) $(ADAPTERS) -- -D warnings
	cargo clippy --target $(ADAPTER_TARGET) -p interpose-kernel --no-default-features -- -D warnings
	cargo clippy --target $(ADAPTER_TARGET) -p interpose-kernel --features network -- -D warnings
	cargo clippy --target $(ADAPTER_TARGET) -p interpose-kernel --features forward -- -D warnings

# Checks licences, bans and sources of the dependencies of every workspace against deny.toml. Installing cargo-deny
# takes minutes, so `lint` does not include this.
deny:
	@cargo deny --version > /dev/null 2>&1 || cargo install cargo-deny --locked
	@for manifest in Cargo.toml fuzz/Cargo.toml tests/guests/Cargo.toml benches/guest/Cargo.toml; do \
		echo "$$manifest"; \
		cargo deny --locked --manifest-path $$manifest --config deny.toml check bans licenses sources || exit 1; \
	done

# The adapters are built apart from the tool: in one command, cargo would unite the features of shared crates and
# compile Wasmtime again.
ADAPTERS = -p interpose-adapter $(shell sed -n 's/^package = "\(.*\)"/-p \1/p' compose/adapters.toml | sort -u)

# A program that writes files, sleeps for hours and draws random numbers, run twice under the deterministic policy.
demo: build
	cargo build --quiet --manifest-path tests/guests/Cargo.toml --release --target wasm32-wasip2 --bin demo
	@mkdir -p target/demo
	$(INTERPOSE) compose $(DEMO) --policy policies/deterministic.toml -o target/demo/demo.wasm
	$(INTERPOSE) run $(DEMO) --policy policies/deterministic.toml > target/demo/first.txt
	$(INTERPOSE) run $(DEMO) --policy policies/deterministic.toml > target/demo/second.txt
	@cat target/demo/first.txt
	cmp target/demo/first.txt target/demo/second.txt
	@echo "Both runs printed the same. What the composed component still asks its host for:"
	$(INTERPOSE) inspect target/demo/demo.wasm
	@! $(INTERPOSE) inspect target/demo/demo.wasm --json | grep -E '"wasi:(filesystem|clocks|random)/'
	@echo "No filesystem, clock or random import is left."

# Prints speed and size as ratios within one run.
bench: build
	cargo run --quiet -p interpose-benches

# Runs each fuzz target for three minutes; needs cargo-fuzz, and a nightly toolchain or RUSTC_BOOTSTRAP=1.
# The target `components` runs without a sanitizer, because sanitizers enlarge stack frames; it has no `unsafe` code.
COMPONENTS_TIME = 180
FUZZ = cargo $(if $(RUSTC_BOOTSTRAP),,+nightly) fuzz run
fuzz:
	@for target in filesystem overlay mounts policy graph rules matcher glob http config; do \
		(cd fuzz && $(FUZZ) $$target -- -max_total_time=180) || exit 1; \
	done
	@mkdir -p fuzz/corpus/components
	@for case in tests/compose/*/app.wat tests/graphs/*/*.wat; do \
		cp $$case fuzz/corpus/components/$$(echo $$case | tr / -); \
	done
	@find tests/guests/target/*/release -maxdepth 1 -name '*.wasm' -size -200k -exec cp {} fuzz/corpus/components/ ';' \
		2> /dev/null || true
	cd fuzz && $(FUZZ) -s none --features components components -- -max_total_time=$(COMPONENTS_TIME) -max_len=262144 -timeout=30 -rss_limit_mb=2048
