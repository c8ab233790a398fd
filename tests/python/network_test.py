#!/usr/bin/env python3
"""The program through TLS of an authority of our own, and through proxies that open tunnels: who is trusted, who sees the token.

    network_test.py PROGRAM   (needs the openssl program)
"""
import contextlib
import http.server
import json
import os
import select
import socket
import socketserver
import ssl
import subprocess
import threading

from authority import make_authority
from ground import PROGRAM, WORK, check, run_checks

TOKEN = "hf_" + "OnlyTheHubMaySeeThis"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
             "CURL_CA_BUNDLE")


class Hub(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_GET(self):
        Hub.seen.append(self.headers.get("Authorization"))
        body = json.dumps({"name": "me", "orgs": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Tunnel(http.server.BaseHTTPRequestHandler):
    """A proxy for CONNECT; with a password when the test sets one."""
    heads = []
    wants = None

    def do_CONNECT(self):
        Tunnel.heads.append(str(self.headers))
        if Tunnel.wants and self.headers.get("Proxy-Authorization") != Tunnel.wants:
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="p"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as far:
            self.send_response(200)
            self.end_headers()
            self.pump(far)
        self.close_connection = True

    def pump(self, far):
        ends = {self.connection: far, far: self.connection}
        while True:
            for end in select.select(list(ends), [], [], 20)[0]:
                data = end.recv(65536)
                if not data:
                    return
                ends[end].sendall(data)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that does not trust us hangs up


@contextlib.contextmanager
def serving(handler, folder=None):
    server = Server(("127.0.0.1", 0), handler)
    if folder:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "hub.pem", folder / "hub.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def whoami(port, **variables):
    env = {name: value for name, value in os.environ.items() if name.upper() not in VARIABLES}
    env.update(HF_TOKEN=TOKEN, HF_ENDPOINT=f"https://localhost:{port}", **variables)
    done = subprocess.run([PROGRAM, "whoami", "--json"], env=env, capture_output=True, text=True, timeout=120, check=False)
    assert TOKEN not in done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


@check
def an_authority_of_ones_own_is_trusted_when_a_variable_names_it():
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        code, result, _ = whoami(HUB, **{name: str(CA / "ca.pem")})
        assert code == 0 and result["name"] == "me", (name, result)
    hashed = WORK / "hashed"
    hashed.mkdir()
    name = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", CA / "ca.pem"], capture_output=True, text=True,
                          check=True).stdout.strip()
    (hashed / f"{name}.0").write_bytes((CA / "ca.pem").read_bytes())
    assert whoami(HUB, SSL_CERT_DIR=str(hashed))[0] == 0


@check
def an_unknown_authority_is_refused_at_once_with_the_way_out():
    code, result, _ = whoami(HUB)
    assert code == 1 and result["error"]["kind"] == "refused", result
    assert "SSL_CERT_FILE" in result["error"]["message"], result


@check
def a_tunnel_carries_the_token_to_the_hub_and_shows_it_to_nobody():
    Tunnel.heads.clear()
    Hub.seen.clear()
    code, result, _ = whoami(HUB, HTTPS_PROXY=f"http://127.0.0.1:{PROXY}", SSL_CERT_FILE=str(CA / "ca.pem"))
    assert code == 0, result
    assert Hub.seen == [f"Bearer {TOKEN}"], Hub.seen
    assert len(Tunnel.heads) == 1 and "Authorization" not in Tunnel.heads[0], Tunnel.heads


@check
def no_proxy_goes_straight():
    Tunnel.heads.clear()
    code, result, _ = whoami(HUB, https_proxy=f"http://127.0.0.1:{PROXY}", no_proxy="localhost",
                             SSL_CERT_FILE=str(CA / "ca.pem"))
    assert code == 0 and not Tunnel.heads, (result, Tunnel.heads)


@check
def a_proxys_password_is_used_and_never_shown():
    Tunnel.wants = "Basic bWU6c2VjcmV0"
    try:
        good = whoami(HUB, ALL_PROXY=f"http://me:secret@127.0.0.1:{PROXY}", SSL_CERT_FILE=str(CA / "ca.pem"))
        assert good[0] == 0, good
        code, result, stderr = whoami(HUB, ALL_PROXY=f"http://me:hush@127.0.0.1:{PROXY}", SSL_CERT_FILE=str(CA / "ca.pem"))
    finally:
        Tunnel.wants = None
    assert code == 1 and f"http://127.0.0.1:{PROXY}" in result["error"]["message"], result
    assert "hush" not in json.dumps(result) + stderr


if __name__ == "__main__":
    CA = make_authority(WORK / "ca")
    with serving(Hub, CA) as HUB, serving(Tunnel) as PROXY:
        raise SystemExit(run_checks())
