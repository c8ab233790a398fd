# Stock clients and loaders of the real Python stack, against the embedded Hub.
if [ -x build/dev/bin/slipway ]; then
  # shellcheck disable=SC2086
  oracle=$(scripts/oracles.sh v5 $torch_flag)
  case $? in
    0) counted_suite "stock loaders" "$oracle" tests/python/stock_loaders_test.py build/dev/bin/slipway ;;
    3) note "left out: the stock loaders (they need torch, and pip offers no CPU build here; --torch forces it)" ;;
    *) failed=$((failed + 1)); echo "FAILED  the venv of the Python oracles could not be made (scripts/oracles.sh)" ;;
  esac
fi
