"""Runs a core module on Wasmtime's own preview 1, with no component in between.

run.py ROOT [NAME=VALUE ...] -- MODULE [ARGUMENT ...]

ROOT is the directory that the module sees as `/`. Standard input, output and error are those of this process, and so is
the status. 134 stands for a trap. The machine code is kept beside the module.
"""

import os
import sys

import wasmtime

root, *rest = sys.argv[1:]
end = rest.index("--")
variables, (path, *arguments) = rest[:end], rest[end + 1 :]

engine = wasmtime.Engine()
compiled = path + ".compiled"
if os.path.exists(compiled):
    module = wasmtime.Module.deserialize_file(engine, compiled)
else:
    module = wasmtime.Module.from_file(engine, path)
    own = f"{compiled}.{os.getpid()}"
    with open(own, "wb") as file:
        file.write(module.serialize())
    os.rename(own, compiled)

wasi = wasmtime.WasiConfig()
wasi.argv = [os.path.basename(path), *arguments]
wasi.env = [tuple(variable.split("=", 1)) for variable in variables]
wasi.preopen_dir(root, "/")
wasi.inherit_stdin()
wasi.inherit_stdout()
wasi.inherit_stderr()
store = wasmtime.Store(engine)
store.set_wasi(wasi)
linker = wasmtime.Linker(engine)
linker.define_wasi()
try:
    linker.instantiate(store, module).exports(store)["_start"](store)
except wasmtime.ExitTrap as exit:
    sys.exit(exit.code)
except wasmtime.WasmtimeError as trap:
    print(trap, file=sys.stderr)
    sys.exit(134)
