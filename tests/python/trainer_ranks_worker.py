"""One rank of the trainings of trainer_ranks_test.py; torchrun starts it. Prints a line of JSON for each training.

    trainer_ranks_worker.py PROGRAM
"""
import contextlib
import functools
import json
import os
import sys

import tiny_trainings
from rank_end import leave_together
from tiny_trainings import OWNER

import slipway
from slipway import _program
from slipway._ending import Ending

COLLECTIVES = ("all_reduce", "barrier", "broadcast", "broadcast_object_list", "all_gather", "all_gather_into_tensor",
               "all_gather_object", "gather", "gather_object", "scatter", "reduce", "reduce_scatter", "reduce_scatter_tensor",
               "all_to_all", "send", "recv", "isend", "irecv", "monitored_barrier")


@contextlib.contextmanager
def refused_collectives(calls):
    """Whoever enters a collective meanwhile fails, and is counted: a failure can be swallowed."""
    import torch.distributed as dist
    before = {name: getattr(dist, name) for name in COLLECTIVES}

    def refuse(name, *_, **__):
        calls.append(name)
        raise AssertionError(f"a collective was entered while a release was being made: {name}")

    for name in before:
        setattr(dist, name, functools.partial(refuse, name))
        setattr(dist.distributed_c10d, name, functools.partial(refuse, name))
    try:
        yield
    finally:
        for name, real in before.items():
            setattr(dist, name, real)
            setattr(dist.distributed_c10d, name, real)


@contextlib.contextmanager
def guarded(calls):
    """Counts the runs of the program; collectives are refused from the end of the save to the end of the publication."""
    run, publish = _program.run, Ending.publish

    def counted(*words, **more):
        calls.append(words[0])
        return run(*words, **more)

    def alone(self, *words, **more):
        with refused_collectives(calls):
            return publish(self, *words, **more)

    _program.run, Ending.publish = counted, alone
    try:
        yield
    finally:
        _program.run, Ending.publish = run, publish


def pass_cpus_off_as_accelerators():
    """accelerate leaves CPU ranks out of FSDP, though torch shards on gloo as well: they are called XPUs here."""
    import accelerate.state as state
    real = state.PartialState.__init__

    def init(self, *words, **more):
        real(self, *words, **more)
        if self._shared_state.get("distributed_type") == state.DistributedType.MULTI_CPU:
            self._shared_state["distributed_type"] = state.DistributedType.MULTI_XPU

    state.PartialState.__init__ = init


def fsdp_settings(kind):
    import transformers
    os.environ.update(FSDP_VERSION="2", FSDP_STATE_DICT_TYPE=kind)  # what `accelerate launch` sets; transformers 4 reads no other
    config = {"version": 2, "state_dict_type": kind, "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
              "transformer_layer_cls_to_wrap": ["Qwen2DecoderLayer"], "sync_module_states": "false"}
    return {"fsdp": "full_shard auto_wrap" if transformers.__version__.startswith("4.") else True, "fsdp_config": config}


def told(name, trainer, callback, calls, **more):
    files = sorted(os.listdir(trainer.args.output_dir)) if trainer.is_world_process_zero() else []
    print(json.dumps({"name": name, "rank": trainer.args.process_index, "calls": calls, "files": files,
                      "exit_code": getattr(callback.error, "exit_code", 0), "error": callback.error and str(callback.error),
                      "commit": callback.result and callback.result.commit, **more}),
          flush=True)


def train(name, trainer, **wishes):
    callback = slipway.SlipwayCallback(trainer, to=f"me/{name}", dataset_name=f"{OWNER}/tiny-chat", **{"push": True, **wishes})
    trainer.add_callback(callback)
    calls = []
    with guarded(calls):
        trainer.train()
    told(name, trainer, callback, calls, sharded=bool(trainer.is_fsdp_enabled))
    return trainer, callback


def data_parallel():
    train("ddp", tiny_trainings.sft("ddp"))
    trainer, callback = train("again", tiny_trainings.sft("again"))
    calls = []
    with guarded(calls):
        release = trainer.push_to_hub(tags=["again"])
    told("pushed again", trainer, callback, calls, same=(release is None) != trainer.is_world_process_zero())


def finished():
    trainer = tiny_trainings.sft("finished", do_eval=True, push_to_hub=True, hub_model_id="me/finished", hub_strategy="end")
    result = trainer.train()
    calls = []
    with guarded(calls):
        slipway.finish(trainer, metrics=result.metrics, dataset_name=f"{OWNER}/tiny-chat")
    told("finished", trainer, trainer._slipway_ending, calls)


def failing():
    train("refused", tiny_trainings.sft("refused"), endpoint=os.environ["HF_ENDPOINT"] + "/absent")


def unsaved():
    """The main process's disk is full at the end of the training; all ranks make room and finish, twice at one step."""
    trainer = tiny_trainings.sft("unsaved")
    callback = slipway.SlipwayCallback(trainer, to="me/unsaved", push=True)
    trainer.add_callback(callback)
    save_state = trainer.save_state

    def fail():
        if trainer.is_world_process_zero():
            raise OSError("no room")

    trainer.save_state = fail
    calls, problem = [], None
    with guarded(calls):
        try:
            trainer.train()
        except Exception as raised:  # noqa: BLE001  # which, is the test's affair
            problem = raised
        assert not calls
        trainer.save_state = save_state
        callback.finish()
        slipway.finish(trainer, to="me/unsaved", push=True, tags=["second"])
    told("unsaved", trainer, callback, calls, problem=str(problem))


def node_local():
    """As on two nodes, each with a disk of its own."""
    from slipway import _ranks
    _ranks.TRAINED_SECONDS = 2.0
    rank, per_node = os.environ["RANK"], os.environ["LOCAL_WORLD_SIZE"]
    os.environ["LOCAL_WORLD_SIZE"] = "1"
    train("nodes", tiny_trainings.sft(f"node-{rank}/nodes"))
    os.environ["LOCAL_WORLD_SIZE"] = per_node


def sharded():
    pass_cpus_off_as_accelerators()
    for name, kind in (("fsdp", "FULL_STATE_DICT"), ("fsdp-sharded", "SHARDED_STATE_DICT")):
        train(name, tiny_trainings.sft(name, **fsdp_settings(kind)))


def main():
    tiny_trainings.quiet()
    _program.chosen = os.path.abspath(sys.argv[1])
    for trainings in (data_parallel, finished, failing, unsaved, node_local, sharded):
        trainings()
    leave_together()


if __name__ == "__main__":
    main()
