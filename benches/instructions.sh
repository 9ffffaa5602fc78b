#!/bin/sh
# Instructions per text, counted by callgrind: the same on every machine of one kind,
# however busy. Two runs of one and two rounds are subtracted, so that reading the
# model doesn't count. Rows are to be compared within one run: the last column is
# relative to the first row.
#
#   benches/instructions.sh [DATA]      DATA defaults to $OPHEF_DATA
set -eu
cd "$(dirname "$0")/.."
data=${1:-${OPHEF_DATA:?give the data folder, or set OPHEF_DATA to it}}
command -v valgrind >/dev/null || { echo "valgrind is needed: apt-get install valgrind" >&2; exit 1; }
cargo build --quiet --release --locked -p sentiment --example speed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Enough that single texts don't matter, few enough for a run under a minute.
texts=1000

counted() { # FILE ROUNDS
  valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    target/release/examples/speed "$1" "$2" 2>&1 >/dev/null |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

first=
printf '%-28s %12s %10s %9s\n' 'file' 'instr./text' 'instr./B' 'relative'
for file in en_tweeteval_val nl_thuisbezorgd_train nl_tweets_annotated_train en_airline_dev; do
  head -n "$texts" "$data/sentiment/$file.tsv" | sed 's/.*\t//' > "$work/texts"
  lines=$(wc -l < "$work/texts")
  bytes=$(($(wc -c < "$work/texts") - lines))
  once=$(counted "$work/texts" 1)
  twice=$(counted "$work/texts" 2)
  each=$(((twice - once) / lines))
  first=${first:-$each}
  awk -v f="$file" -v e="$each" -v b="$bytes" -v n="$lines" -v first="$first" \
    'BEGIN { printf "%-28s %12d %10.1f %9.2f\n", f, e, e * n / b, e / first }'
done
