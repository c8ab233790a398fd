# N copies of a command as real processes: one works, the others end as it does.
counted_suite "ranks" python3 tests/python/ranks_test.py build/dev/bin/slipway
