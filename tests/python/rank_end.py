"""How a rank of a training ends."""
import os
import sys


def leave_together():
    """All at once, or who leaves first takes the connection from who still works; and at once: torch's own threads can abort a process
    that is being taken down ("terminate called without an active exception")."""
    import torch.distributed as dist
    dist.barrier()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
