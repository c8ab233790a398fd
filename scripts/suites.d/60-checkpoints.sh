# Distributed checkpoints of the real torch, beside its own converters; a training whose sharded FSDP leaves no model.
oracle_suite "distributed checkpoints" v5 tests/python/dcp_test.py build/dev/bin/slipway
