# The Debian packages we build and test with; sourced by scripts/setup.sh.

if [ "$(id -u)" = 0 ]; then as_root=(env); else as_root=(sudo); fi

# Boost's headers carry their version in the package's name: 1.81 on Debian 12, 1.83 on Debian 13.
boost_package() {
  local name
  for name in libboost1.83-dev libboost1.81-dev; do
    dpkg-query -W "$name" > /dev/null 2>&1 && { echo "$name"; return; }
  done
  apt-cache show libboost-dev > /dev/null 2>&1 || "${as_root[@]}" apt-get update -q > /dev/null 2>&1 || true
  for name in libboost1.83-dev libboost1.81-dev; do
    apt-cache show "$name" 2> /dev/null | grep -q '^Package:' && { echo "$name"; return; }
  done
  echo libboost-dev
}

build_packages() {
  echo g++ cmake ninja-build pkg-config ccache libcurl4-openssl-dev libssl-dev libfmt-dev libsqlite3-dev \
    libyaml-dev git python3 "$(boost_package)"
}

test_packages() {
  echo libgtest-dev libgmock-dev libbenchmark-dev clang-format-19 python3-venv ca-certificates curl zsh fish groff-base
}
