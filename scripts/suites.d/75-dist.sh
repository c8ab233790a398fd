# The bundle and the wheel, in an empty root, in Debian 11 and in other Pythons.
dist_suite() { counted_suite "bundle and wheel" python3 tests/python/dist_test.py build/dev/bin/slipway "$@"; }
debian11=$(scripts/debian_root.sh python-bullseye bullseye ca-certificates python3 python3-venv 2> build/root.log)
case $? in
  0) dist_suite --debian11 "$debian11" ;;
  3)
    note "left out: the wheel on Debian 11 ($(tail -n 1 build/root.log))"
    dist_suite
    ;;
  *)
    failed=$((failed + 1))
    tail -n 20 build/root.log
    printf 'FAILED  %-34s the root could not be made: scripts/debian_root.sh python-bullseye bullseye\n' "the wheel on Debian 11"
    dist_suite
    ;;
esac
