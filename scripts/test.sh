#!/usr/bin/env bash
# ./dev test: every suite, its seconds, and a last line that counts. --quick: the C++ tests alone. --cpp: what needs
# no Python package: lint, the C++ tests and the sanitizers.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/suites.sh

quick=false cpp=false torch_flag="" filter=""
for word in "$@"; do
  case "$word" in
    --quick) quick=true ;;
    --cpp) cpp=true ;;
    --torch) torch_flag=--torch ;;
    *) filter=$word ;;
  esac
done

# shellcheck source=packages.sh disable=SC2046
(source scripts/packages.sh; dpkg-query -W $(build_packages) $(test_packages) > /dev/null 2>&1) || scripts/setup.sh --tests > /dev/null || true

if [ -n "$filter" ]; then
  build_tests dev && run_gtests dev "*$filter*"
  finish
fi
if $quick; then
  build_tests dev && run_gtests dev
  finish
fi

suite "lint" python3 scripts/lint.py
build_tests dev && run_gtests dev
build_tests asan-ubsan && run_gtests asan-ubsan
# Where threads meet: the listener and executor, uploads, the Hub, whole publishes; the suites that fail each call
# in turn run on one thread and would take minutes.
build_tests tsan test_os test_hub test_flow test_server test_conformance && run_gtests tsan '-*WhicheverCallFails*:Save.DoesNotWriteFinishedShardsAgain'
$cpp && finish
for script in scripts/suites.d/*.sh; do
  [ -e "$script" ] || continue
  # shellcheck disable=SC1090
  source "$script"
done
finish
