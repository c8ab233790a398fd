#!/usr/bin/env python3
"""./dev dist: the bundle as an archive, and the wheel that holds the same.

    dist.py [--build DIR] [--out DIR]

The same build gives the same bytes.
"""
import argparse
import gzip
import io
import pathlib
import platform
import re
import tarfile

import bundle
import wheel

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Watched: what a release may weigh. Half of it hangs on Debian's libcurl, which brings LDAP, Kerberos, SSH and GnuTLS along.
UNPACKED_BYTES_MAX = 36_000_000
PACKED_BYTES_MAX = 14_000_000


def version():
    return re.search(r"project\(slipway VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


def archive(folder, files):
    """The bytes of a .tar.gz, all under `folder`."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in files:
            entry = tarfile.TarInfo(f"{folder}/{file.path}")
            entry.size, entry.mode = len(file.data), 0o755 if file.executable else 0o644
            tar.addfile(entry, io.BytesIO(file.data))
    return gzip.compress(plain.getvalue(), 6, mtime=0)


def megabytes(size):
    return f"{size / 1e6:.1f} MB"


def check_size(what, size, bound):
    if size > bound:
        raise SystemExit(f"dist: {what} has {size} bytes, more than {bound}; make it smaller, or raise the bound in scripts/dist.py "
                         "with the reason")


def main():
    parser = argparse.ArgumentParser(description="the bundle as an archive, and the wheel")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "dist")
    given = parser.parse_args()
    machine = platform.machine()
    files = bundle.make(given.build)
    folder = f"slipway-{version()}-linux-{machine}"
    made = {f"{folder}.tar.gz": archive(folder, files), wheel.name(version(), machine): wheel.make(version(), machine, files)}

    unpacked = sum(len(file.data) for file in files)
    check_size("the bundle", unpacked, UNPACKED_BYTES_MAX)
    given.out.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        check_size(name, len(data), PACKED_BYTES_MAX)
        (given.out / name).write_bytes(data)
        print(f"{megabytes(len(data)):>9}  {given.out / name}")
    program = next(len(file.data) for file in files if file.path == f"{bundle.LIBRARIES}/slipway")
    print(f"{megabytes(unpacked):>9}  unpacked, {len(files)} files; the program {megabytes(program)}")


if __name__ == "__main__":
    main()
