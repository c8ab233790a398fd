#!/usr/bin/env bash
# scripts/debian_root.sh NAME SUITE [PACKAGE...]: makes the root of a Debian with these packages, once, in the cache, and
# prints its path. Exit 3: it cannot be had here (it needs root, mounts and Debian's mirror), said on stderr.
set -euo pipefail
name=${1:?a name for the root} suite=${2:?which Debian}
shift 2
root="${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway-dev}/$name"
mirror=http://deb.debian.org/debian
mkdir -p "$(dirname "$root")"

cannot() { echo "debian_root: no $suite root: $*" >&2; exit 3; }

reachable() {
  local answer
  answer=$(mktemp)
  /usr/lib/apt/apt-helper -o Acquire::http::Timeout=30 download-file "$mirror/dists/$suite/Release" "$answer" > /dev/null 2>&1
  local code=$?
  rm -f "$answer"
  return $code
}

# A mirror's answer may be cut off midway; a second download has the rest of it in most cases.
make_root() {
  rm -rf --one-file-system "$root" && mkdir -p "$root" &&
    debootstrap --variant=minbase ${packages:+"--include=$packages"} "$suite" "$root" "$mirror" > "$root.log" 2>&1
}

# Asked for a root that is made already too: whoever uses one mounts in it (scripts/in_root.sh).
unshare --mount true 2> /dev/null || cannot "it needs to mount"

exec 9> "$root.lock"
flock 9
if [ ! -f "$root/complete" ]; then
  [ "$(id -u)" = 0 ] || cannot "debootstrap needs root"
  reachable || cannot "$mirror does not answer for it"
  command -v debootstrap > /dev/null || apt-get install -y -q --no-install-recommends debootstrap > /dev/null 2>&1 ||
    { apt-get update -q > /dev/null && apt-get install -y -q --no-install-recommends debootstrap > /dev/null; }
  echo "== making $root" >&2
  packages=$(IFS=,; echo "$*")
  make_root || { echo "== once more" >&2; make_root; } || { tail -n 5 "$root.log" >&2; exit 1; }
  rm -rf "$root"/var/cache/apt/archives/*.deb
  touch "$root/complete"
fi
echo "$root"
