#!/usr/bin/env bash
# scripts/debian.sh SUITE [COMMAND...]: this checkout, as committed, in a root of another Debian (bookworm, trixie)
# made with debootstrap; runs COMMAND there (./dev test --cpp). Needs root. The root stays in the cache, with its own
# compiler cache, so that the second time is quick.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:?which Debian: bookworm or trixie}
shift
[ $# -gt 0 ] || set -- ./dev test --cpp
root=$(scripts/debian_root.sh "debian-$suite" "$suite" ca-certificates git)

# A clone, not the working tree: what is not committed is not tested.
mkdir -p "$root/src"
if [ -d "$root/src/slipway/.git" ]; then
  git push -q --force "$root/src/slipway" HEAD:refs/heads/tested
  git -C "$root/src/slipway" checkout -q --detach tested
else
  git clone -q --no-local . "$root/src/slipway"
fi
exec scripts/in_root.sh "$root" -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
  bash -c 'cd /src/slipway && . /etc/os-release && echo "== $PRETTY_NAME" && exec "$@"' _ "$@"
