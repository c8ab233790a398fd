#!/usr/bin/env python3
"""The bundle and the wheel of ./dev dist, where there is nothing but them: an empty root, Debian 11, other Pythons.

    dist_test.py PROGRAM [--debian11 ROOT]   (made from the build that PROGRAM lies in)

What they publish is held against what PROGRAM publishes. ROOT: a root of Debian 11 with python3-venv (scripts/debian_root.sh);
without it those checks are not made. An empty root takes root, or user namespaces.
"""
import base64
import contextlib
import csv
import functools
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socketserver
import ssl
import subprocess
import sys
import tarfile
import threading
import zipfile

import example_runs
from authority import make_authority
from ground import LeftOut, PROGRAM, ROOT, WORK, check, hub, run_checks
from ways import BARE, Way, check_publishes_the_same, digests, plain, tree

BUILD = pathlib.Path(PROGRAM).parent.parent
DIST = WORK / "dist"
DEBIAN11 = pathlib.Path(sys.argv[sys.argv.index("--debian11") + 1]) if "--debian11" in sys.argv else None
INSIDE = "/opt/slip way"  # a blank in the path, as people have them
CA_PLACES = ("etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt", "etc/ssl/ca-bundle.pem", "etc/ssl/cert.pem")


def make_dist(out):
    subprocess.run([sys.executable, ROOT / "scripts/dist.py", "--build", BUILD, "--out", out], check=True, stdout=subprocess.DEVNULL)


def archive():
    return next(DIST.glob("slipway-*.tar.gz"))


def wheel():
    return next(DIST.glob("slipway-*.whl"))


def unpack(folder):
    with tarfile.open(archive()) as tar:
        tar.extractall(folder)
    return next(folder.iterdir())


def version(*command, **more):
    done = subprocess.run([*map(str, command), "--version"], capture_output=True, text=True, check=False, **more)
    return done.stdout + done.stderr


@functools.cache
def empty_root():
    """A folder that holds the bundle, the example runs, resolv.conf and nothing else: no /proc, no /dev, no shell."""
    root = WORK / "empty root"
    inside = root / INSIDE.lstrip("/")
    inside.parent.mkdir(parents=True)
    unpack(WORK / "unpacked").rename(inside)
    shutil.copytree(example_runs.EXAMPLES / "recipes", root / "recipes")
    (root / "etc").mkdir()
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    (root / "tmp").mkdir()
    return root


def into(root):
    """The start of a command line that runs in ROOT."""
    chroot = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if os.geteuid() == 0:
        return [chroot, str(root)]
    words = ["unshare", "-r", chroot, str(root)]
    if subprocess.run(["unshare", "-r", "true"], check=False, capture_output=True).returncode != 0:
        raise AssertionError("an empty root takes root (chroot) or user namespaces (unshare -r); here is neither")
    return words


def in_empty_root(program=f"{INSIDE}/bin/slipway"):
    return Way((*into(empty_root()), program), empty_root())


# The bundle


@check
def the_bundle_starts_wherever_it_lies_and_however_it_is_called():
    bundle = empty_root() / INSIDE.lstrip("/")
    expected = version(PROGRAM)
    assert expected.startswith("slipway "), expected
    moved = WORK / "moved to"
    shutil.copytree(bundle, moved)
    link = WORK / "a link"
    link.symlink_to("moved to/bin/slipway")
    (WORK / "bin").mkdir()
    (WORK / "bin" / "slipway").symlink_to(link)
    ways = {"by its path": ([moved / "bin/slipway"], {}), "by a link to a link": ([WORK / "bin/slipway"], {}),
            "by a relative path": (["../bin/slipway"], {"cwd": moved / "lib"}),
            "through PATH": (["sh", "-c", 'exec slipway "$@"', "_"], {"env": {"PATH": f"{WORK}/bin:/usr/bin:/bin"}})}
    for name, (command, more) in ways.items():
        assert version(*command, **more) == expected, (name, version(*command, **more))


@check
def the_bundle_starts_without_proc():
    root = empty_root()
    assert not (root / "proc").exists()
    (root / "slipway").symlink_to(f"{INSIDE}/bin/slipway")
    for name in (f"{INSIDE}/bin/slipway", "/slipway", f"../{INSIDE}/bin/slipway"):
        assert version(*into(root), name, cwd="/") == version(PROGRAM), name


@check
def libraries_of_this_machine_stay_out():
    wrong = WORK / "libwrong.so"
    wrong.write_bytes(b"no library")
    told = version(empty_root() / INSIDE.lstrip("/") / "bin/slipway", env={"LD_PRELOAD": str(wrong), "LD_LIBRARY_PATH": str(WORK)})
    assert told == version(PROGRAM), told


