# Stock clients and loaders of the real Python stack, against the embedded Hub.
counted_suite "examples' table" python3 tests/python/example_table_test.py build/dev/bin/slipway
oracle_suite "stock clients" v5 tests/python/stock_clients_test.py build/dev/bin/slipway
oracle_suite "every run, transformers 5" v5 tests/python/stock_loaders_test.py build/dev/bin/slipway
oracle_suite "every run, transformers 4" v4 tests/python/stock_loaders_test.py build/dev/bin/slipway
