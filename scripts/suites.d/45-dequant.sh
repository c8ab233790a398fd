# 4-bit models of bitsandbytes, dequantised, and bases quantised on load, beside bitsandbytes itself.
oracle_suite "4-bit weights: v5" v5 tests/python/dequant_test.py build/dev/bin/slipway build/dev/nf4_answers
oracle_suite "4-bit weights: v4" v4 tests/python/dequant_test.py build/dev/bin/slipway build/dev/nf4_answers
