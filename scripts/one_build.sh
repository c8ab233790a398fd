#!/usr/bin/env bash
# Sourced. one_build PRESET COMMAND...: runs the command while no other does in build/PRESET. Two builds at once in one folder write the
# same precompiled headers, and compilers that have mapped them die of it.
one_build() { # preset, command...
  local preset=$1; shift
  mkdir -p build
  (
    flock -n 9 || { echo "== another build is at work in build/$preset: waiting for it" >&2; flock 9; }
    "$@" 9>&-
  ) 9> "build/$preset.lock"
}
