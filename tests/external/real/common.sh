# What the build scripts share. A script is called with the directory that it fills; whatever it needs on the way is
# kept in $work, which vanishes with it.

set -euo pipefail
export PIP_ROOT_USER_ACTION=ignore
out=$1
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# need COMMAND WHAT: ends the script with one sentence where a command is missing.
need() {
  command -v "$1" >/dev/null || { echo "\`$1\` is missing: install $2" >&2; exit 1; }
}

# need_pip: the same for pip, which is a module.
need_pip() {
  need python3 "Python 3"
  python3 -m pip --version >/dev/null 2>&1 || { echo "pip is missing: install pip for \`python3\`" >&2; exit 1; }
}

# verify SHA256 FILE: ends the script where a file is not what was pinned.
verify() {
  python3 - "$1" "$2" <<'PYTHON'
import hashlib, sys
expected, path = sys.argv[1:]
found = hashlib.sha256(open(path, "rb").read()).hexdigest()
if found != expected:
    sys.exit(f"{path} has the SHA-256 digest {found}, not {expected}")
PYTHON
}

# sqlite_and_zig: fetches the source of SQLite 3.52.0, which is part of npm's sqlite3 6.0.1, and the C compiler of PyPI's
# ziglang 0.17.1.
sqlite_and_zig() {
  need npm "Node.js"
  need_pip
  (cd "$work" && npm pack --silent sqlite3@6.0.1 >/dev/null)
  verify ab8d044a93e05bd031d7ea75547c7fa60387cdc259d27f93c0e3e2832c4b1df9 "$work/sqlite3-6.0.1.tgz"
  tar xzOf "$work/sqlite3-6.0.1.tgz" package/deps/sqlite-autoconf-3520000.tar.gz | tar xz -C "$work"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/zig" ziglang==0.17.1
}

# python_component DIRECTORY: packages `program.py` of a directory with CPython 3.14, by PyPI's componentize-py 0.25.1, as
# `program.wasm`. The directory also has the world.
python_component() {
  need_pip
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/tool" componentize-py==0.25.1
  mkdir "$work/wit" "$work/source"
  cp -r "$1/../../../../wit/p2/deps" "$1/world.wit" "$work/wit"
  cp "$1/program.py" "$work/source"
  # Nothing but this program and Python's own library gets into the component, whatever this machine has installed.
  env -u VIRTUAL_ENV PYTHONPATH="$work/tool" python3 -S -c 'import componentize_py; componentize_py.script()' \
    --quiet --wit-path "$work/wit" --world program \
    componentize --python-path "$work/source" --output "$work/program.wasm" program
  mv "$work/program.wasm" "$out"
}
