#!/usr/bin/env bash
# From nothing to a published model: builds, starts a Hub of your own, publishes a real finished run to it,
# fetches it back and compares. --prove adds the stock loaders (they need torch).
set -euo pipefail
cd "$(dirname "$0")/.."
prove=false
[ "${1:-}" = --prove ] && prove=true

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '$ slipway %s\n' "$*"; bin/slipway "$@"; }

say "1. Set up and build"
log=$(mktemp)
./dev build > "$log" 2>&1 || { grep -E 'error|FAILED|E:' -A 5 "$log" || tail -n 40 "$log"; exit 1; }
rm -f "$log"
bin/slipway --version

work=$(mktemp -d)
server=""
clean() { [ -z "$server" ] || { kill "$server" 2> /dev/null; wait "$server" 2> /dev/null; }; rm -rf "$work"; }
trap clean EXIT
cp -r examples/runs "$work/"

say "2. A Hub of your own, in one folder"
bin/slipway hub serve --root "$work/hub" --port 0 --no-progress > "$work/ready" 2> "$work/serve.log" &
server=$!
for _ in $(seq 100); do [ -s "$work/ready" ] && break; sleep 0.1; done
HF_ENDPOINT=$(sed -n 's/^listening on //p' "$work/ready")
export HF_ENDPOINT
echo "listening on $HF_ENDPOINT"
show push examples/bases/tiny-llama slipway-lab/tiny-llama --public -q

say "3. What trl left behind"
show inspect "$work/runs/chatml-full"

say "4. Fix it, describe it, verify it, publish it"
show publish "$work/runs/chatml-full" --recipe examples/recipes/chatml-full.yaml

say "5. Again: nothing to do, no commit"
show publish "$work/runs/chatml-full" --recipe examples/recipes/chatml-full.yaml

say "6. Fetch it back and compare"
show pull slipway-lab/tiny-llama-sft --out "$work/copy" -q
python3 scripts/compare_release.py "$work/runs/chatml-full" "$work/copy" examples/runs/chatml-full

if $prove; then
  say "7. Stock loaders (transformers, peft)"
  python=$(scripts/oracles.sh --torch)
  "$python" tests/python/stock_loaders_test.py bin/slipway 2> /dev/null |
    grep -E '^(ok +(chatml-full|lora):|FAILED|[0-9]+ passed)'
fi
say "The published repository is right."
