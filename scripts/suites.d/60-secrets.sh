# A crash while a token is held.
counted_suite "no core file" python3 tests/python/no_core_test.py build/dev/bin/slipway
