#!/usr/bin/env bash
# Installs what is missing: Debian packages for building, and for tests the Python venv of the oracles.
#   --build-only  leaves out what only tests need
#   --tests       the packages of the tests too, but no venv: the suites that need one make it
#   --check       says (by its exit code) whether the packages for building are there
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packages.sh


missing() { # packages...
  local name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2> /dev/null | grep -q 'ok installed' || printf '%s ' "$name"
  done
}

install_packages() {
  local wanted
  wanted=$(missing "$@")
  [ -n "$wanted" ] || return 0
  if [ "$(id -u)" != 0 ] && ! command -v sudo > /dev/null; then
    echo "these packages are missing; have them installed as root: $wanted" >&2
    return 1
  fi
  printf '== installing %s\n' "$wanted" >&2
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted > /dev/null 2>&1 ||
    { "${as_root[@]}" apt-get update -q > /dev/null && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted > /dev/null; }
}

case "${1:-}" in
  --check) [ -z "$(missing $(build_packages))" ] ;;
  --build-only) install_packages $(build_packages) ;;
  --tests) install_packages $(build_packages) $(test_packages) ;;
  "") install_packages $(build_packages) $(test_packages); scripts/oracles.sh ;;
  *) echo "setup: unknown flag $1" >&2; exit 2 ;;
esac
