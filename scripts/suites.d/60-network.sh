# TLS of an authority of our own, and proxies.
counted_suite "network" python3 tests/python/network_test.py build/dev/bin/slipway