@check
def a_program_without_its_libraries_says_what_to_do():
    alone = WORK / "alone" / "bin" / "slipway"
    alone.parent.mkdir(parents=True)
    shutil.copy(empty_root() / INSIDE.lstrip("/") / "bin/slipway", alone)
    done = subprocess.run([alone, "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "move or copy the whole folder" in done.stderr, done


@check
def a_path_that_the_loader_cannot_take_is_told():
    for name in ("a:b", "a;b", "a$LIB"):
        folder = WORK / name
        folder.symlink_to(empty_root() / INSIDE.lstrip("/"))
        assert version(folder / "bin/slipway") == version(PROGRAM)  # where it really lies counts
        folder.unlink()
        shutil.copytree(empty_root() / INSIDE.lstrip("/"), folder)
        told = version(folder / "bin/slipway")
        assert "move the folder to a path without" in told and str(folder) in told, told


@check
def a_build_for_newer_processors_is_not_packed():
    build = WORK / "build for this machine"
    build.mkdir()
    for flag in ("-march=native", "-mavx2", "-msha"):
        commands = (BUILD / "compile_commands.json").read_text()
        (build / "compile_commands.json").write_text(commands.replace(" -Wshadow", f" {flag} -Wshadow", 1))
        done = subprocess.run([sys.executable, ROOT / "scripts/dist.py", "--build", build], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and f"compiled with {flag}" in done.stderr, done.stderr


@check
def signals_and_exit_codes_are_the_programs():
    program = empty_root() / INSIDE.lstrip("/") / "bin/slipway"
    assert subprocess.run([program, "publsh"], capture_output=True, check=False).returncode == 2
    server = subprocess.Popen([program, "hub", "serve", "--root", WORK / "signals", "--port", "0", "--json"], stdout=subprocess.PIPE)
    assert json.loads(server.stdout.readline())["type"] == "ready"
    assert pathlib.Path(f"/proc/{server.pid}/comm").read_text() == "slipway\n"  # as top and pgrep show it
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0


@check
def cmake_installs_the_program():
    prefix = WORK / "the prefix"
    subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix, "--strip"], check=True, stdout=subprocess.DEVNULL)
    assert version(prefix / "bin/slipway") == version(PROGRAM)


@check
def every_library_comes_with_its_licence():
    bundle = empty_root() / INSIDE.lstrip("/")
    documents = bundle / "share/doc"
    rows = [example_runs.cells(line) for line in (documents / "slipway/libraries.md").read_text().splitlines() if line.startswith("| lib") or
            line.startswith("| ld-")]
    listed = {name for row in rows for name in row[0].split(", ")} - {"library"}
    assert listed == {path.name for path in (bundle / "lib/slipway").iterdir()} - {"slipway"}, listed
    for _, package, _ in (row for row in rows if row[0] != "library"):
        text = (documents / package.split()[0] / "copyright").read_text(errors="replace")
        for name in re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", text):
            assert (documents / "common-licenses" / name).is_file(), (package, name)


@check
def the_same_build_gives_the_same_bytes():
    make_dist(WORK / "again")
    assert digests(WORK / "again") == digests(DIST)


# The empty root


@check
def an_empty_root_publishes_every_example_as_the_plain_program_does():
    check_publishes_the_same("empty", in_empty_root(), example_runs.runs())


class Tls(http.server.BaseHTTPRequestHandler):
    """Before an embedded Hub: speaks TLS, and says so in X-Forwarded-Proto."""
    protocol_version = "HTTP/1.1"
    far = ""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        far = http.client.HTTPConnection(self.far)
        far.request(self.command, self.path, body, {**dict(self.headers), "X-Forwarded-Proto": "https"})
        reply = far.getresponse()
        data = reply.read()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", reply.headers["Content-Length"] if self.command == "HEAD" else str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that does not trust us hangs up


@contextlib.contextmanager
def tls_before(endpoint):
    Tls.far = endpoint.removeprefix("http://")
    server = Server(("127.0.0.1", 0), Tls)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority() / "hub.pem", authority() / "hub.key")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()


@functools.cache
def authority():
    return make_authority(WORK / "ca")


def publish_over_tls(way, run, endpoint):
    """Publishes RUN over TLS; gives the exit code, the result, and the tree that came of it."""
    folder = way.root / f"tmp/tls-{os.getpid()}"
    shutil.copytree(run.folder, folder / "run")
    shutil.copytree(run.base, folder / "base")
    here = pathlib.Path("/") / folder.relative_to(way.root)
    try:
        with tls_before(endpoint) as address:
            return way.run("publish", here / "run", "--base", here / "base", "--to", "me/tls", "--public", HF_ENDPOINT=address)
    finally:
        shutil.rmtree(folder)


