#!/usr/bin/env bash
# Makes the venv of one era of the real Python stack, keyed by its lock file, and prints its python.
#   v5 | v4  which era (v5); tools: what checks our own Python, without torch; deepspeed: that, on top of v5
#   --torch  also where pip has no CPU build of torch (a download of several gigabytes)
# Exit 3: pip offers no CPU build; the tests that need torch are then left out, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
era=v5 torch_wanted=false
for word in "$@"; do
  case "$word" in
    v4 | v5 | tools | deepspeed) era=$word ;;
    --torch) torch_wanted=true ;;
    *) echo "scripts/oracles.sh: what is '$word'?" >&2; exit 2 ;;
  esac
done
lock=tests/oracles/$era.lock
torch=$(grep -x 'torch==.*' "$lock" || true)
venv="${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway-dev}/venvs/$era-$(sha256sum < "$lock" | cut -c1-12)"
python="$venv/bin/python"

if [ -f "$venv/complete" ]; then
  echo "$python"
  exit 0
fi

# Asked before anything is downloaded: is the wheel that pip would take one of the CPU build?
offers_cpu_build() {
  "$python" -m pip install --dry-run --no-deps --report - -q "$torch" 2> /dev/null |
    python3 -c 'import json, sys
report = json.load(sys.stdin)["install"][0]
sys.exit(0 if "cpu" in report["metadata"]["version"] or "cpu" in report["download_info"]["url"].rsplit("/", 1)[-1] else 1)'
}

below=
if [ "$era" = deepspeed ]; then
  if $torch_wanted; then below=$(scripts/oracles.sh v5 --torch); else below=$(scripts/oracles.sh v5); fi
fi
rm -rf "$venv"
mkdir -p "$(dirname "$venv")"
printf '== making the venv of the Python oracles (%s)\n' "$venv" >&2
python3 -m venv "$venv" >&2
if [ -n "$torch" ] && ! offers_cpu_build && ! $torch_wanted; then
  rm -rf "$venv"
  echo "pip offers no CPU build of $torch here" >&2
  exit 3
fi
[ -z "$torch" ] || "$python" -m pip install -q "$torch" >&2
if [ -n "$below" ]; then # it is only published as source; none of its kernels is compiled
  "$below" -c 'import site; print(site.getsitepackages()[0])' > "$("$python" -c 'import site; print(site.getsitepackages()[0])')/v5.pth"
  export DS_BUILD_OPS=0
fi
"$python" -m pip install -q --no-deps -r "$lock" >&2
touch "$venv/complete"
echo "$python"
