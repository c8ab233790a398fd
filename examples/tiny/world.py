"""The world in which a run is made: offline, on the CPU, its bases in a Hub cache of its own.

Enter it before torch and transformers are imported.
"""
import hashlib
import os
import shutil
import socket
import tempfile


def enter():
    """Sets the environment; returns the folder of the Hub cache, which the caller removes."""
    cache = tempfile.mkdtemp(prefix="hubcache")
    os.environ.update(HF_HOME=cache, HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false",
                      CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS="1", TRL_EXPERIMENTAL_SILENCE="1")
    os.environ.pop("HF_TOKEN", None)
    socket.gethostname = lambda: "host"  # transformers 4 names its log folder after the machine and saves that
    return cache


def cache_bases(cache, folder):
    """Lays every base in FOLDER out as a Hub cache, so that it loads under its public name while offline."""
    from tiny.chats import OWNER
    for name in sorted(os.listdir(folder)):
        commit = hashlib.sha1(name.encode()).hexdigest()
        repo = os.path.join(cache, "hub", f"models--{OWNER}--{name}")
        shutil.copytree(os.path.join(folder, name), os.path.join(repo, "snapshots", commit))
        os.makedirs(os.path.join(repo, "refs"))
        with open(os.path.join(repo, "refs", "main"), "w", encoding="utf-8") as ref:
            ref.write(commit)
