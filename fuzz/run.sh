#!/bin/sh
# Runs the fuzz targets for SECONDS each (default 120), with the stable compiler and
# without cargo-fuzz. A finding ends the script; its input lies in fuzz/artifacts.
#
#   fuzz/run.sh [SECONDS [TARGET…]]
set -eu
cd "$(dirname "$0")"
seconds=${1:-120}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- score model record correction watch match $(ls fuzz_targets | sed -n 's/^\(decode_.*\)\.rs$/\1/p') redact

# What cargo-fuzz passes, less the address sanitizer: that needs a nightly compiler,
# and this project's code has no unsafe to look at.
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module \
  -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
  -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares \
  -Ccodegen-units=1"
# Named, so that build scripts and macros aren't instrumented.
build="cargo build --release --locked --target $host"
# The writer of seeds has no fuzzer in it, which instrumented code needs.
RUSTFLAGS='' cargo run --quiet --release --locked --bin seeds
for target in "$@"; do
  $build --quiet --bin "$target"
done
for target in "$@"; do
  mkdir -p "corpus/$target" "artifacts/$target"
  # Long inputs cost speed and find nothing new; the tests have long texts. A model's
  # convolution alone has 20 kB, and a shorter file is never a model.
  length=2048
  [ "$target" != model ] || length=65536
  # A step has 8 bytes: a thousand of them fill what has bounds.
  [ "$target" != watch ] || length=8192
  "target/$host/release/$target" "corpus/$target" -max_total_time="$seconds" -max_len="$length" \
    -artifact_prefix="artifacts/$target/" -print_final_stats=1
done
