"""One command, watched while it runs: what every bench measures in the same way."""
import hashlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

SAMPLE_SECONDS = 0.005
ALMOST_NOTHING_BYTES = 500_000_000


@dataclass
class Cost:
    """Seconds of wall and of CPU (user + system), the peak of RssAnon + RssShmem, bytes read by system calls."""
    wall: float
    cpu: float
    memory_bytes: int
    read_bytes: int
    out: str


def field(pid, file, key):
    found = re.search(rf"^{key}:\s*(\d+)", pathlib.Path(f"/proc/{pid}/{file}").read_text(), re.M)
    return int(found[1]) if found else 0


def watched(command, env=None):
    """Runs a command to its end, which must be a good one."""
    memory = read = 0
    before, begin = os.times(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)

    def watch():
        nonlocal memory, read
        while process.poll() is None:
            try:
                memory = max(memory, 1024 * (field(process.pid, "status", "RssAnon") + field(process.pid, "status", "RssShmem")))
                read = max(read, field(process.pid, "io", "rchar"))
            except OSError:
                pass
            time.sleep(SAMPLE_SECONDS)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, err = process.communicate()
    watcher.join()
    after = os.times()
    assert process.returncode == 0, out + err
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(time.perf_counter() - begin, cpu, memory, read, out)


def show_medians(rows, size_bytes):
    """A line for each row that was measured ({name: [(wall, CPU, memory)]}); gives the medians of the walls."""
    walls = {}
    for name, costs in rows.items():
        if not costs:
            continue
        walls[name], cpu = (statistics.median(cost[i] for cost in costs) for i in (0, 1))
        memory = max(cost[2] for cost in costs)
        peak = f", peak anonymous and shared memory {memory / 1e6:.0f} MB" if memory else ""
        print(f"{name}: {size_bytes / 1e9:.2f} GB, {walls[name]:.2f} s, CPU {cpu:.2f} s ({cpu / size_bytes * 1e9:.2f} s/GB){peak}")
    return walls


def fill_page_cache(work, inputs=None):
    """Reads a file of holes until hardly any memory is free, and then the inputs, twice, so that they stay. A virtual machine takes ten
    times as long for a page that its host has to find first; after this every new page is one that the cache gives back, for every peer
    and at any size, as on a machine that has been up for a while."""
    piece = memoryview(bytearray(1 << 20))
    with open(work / "filler", "a+b", buffering=0) as file:
        file.truncate(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        file.seek(0)
        while 1024 * field("", "meminfo", "MemFree") > ALMOST_NOTHING_BYTES and file.readinto(piece):
            pass
    for path in sorted(inputs.rglob("*")) * 2 if inputs else []:
        if path.is_file():
            with open(path, "rb", buffering=0) as file:
                while file.readinto(piece):
                    pass


def plain_write(work, size_bytes):
    """What a bare write of as many bytes costs: (wall, CPU, no memory)."""
    fill_page_cache(work)
    piece = os.urandom(1 << 20)
    begin, before = time.perf_counter(), time.process_time()
    with tempfile.TemporaryFile(dir=work, buffering=0) as file:
        for _ in range(size_bytes >> 20):
            file.write(piece)
        return time.perf_counter() - begin, time.process_time() - before, 0


def tensor_digests(path):
    """SHA-256 of every tensor in a safetensors file, or in those of a folder."""
    import torch
    from safetensors import safe_open
    found = {}
    for each in sorted(path.glob("*.safetensors")) if path.is_dir() else [path]:
        with safe_open(each, "pt") as file:
            for name in file.keys():
                found[name] = hashlib.sha256(file.get_tensor(name).flatten().view(torch.uint8).numpy()).hexdigest()
    return found


def mapped_files(command, suffix, env=None):
    """How many mmap calls name a file of that ending, and how many there are; None where strace is missing."""
    if shutil.which("strace") is None:
        return None
    with tempfile.NamedTemporaryFile("r", suffix=".strace") as log:
        subprocess.run(["strace", "-f", "-y", "-e", "trace=mmap", "-o", log.name, *command], env=env, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        calls = [line for line in log if "mmap(" in line]
    return sum(suffix in line for line in calls), len(calls)
