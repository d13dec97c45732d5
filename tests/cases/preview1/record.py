"""Writes what a core runtime gives for each case of the suite `preview1`: Wasmtime's own preview 1, without a component.

    python3 -m venv venv && venv/bin/pip install wasmtime==48.0.0
    cargo build --release --target wasm32-wasip1 -p guests-preview1    (in tests/guests)
    venv/bin/python record.py

The Wasmtime that this project embeds would do as well, but the feature of preview 1 changes what Wasmtime is compiled with,
and everything would be compiled twice. Record again when a case or the release of Wasmtime changes, and read what changed.
"""

import hashlib
import os
import pathlib
import tempfile

import wasmtime

HERE = pathlib.Path(__file__).resolve().parent
GUESTS = HERE.parent.parent / "guests"
PROGRAM = GUESTS / "target/wasm32-wasip1/release/guests-preview1.wasm"

# As in compose/cli/tests/preview1.rs.
ARGUMENTS = ["one", "two words", "", "--flag=ü"]
VARIABLES = [("PATH", "/bin"), ("EMPTY", ""), ("Lang", "ü = x")]
STDIN = b"first line\nsecond line\nthird\n"
SEEDS = range(20)
CALLS = 1000
PART = 100

CONFIG = wasmtime.Config()
CONFIG.cache = True
ENGINE = wasmtime.Engine(CONFIG)


def fill(directory):
    """The files that each run starts with."""

    def write(name, contents):
        (directory / name).write_bytes(contents)

    write("data.txt", b"abcdefghij")
    write("empty", b"")
    write("big.bin", bytes((i * 7 + i // 256) % 256 for i in range(100000)))
    (directory / "dir/sub").mkdir(parents=True)
    write("dir/inner.txt", b"inner\n")
    links = [("link", "data.txt"), ("dirlink", "dir"), ("dangling", "missing"), ("loop", "loop")]
    for name, target in links + [("out", "../outside"), ("absolute", "/data.txt")]:
        os.symlink(target, directory / name)


def escape(line):
    """A line of bytes as the suite writes it."""
    try:
        text = line.decode()
        if "\\" not in text and not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
            return text
    except UnicodeDecodeError:
        pass
    named = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}
    plain = lambda byte: chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"
    return "".join(named.get(byte) or plain(byte) for byte in line)


def tree(directory, prefix=""):
    """The files as the suite writes them, without links that lead out."""
    for name in sorted(os.listdir(os.fsencode(directory))):
        path = os.path.join(os.fsencode(directory), name)
        shown = prefix + escape(name)
        if os.path.islink(path):
            target = os.readlink(path).decode()
            if not target.startswith("/") and ".." not in target:
                yield f"{shown} -> {target}"
        elif os.path.isdir(path):
            yield f"{shown}/"
            yield from tree(path, f"{shown}/")
        else:
            contents = open(path, "rb").read()
            yield f"{shown} {len(contents)} {hashlib.sha256(contents).hexdigest()[:16]}"


def run(module, arguments, stdin):
    """Status, standard output, standard error, and the files if the program succeeds."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        directory = scratch / "directory"
        directory.mkdir()
        fill(directory)
        (scratch / "in").write_bytes(stdin)
        wasi = wasmtime.WasiConfig()
        wasi.argv = ["program", *arguments]
        wasi.env = VARIABLES
        wasi.stdin_file = str(scratch / "in")
        wasi.stdout_file = str(scratch / "out")
        wasi.stderr_file = str(scratch / "err")
        wasi.preopen_dir(str(directory), "/")
        store = wasmtime.Store(ENGINE)
        store.set_wasi(wasi)
        linker = wasmtime.Linker(ENGINE)
        linker.define_wasi()
        for imported in module.imports:
            if isinstance(imported.type, wasmtime.MemoryType):
                memory = wasmtime.Memory(store, imported.type)
                linker.define(store, imported.module, imported.name, memory)
        status = "exit 0"
        try:
            linker.instantiate(store, module).exports(store)["_start"](store)
        except wasmtime.ExitTrap as exit:
            status = f"exit {exit.code}"
        except (wasmtime.Trap, wasmtime.WasmtimeError):
            status = "trap"
        files = list(tree(directory)) if status == "exit 0" else None
        return status, (scratch / "out").read_bytes(), (scratch / "err").read_bytes(), files


def cut(line):
    """A line, or what stands for one that is long."""
    return line if len(line) <= 1000 else f"[{len(line)} bytes {hashlib.sha256(line.encode()).hexdigest()[:16]}]"


def transcript(status, stdout, stderr, files):
    """The result of a run as the suite writes it."""
    lines = [status]
    for name, contents in [("stdout", stdout), ("stderr", stderr)]:
        lines.append(f"-- {name}")
        parts = contents.split(b"\n")
        lines += [escape(line) for line in parts[:-1]]
        lines += [f"{escape(parts[-1])}[no line end]"] if parts[-1] else []
    if files is not None:
        lines += ["-- tree", *files]
    return "".join(f"{cut(line)}\n" for line in lines)


def calls(seed):
    """The calls that a number chooses."""
    mask, state, result = (1 << 64) - 1, seed, bytearray(CALLS.to_bytes(4, "little"))
    for _ in range(CALLS * 2):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        result += (z ^ (z >> 31)).to_bytes(8, "little")
    return bytes(result)


def digests(stdout, files):
    """A digest for each part of a transcript, and one for the files."""
    short = lambda contents: hashlib.sha256(contents).hexdigest()[:12]
    lines = stdout.splitlines(keepends=True)
    parts = [short(b"".join(lines[at : at + PART])) for at in range(0, len(lines), PART)]
    return " ".join([*parts, short("\n".join(files or []).encode())])


def main():
    program = wasmtime.Module.from_file(ENGINE, str(PROGRAM))
    core = HERE / "core"
    for file in core.glob("*.txt"):
        if file.name != "text.unstable.txt":
            file.unlink()
    for case in run(program, ["list"], b"")[1].decode().split():
        result = transcript(*run(program, [case, *ARGUMENTS], STDIN))
        (core / f"{case.replace('::', '.')}.txt").write_text(result)
    for text in sorted((GUESTS / "preview1/text").glob("*.wat")):
        if "wasi_unstable" in text.read_text():
            continue  # PyPI's wasmtime has no `wasi_unstable`: its file is written by hand.
        module = wasmtime.Module(ENGINE, text.read_text())
        (core / f"text.{text.stem}.txt").write_text(transcript(*run(module, [], STDIN)))
    seeds = []
    for seed in SEEDS:
        _, stdout, _, files = run(program, ["random"], calls(seed) + STDIN)
        seeds.append(f"{seed}: {digests(stdout, files)}\n")
    (HERE / "random.txt").write_text("".join(seeds))


main()
