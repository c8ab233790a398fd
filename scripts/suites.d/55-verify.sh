# Damage of every kind is found by slipway verify; what the stock stack leaves, and what we publish, is clean to slipway doctor, and
# defects sown into it are found, mended, and taken back.
oracle_suite "verify" v5 tests/python/verify_test.py build/dev/bin/slipway
oracle_suite "doctor: v5" v5 tests/python/doctor_test.py build/dev/bin/slipway
oracle_suite "doctor: v4" v4 tests/python/doctor_test.py build/dev/bin/slipway

# A repository of 10 GB, read by ranges.
counted_suite "doctor, 10 GB at a distance" python3 tests/python/doctor_remote_test.py build/dev/bin/slipway
