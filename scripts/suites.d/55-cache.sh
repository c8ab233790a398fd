# The Hub cache that slipway pull shares with huggingface_hub and transformers, both ways.
oracle_suite "the shared Hub cache" v5 tests/python/cache_test.py build/dev/bin/slipway
