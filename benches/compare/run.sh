#!/bin/sh
# Ophef beside VADER, fastText and lexicon averages, on the same texts in the same run.
# Installs the others into a virtual environment that is removed afterwards.
#
#   benches/compare/run.sh [DATA]      DATA defaults to $OPHEF_DATA
set -eu
cd "$(dirname "$0")/../.."
data=${1:-${OPHEF_DATA:?give the data folder, or set OPHEF_DATA to it}}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --release --locked -p sentiment --example predict
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --requirement benches/compare/requirements.txt ||
  # fastText has to be compiled where no wheel fits; the others do without it.
  "$work/venv/bin/pip" install --quiet vaderSentiment==3.3.2
"$work/venv/bin/python" benches/compare/compare.py "$data" target/release/examples/predict "$work"
