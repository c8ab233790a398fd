# Commands and saves killed at random instants, 20 of each here and 300 in ./dev soak; the same command finishes each.
counted_suite "kills" python3 tests/python/kill_test.py build/dev/bin/slipway
oracle_suite "kills during a save" v5 tests/python/save_kill_test.py build/dev/bin/slipway
