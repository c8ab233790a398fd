# The Debian packages we build and test with; sourced by scripts/setup.sh.

# Boost's headers carry their version in the package's name: 1.81 on Debian 12, 1.83 on Debian 13.
boost_package() {
  local name
  for name in libboost1.83-dev libboost1.81-dev; do
    if dpkg-query -W "$name" > /dev/null 2>&1 || apt-cache show "$name" 2> /dev/null | grep -q '^Package:'; then
      echo "$name"
      return
    fi
  done
  echo libboost-dev
}

build_packages() {
  echo g++ cmake ninja-build pkg-config ccache libcurl4-openssl-dev libssl-dev libfmt-dev libsqlite3-dev \
    libyaml-dev "$(boost_package)"
}

test_packages() {
  echo libgtest-dev libgmock-dev libbenchmark-dev clang-format-19 git python3 python3-venv ca-certificates curl
}
