# The ending of the alignment-handbook's SFT script beside `publish --profile handbook`.
oracle_suite "the handbook's ending" v4 tests/python/handbook_ending_test.py build/dev/bin/slipway
