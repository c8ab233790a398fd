# Every way of ending a turn, by generate() of both eras, on models that end a turn and go on.
oracle_suite "turn ends, transformers 5" v5 tests/python/turn_ends_test.py build/dev/bin/slipway
oracle_suite "turn ends, transformers 4" v4 tests/python/turn_ends_test.py build/dev/bin/slipway
