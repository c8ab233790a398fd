# Distributed checkpoints of the real torch, beside its own converters; a training whose sharded FSDP leaves no model.
oracle_suite "distributed checkpoints" v5 tests/python/dcp_test.py build/dev/bin/slipway
# Every command on every kind of run that a training leaves: pickles, shards, FSDP, ZeRO-3, checkpoints alone, half-written ones.
oracle_suite "kinds of checkpoints" v5 tests/python/checkpoint_kinds_test.py build/dev/bin/slipway
# A training under DeepSpeed ZeRO-3, with and without its weights gathered at the end.
oracle_suite "a ZeRO-3 training published" deepspeed tests/python/zero_training_test.py build/dev/bin/slipway
# The state of an adapter's training, the frozen base in it, beside what peft's save_pretrained gives.
oracle_suite "states of adapters" v5 tests/python/adapter_state_test.py build/dev/bin/slipway
