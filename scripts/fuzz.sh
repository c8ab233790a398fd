#!/usr/bin/env bash
# ./dev fuzz [TARGET] [SECONDS]: runs the fuzzers with libFuzzer, each for SECONDS (60). New finds land in
# build/fuzz/finds/TARGET; what crashed once belongs into tests/fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."
only=${1:-}
seconds=${2:-60}
if ! command -v clang++-19 > /dev/null || [ ! -e /usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a ]; then
  if [ "$(id -u)" = 0 ]; then root=; else root=sudo; fi
  $root apt-get install -y -q --no-install-recommends clang-19 libclang-rt-19-dev > /dev/null
fi
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz > /dev/null
cmake --build build/fuzz -j "$(nproc)"
status=0
for program in build/fuzz/fuzz_${only:-*}; do
  [ -x "$program" ] && [ -f "$program" ] || continue
  name=$(basename "$program")
  mkdir -p "build/fuzz/finds/${name#fuzz_}"
  echo "== $name, $seconds s"
  "$program" -max_total_time="$seconds" -max_len=65536 -print_final_stats=1 -artifact_prefix="build/fuzz/crash-${name#fuzz_}-" \
    "build/fuzz/finds/${name#fuzz_}" "tests/fuzz/corpus/${name#fuzz_}" 2>&1 | grep -E 'stat::|ERROR|SUMMARY|Test unit' || true
  ls build/fuzz/crash-"${name#fuzz_}"-* > /dev/null 2>&1 && status=1
done
exit $status
