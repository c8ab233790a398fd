# Our client and huggingface_hub publish the same folders, each to a Hub that records its requests.
oracle_suite "beside huggingface_hub" v5 tests/python/against_stock_client_test.py build/dev/bin/slipway
