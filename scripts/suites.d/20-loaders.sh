# Stock clients and loaders of the real Python stack, against the embedded Hub.
counted_suite "the examples" python3 tests/python/examples_test.py build/dev/bin/slipway
oracle_suite "stock clients" v5 tests/python/stock_clients_test.py build/dev/bin/slipway
oracle_suite "every run, transformers 5" v5 tests/python/stock_loaders_test.py build/dev/bin/slipway
oracle_suite "every run, transformers 4" v4 tests/python/stock_loaders_test.py build/dev/bin/slipway
