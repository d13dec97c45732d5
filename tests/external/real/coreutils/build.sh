#!/usr/bin/env bash
# uutils coreutils 0.12.0 of crates.io, compiled for wasm32-wasip2.
source "$(dirname "$0")/../common.sh"

need cargo "Rust"
utilities=cat,cp,mv,rm,ls,ln,mkdir,rmdir,sort,wc,cksum,touch,split,tail,head,truncate,readlink,tee,unlink,link,realpath
cargo install --quiet coreutils --version =0.12.0 --locked --target wasm32-wasip2 \
  --no-default-features --features "$utilities" --no-track --root "$work"
mv "$work/bin/coreutils.wasm" "$out"

# The files that the scenarios work on: 40 directories, up to 7 deep, of 8 files each; links that lead to a file, to a
# directory, to nothing and in a circle; a file of 100,000 numbers in no order.
tree="$work/tree"
for d in {0..39}; do
  directory="$tree/d$((d / 8))/e$((d % 8))"
  for ((level = 0; level < d % 6; level++)); do directory+="/f$level"; done
  mkdir -p "$directory"
  for f in {0..7}; do
    awk -v d="$d" -v f="$f" 'BEGIN {
      for (i = 0; i < d * f % 53; i++) printf "%05d line %d of %d/%d\n", (i * 7919 + d * 31 + f) % 10007, i, d, f
    }' >"$directory/file$f.txt"
  done
done
ln -s d0/e0/file1.txt "$tree/link-file"
ln -s d1 "$tree/link-dir"
ln -s nowhere "$tree/link-dangling"
ln -s loop-b "$tree/loop-a"
ln -s loop-a "$tree/loop-b"
cp "$tree/d4/e7/f0/f1/f2/file7.txt" "$tree/lines.txt"
awk 'BEGIN { for (i = 0; i < 100000; i++) print (i * 7919) % 100003 }' >"$tree/numbers.txt"
mv "$tree" "$out"
