#!/usr/bin/env bash
# scripts/other_cpus.sh: the program on processors that are not here. Compiles it, as committed, for aarch64 in a root of
# Debian 12 with the cross compiler, and publishes every example by emulated processors: aarch64, and an x86-64 of
# 2006. Needs root and Debian's mirror; downloads some 300 MB once. build/dev must hold the program.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(scripts/debian_root.sh cross-bookworm bookworm ca-certificates git)
inside() {
  scripts/in_root.sh "$root" -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
    bash -e -c "$1" > "build/other_cpus.log" 2>&1 || { grep -E 'error|FAILED|E:' -A 5 build/other_cpus.log >&2; exit 1; }
}

if [ ! -f "$root/complete-cross" ]; then
  inside 'dpkg --add-architecture arm64
    apt-get update -q
    apt-get install -y -q --no-install-recommends cmake ninja-build pkg-config ccache g++-aarch64-linux-gnu qemu-user-static \
      libboost1.81-dev libcurl4-openssl-dev:arm64 libssl-dev:arm64 libfmt-dev:arm64 libsqlite3-dev:arm64 libyaml-dev:arm64
    apt-get clean'
  touch "$root/complete-cross"
fi

rm -rf "$root/root/slipway"
git clone -q --no-local . "$root/root/slipway"
inside 'cd /root/slipway
  export CCACHE_DIR=/root/ccache CCACHE_SLOPPINESS=pch_defines,time_macros
  cmake -S . -B /root/build -G Ninja -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake -DCMAKE_BUILD_TYPE=Release -DSLIPWAY_TESTS=OFF
  cmake --build /root/build -j "$(nproc)" --target slipway launcher'
python3 tests/python/other_cpus_test.py build/dev/bin/slipway "$root"
