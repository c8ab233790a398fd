#!/usr/bin/env bash
# ./dev bench: measures the shipped build against its bounds and against stock tools in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."
./dev build > /dev/null 2>&1
python3 bench/publish_bench.py bin/slipway "$@"
python3 bench/many_files_bench.py bin/slipway
python3 bench/verify_bench.py bin/slipway
python3 bench/republish_bench.py bin/slipway
# The stock client stands beside these two; without its Python they are left out.
if oracle=$(scripts/oracles.sh v5); then
  "$oracle" bench/push_bench.py bin/slipway
  "$oracle" bench/pull_bench.py bin/slipway
fi
