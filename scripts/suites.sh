# How suites are run and counted; sourced by scripts/test.sh.
passed=0 failed=0 notes=()
started=$SECONDS
mkdir -p build
source scripts/one_build.sh

note() { notes+=("$*"); }

# One suite that is a command: passes or fails as a whole.
suite() { # name, command...
  local name=$1 begin=$SECONDS
  shift
  if "$@" > "build/suite.log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok      %-34s %4d s\n' "$name" $((SECONDS - begin))
  else
    failed=$((failed + 1))
    tail -n 60 build/suite.log
    printf 'FAILED  %-34s %4d s   again: %s\n' "$name" $((SECONDS - begin)) "$*"
  fi
}

# A suite whose output ends in "N passed, N failed". Its lines "note: ..." are told at the end of all.
counted_suite() { # name, command...
  local name=$1 begin=$SECONDS line
  shift
  "$@" > build/suite.log 2>&1
  local code=$? text
  while read -r text; do note "$name: ${text#note: }"; done < <(grep '^note: ' build/suite.log)
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' build/suite.log | tail -n 1)
  if [ -z "$line" ] || [[ $line == "0 passed"* ]] || { [ $code -ne 0 ] && [[ $line == *", 0 failed"* ]]; }; then
    failed=$((failed + 1))
    tail -n 60 build/suite.log
    printf 'FAILED  %-34s %4d s   again: %s\n' "$name" $((SECONDS - begin)) "$*"
    return
  fi
  passed=$((passed + ${line%% passed*}))
  local bad=${line#*, }
  bad=${bad%% failed*}
  failed=$((failed + bad))
  [ "$bad" = 0 ] || tail -n 80 build/suite.log
  printf '%-7s %-34s %4d s   %s\n' "$([ "$bad" = 0 ] && echo ok || echo FAILED)" "$name" $((SECONDS - begin)) "$line"
}

# A counted suite run by the Python of one era's oracles; left out, aloud, where pip offers no CPU torch.
oracle_suite() { # name, era, script, arguments...
  local name=$1 era=$2 oracle
  shift 2
  # shellcheck disable=SC2086
  oracle=$(scripts/oracles.sh "$era" ${torch_flag:-})
  case $? in
    0) counted_suite "$name" "$oracle" "$@" ;;
    3) note "left out: $name (it needs torch, and pip offers no CPU build here, or reaches no index; --torch forces it)" ;;
    *)
      failed=$((failed + 1))
      printf 'FAILED  %-34s the venv could not be made (it takes the package index, once): scripts/oracles.sh %s\n' "$name" "$era"
      ;;
  esac
}

logged() { "$@" > build/build.log 2>&1; }

build_tests() { # preset, targets (all)...
  local begin=$SECONDS
  if [ ! -f "build/$1/build.ninja" ] && ! cmake --preset "$1" > build/configure.log 2>&1; then
    cat build/configure.log
    failed=$((failed + 1))
    return 1
  fi
  # shellcheck disable=SC2086
  if ! one_build "$1" logged cmake --build "build/$1" -j "$(nproc)" ${2:+--target ${*:2}}; then
    grep -E 'error|FAILED' -A 3 build/build.log | head -n 60
    printf 'FAILED  build %s\n' "$1"
    failed=$((failed + 1))
    return 1
  fi
  printf 'built   %-34s %4d s\n' "$1" $((SECONDS - begin))
}

# Every test program of a build; the counts are those of its tests.
run_gtests() { # preset, filter
  local program name begin ok bad
  for program in build/"$1"/test_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    name=$(basename "$program")
    begin=$SECONDS
    TSAN_OPTIONS=halt_on_error=1 "$program" --gtest_brief=1 --gtest_filter="${2:-*}" > build/suite.log 2>&1
    local code=$?
    ok=$(grep -oE '^\[  PASSED  \] [0-9]+' build/suite.log | grep -oE '[0-9]+$' | tail -n 1)
    bad=$(grep -cE '^\[  FAILED  \] .*\(' build/suite.log)
    if [ $code -ne 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    passed=$((passed + ${ok:-0}))
    failed=$((failed + bad))
    if [ $code -ne 0 ]; then
      tail -n 80 build/suite.log
      printf 'again:  ./dev test; or %s\n' "$program"
    fi
    printf '%-7s %-34s %4d s   %s tests\n' "$([ $code = 0 ] && echo ok || echo FAILED)" "$1/$name" $((SECONDS - begin)) "${ok:-0}"
  done
}

finish() {
  local text
  for text in "${notes[@]+"${notes[@]}"}"; do echo "note: $text"; done
  echo "all suites: $((SECONDS - started)) s"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
  exit
}
