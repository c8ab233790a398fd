# LoRA merges beside peft's merge_and_unload.
oracle_suite "LoRA merges" v5 tests/python/merge_test.py build/dev/bin/slipway
oracle_suite "the merge command" v5 tests/python/merge_command_test.py build/dev/bin/slipway
oracle_suite "merged models: v5" v5 tests/python/merge_models_test.py build/dev/bin/slipway
oracle_suite "merged models: v4" v4 tests/python/merge_models_test.py build/dev/bin/slipway
# Experts of mixtures, of both eras' forms.
oracle_suite "experts: v5" v5 tests/python/experts_test.py build/dev/bin/slipway
oracle_suite "experts: v4" v4 tests/python/experts_test.py build/dev/bin/slipway
oracle_suite "merged ties: v5" v5 tests/python/merge_ties_test.py build/dev/bin/slipway
oracle_suite "merged ties: v4" v4 tests/python/merge_ties_test.py build/dev/bin/slipway
