Not WebAssembly.