@check
def an_empty_root_publishes_by_tls_with_the_authorities_of_any_linux():
    run = example_runs.runs()[0]
    with hub(root="tls") as endpoint:
        code, result = publish_over_tls(in_empty_root(), run, endpoint)
        assert code == 1 and "install ca-certificates, or name a file in SSL_CERT_FILE" in result["error"]["message"], result
        for number, place in enumerate(CA_PLACES):
            file = empty_root() / place
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(authority() / "ca.pem", file)
            try:
                code, result = publish_over_tls(in_empty_root(), run, endpoint)
            finally:
                file.unlink()
            assert code == 0 and result["changed"] is (number == 0), (place, result)
        shutil.copytree(run.folder, WORK / "tls-run")
        code, result = plain().run("publish", WORK / "tls-run", "--base", run.base, "--to", "me/plain", "--public", HF_ENDPOINT=endpoint)
        assert code == 0, result
        weights = [row for row in tree(endpoint, "me/tls") if row[0].endswith(".safetensors")]
        assert weights and weights == [row for row in tree(endpoint, "me/plain") if row[0].endswith(".safetensors")]


class OneName(socketserver.BaseRequestHandler):
    """A DNS server that knows the address 127.0.0.1 of every name, and no other kind of record."""

    def handle(self):
        query, answering = self.request
        question = query[12:query.index(b"\0", 12) + 5]
        wants_address = question[-4:] == b"\0\x01\0\x01"
        head = query[:2] + b"\x81\x80" + b"\0\x01" + (b"\0\x01" if wants_address else b"\0\0") + b"\0\0\0\0"
        record = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01" if wants_address else b""
        answering.sendto(head + question + record, self.client_address)


@check
def an_empty_root_finds_hosts_by_dns():
    if os.geteuid() != 0:
        raise LeftOut("a name server's port takes root")
    config = empty_root() / "etc/resolv.conf"
    before = config.read_bytes()
    config.write_text("nameserver 127.0.0.9\noptions timeout:2 attempts:2\n")
    try:
        with socketserver.ThreadingUDPServer(("127.0.0.9", 53), OneName) as names, hub(root="dns") as endpoint:
            threading.Thread(target=names.serve_forever, daemon=True).start()
            code, result = in_empty_root().run("whoami", HF_ENDPOINT=endpoint.replace("127.0.0.1", "hub.test"), HF_TOKEN="hf_anyone")
            names.shutdown()
    finally:
        config.write_bytes(before)
    assert code == 0 and result["name"] == "local", result


@check
def an_empty_root_serves_a_hub():
    server = subprocess.Popen([*into(empty_root()), f"{INSIDE}/bin/slipway", "hub", "serve", "--root", "/tmp/hub", "--port", "0", "--json"],
                              stdout=subprocess.PIPE, text=True)
    try:
        endpoint = json.loads(server.stdout.readline())["endpoint"]
        base = example_runs.bases()[0]
        code, result = plain().run("push", base, "me/base", "--public", HF_ENDPOINT=endpoint)
        assert code == 0, result
        code, result = plain().run("pull", "me/base", "--out", WORK / "pulled", HF_ENDPOINT=endpoint)
        assert code == 0, result
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0


# Processors


@check
def the_portable_paths_give_the_same_bytes():
    runs = example_runs.runs()[:3]
    check_publishes_the_same("portable", Way(in_empty_root().command, empty_root(), (("SLIPWAY_CPU", "portable"),)), runs)
    run = shutil.copytree(runs[0].folder, WORK / "to save")
    for dtype in ("float32", "float16", "bfloat16"):
        for name, environment in (("native", {}), ("portable", {"SLIPWAY_CPU": "portable"})):
            out = WORK / "saved" / f"{name}-{dtype}"
            out.parent.mkdir(exist_ok=True)
            code, result = plain(**environment).run("save", run, "--out", out, "--dtype", dtype, "--max-shard-size", "100kB")
            assert code == 0, result
        assert digests(WORK / f"saved/native-{dtype}") == digests(WORK / f"saved/portable-{dtype}"), dtype


# The wheel


