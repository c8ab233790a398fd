#!/usr/bin/env bash
# scripts/debian.sh SUITE [COMMAND...]: this checkout, as committed, in a root of another Debian (bookworm, trixie)
# made with debootstrap; runs COMMAND there (./dev test --cpp). Needs root. The root stays in the cache, with its own
# compiler cache, so that the second time is quick.
set -euo pipefail
[ "${1:-}" = --mounted ] || exec unshare --mount --propagation private "$0" --mounted "$@"
shift
cd "$(dirname "$0")/.."
suite=${1:?which Debian: bookworm or trixie}
shift
[ $# -gt 0 ] || set -- ./dev test --cpp
root="${XDG_CACHE_HOME:-$HOME/.cache}/slipway-dev/debian-$suite"
command -v debootstrap > /dev/null || apt-get install -y -q --no-install-recommends debootstrap > /dev/null

if [ ! -f "$root/complete" ]; then
  echo "== making $root" >&2
  rm -rf --one-file-system "$root"
  mkdir -p "$root"
  debootstrap --variant=minbase --include=ca-certificates,git "$suite" "$root" http://deb.debian.org/debian > "$root.log" 2>&1
  touch "$root/complete"
fi

# Mounts in a namespace of this process: they go with it, however it ends.
for place in proc sys dev; do mount --rbind "/$place" "$root/$place"; done
cp /etc/resolv.conf "$root/etc/resolv.conf"

# A clone, not the working tree: what is not committed is not tested.
mkdir -p "$root/src"
if [ -d "$root/src/slipway/.git" ]; then
  git push -q --force "$root/src/slipway" HEAD:refs/heads/tested
  git -C "$root/src/slipway" checkout -q --detach tested
else
  git clone -q --no-local . "$root/src/slipway"
fi
chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
  bash -c 'cd /src/slipway && . /etc/os-release && echo "== $PRETTY_NAME" && exec "$@"' _ "$@"
