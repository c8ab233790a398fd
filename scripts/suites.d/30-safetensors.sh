# The official safetensors package: its verdicts, its bytes, its casts.
oracle_suite "official safetensors" v5 tests/python/official_safetensors_test.py build/dev/bin/slipway