def check_installed(python, root, *start):
    """The wheel in the venv whose python this is (in ROOT, which START enters): the command, the module, and its functions."""
    program = python.parent / "slipway"

    def told(*words):
        done = subprocess.run([*start, *map(str, words)], capture_output=True, text=True, check=False, env=BARE, cwd="/")
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    assert told(program, "--version") == told(python, "-m", "slipway", "--version") == version(PROGRAM)
    run = example_runs.runs()[0]
    folder = root / f"tmp/door-{os.getpid()}"
    here = pathlib.Path("/") / folder.relative_to(root)
    shutil.copytree(run.folder, folder / "run")
    shutil.copytree(run.base, folder / "base")
    try:
        code = "import slipway, sys\nresult = slipway.publish(sys.argv[1], base=sys.argv[2], push=False)\nprint(result.ok, len(result.files))"
        published = told(python, "-c", code, here / "run", here / "base").split()
    finally:
        shutil.rmtree(folder)
    assert published[0] == "True" and int(published[1]) > 5, published
    return Way((*start, str(program)), root)


def recorded(data):
    """What a wheel's RECORD says of a file's bytes."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("="), str(len(data))


@check
def the_wheel_keeps_its_word():
    with zipfile.ZipFile(wheel()) as archive:
        names = archive.namelist()
        (record,) = [name for name in names if name.endswith(".dist-info/RECORD")]
        rows = {name: (digest, size) for name, digest, size in csv.reader(archive.read(record).decode().splitlines())}
        found = {name: recorded(archive.read(name)) for name in names} | {record: ("", "")}
        assert rows == found, sorted(set(rows.items()) ^ set(found.items()))
        executables = {name for name in names if archive.getinfo(name).external_attr >> 16 & 0o111}
    bundle = empty_root() / INSIDE.lstrip("/")
    expected = {f"slipway/_bundle/{path.relative_to(bundle)}" for path in bundle.rglob("*") if path.is_file() and os.access(path, os.X_OK)
                and path.stat().st_mode & 0o111}
    assert executables == expected and len(expected) == 3, executables


def pythons():
    """The oldest and the newest Python from 3.9 that is here and makes venvs: minor version and path."""
    found = {}
    places = [*os.environ["PATH"].split(":"), *map(str, pathlib.Path("~/.pyenv/versions").expanduser().glob("*/bin"))]
    for minor in range(9, 20):
        for place in places:
            path = pathlib.Path(place) / f"python3.{minor}"
            if minor not in found and path.exists() and subprocess.run(
                    [path, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0:
                found[minor] = path
    assert found, "no Python from 3.9 with venv is here"
    return {minor: found[minor] for minor in (min(found), max(found))}


@check
def pip_installs_the_wheel_in_the_oldest_and_the_newest_python_that_is_here():
    for minor, python in pythons().items():
        venv = WORK / f"venv-3.{minor}"
        subprocess.run([python, "-m", "venv", venv], check=True, env=BARE)
        subprocess.run([venv / "bin/python", "-m", "pip", "install", "-q", "--no-index", wheel()], check=True, capture_output=True, env=BARE)
        way = check_installed(venv / "bin/python", pathlib.Path("/"))
        print(f"        Python 3.{minor}", flush=True)
    if minor < 13:
        print("note: the wheel was not installed in Python 3.13: there is none here", flush=True)
    check_publishes_the_same("wheel", way, example_runs.runs()[:3])


def debian_11():
    """The start of a command line in the root, and the folder of this test in it."""
    folder = DEBIAN11 / f"tmp/dist-test-{os.getpid()}"
    folder.mkdir()
    return [str(ROOT / "scripts/in_root.sh"), str(DEBIAN11)], folder


def debian_11_publishes_every_example_with_its_own_python():
    start, folder = debian_11()
    here = pathlib.Path("/") / folder.relative_to(DEBIAN11)
    try:
        shutil.copy(wheel(), folder)
        subprocess.run([*start, "python3", "-m", "venv", here / "venv"], check=True, env=BARE)
        subprocess.run([*start, here / "venv/bin/pip", "install", "-q", "--no-index", here / wheel().name], check=True, env=BARE)
        way = check_installed(here / "venv/bin/python", DEBIAN11, *start)
        told = subprocess.run([*start, here / "venv/bin/python", "-c", "import os, sys; print(*sys.version_info[:2], os.confstr('CS_GNU_LIBC_VERSION'))"],
                              check=True, capture_output=True, text=True, env=BARE).stdout.strip()
        assert told == "3 9 glibc 2.31", told
        check_publishes_the_same("debian 11", way, example_runs.runs())
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    make_dist(DIST)
    if DEBIAN11:
        check(debian_11_publishes_every_example_with_its_own_python)
    raise SystemExit(run_checks())
