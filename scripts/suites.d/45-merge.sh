# LoRA merges beside peft's merge_and_unload.
oracle_suite "LoRA merges" v5 tests/python/merge_test.py build/dev/bin/slipway
