# Files of torch.save by the real torch, and checkpoints of real DeepSpeed trainings beside its own converter.
oracle_suite "files of torch.save" v5 tests/python/torch_files_test.py build/dev/bin/slipway
oracle_suite "DeepSpeed checkpoints" deepspeed tests/python/zero_test.py build/dev/bin/slipway
