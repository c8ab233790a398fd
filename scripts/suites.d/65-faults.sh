# What goes wrong on the way, done by the embedded Hub on demand.
counted_suite "faults" python3 tests/python/faults_test.py build/dev/bin/slipway
