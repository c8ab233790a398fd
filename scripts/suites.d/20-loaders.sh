# Stock clients and loaders of the real Python stack, against the embedded Hub.
oracle_suite "stock loaders" v5 tests/python/stock_loaders_test.py build/dev/bin/slipway
