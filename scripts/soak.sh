#!/usr/bin/env bash
# ./dev soak: the long tests: every fuzz target for 10 minutes, 20 rounds of the crash tests, 300 kills, 100,000 templates,
# every model class, processors that are not here.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/one_build.sh
scripts/fuzz.sh "" 600
cmake --preset dev > /dev/null
one_build dev cmake --build build/dev -j "$(nproc)" --target test_crash slipway launcher jinja_answers
build/dev/test_crash --gtest_repeat=20 --gtest_brief=1
"$(scripts/oracles.sh v5)" tests/python/jinja_against_python_test.py build/dev/jinja_answers 100000
for era in v5 v4; do "$(scripts/oracles.sh "$era")" tests/python/every_class_test.py build/dev/bin/slipway; done
SLIPWAY_KILLS=300 python3 tests/python/kill_test.py build/dev/bin/slipway
SLIPWAY_KILLS=300 "$(scripts/oracles.sh v5)" tests/python/save_kill_test.py build/dev/bin/slipway
scripts/other_cpus.sh
