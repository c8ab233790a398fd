#!/usr/bin/env bash
# scripts/in_root.sh ROOT COMMAND...: runs COMMAND in a root, with /proc, /sys, /dev and the names of this machine. Needs
# root. The mounts lie in a namespace of this process: they go with it, however it ends.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"
[ "${1:-}" = --mounted ] || exec unshare --mount --propagation private "$0" --mounted "$@"
root=$2
shift 2
for place in proc sys dev; do mount --rbind "/$place" "$root/$place"; done
[ ! -f /etc/resolv.conf ] || cp /etc/resolv.conf "$root/etc/resolv.conf"
exec chroot "$root" /usr/bin/env "$@"
