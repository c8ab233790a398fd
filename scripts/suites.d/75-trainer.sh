# The trainer's door: SFT, DPO and ORPO trainings that end in a published repository, alone and as two ranks.
oracle_suite "the trainer's door, transformers 5" v5 tests/python/trainer_test.py build/dev/bin/slipway
oracle_suite "the trainer's door, transformers 4" v4 tests/python/trainer_test.py build/dev/bin/slipway
oracle_suite "two ranks in training, transformers 5" v5 tests/python/trainer_ranks_test.py build/dev/bin/slipway
oracle_suite "two ranks in training, transformers 4" v4 tests/python/trainer_ranks_test.py build/dev/bin/slipway
