#!/usr/bin/env bash
# ./dev fuzz [TARGET] [SECONDS]: runs the fuzzers with libFuzzer, each for SECONDS of CPU time (60), whatever else the
# machine does. New finds land in build/fuzz/finds/TARGET; what crashed once belongs into tests/fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/one_build.sh
only=${1:-}
seconds=${2:-60}
if ! command -v clang++-19 > /dev/null || [ ! -e /usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a ]; then
  if [ "$(id -u)" = 0 ]; then root=; else root=sudo; fi
  $root apt-get install -y -q --no-install-recommends clang-19 libclang-rt-19-dev > /dev/null
fi
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz > /dev/null
one_build fuzz cmake --build build/fuzz -j "$(nproc)"

# Rounds of the wall clock, until the CPU seconds are used up.
fuzz() { # program name
  local program=$1 name=$2 used=0 rounds=0 execs=0
  local log=build/fuzz/$name.log
  mkdir -p "build/fuzz/finds/$name"
  : > "$log"
  while [ "$used" -lt "$seconds" ]; do
    local round=$((seconds - used)) spent
    spent=$({ TIMEFORMAT='%U %S'; time "$program" -max_total_time=$((round < 10 ? 10 : round)) -max_len=65536 -print_final_stats=1 \
      -artifact_prefix="build/fuzz/crash-$name-" "build/fuzz/finds/$name" "tests/fuzz/corpus/$name" >> "$log" 2>&1 || true; } 2>&1 |
      awk 'END { printf "%d", $1 + $2 }')
    used=$((used + (spent > 0 ? spent : 1))) rounds=$((rounds + 1))
    if ls build/fuzz/crash-"$name"-* > /dev/null 2>&1; then break; fi
  done
  execs=$(awk '/stat::number_of_executed_units/ { sum += $2 } END { print sum + 0 }' "$log")
  echo "== $name: $used s of CPU, $execs inputs, $(ls "build/fuzz/finds/$name" | wc -l) finds"
  grep -E 'ERROR|SUMMARY|Test unit' "$log" || true
  ! ls build/fuzz/crash-"$name"-* > /dev/null 2>&1
}

status=0
for program in build/fuzz/fuzz_${only:-*}; do
  [ -x "$program" ] && [ -f "$program" ] || continue
  name=$(basename "$program")
  fuzz "$program" "${name#fuzz_}" || status=1
done
exit $status
