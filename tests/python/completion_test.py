"""The completion scripts in real shells, and the manual page through groff.

    completion_test.py PROGRAM
"""
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

os.environ["LC_ALL"] = "C.UTF-8"  # shells warn of a locale that is not installed
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# What is typed, words that must be offered, words that must not.
CASES = [
    (["pu"], {"publish", "pull", "push"}, {"card"}),
    ([""], {"publish", "hub", "repo", "completion"}, {"serve", "hub token"}),
    (["hub", ""], {"serve", "token"}, {"publish"}),
    (["hub", "token", ""], {"create", "list", "revoke"}, {"serve"}),
    (["--endpoint", "http://x", "repo", "del"], {"delete"}, {"doctor"}),
    (["publish", "--e"], {"--eos", "--exclude", "--endpoint"}, {"--include"}),
    (["publish", "run", "--eos", ""], {"union", "handbook"}, {"--eos"}),
    (["completion", ""], {"bash", "zsh", "fish"}, {"publish"}),
    (["push", "run", "me/x", "--inc"], {"--include"}, {"--eos"}),
]
BASH = "source {script}; COMP_WORDS=(slipway {words}); COMP_CWORD={last}; _slipway; printf '%s\\n' \"${{COMPREPLY[@]}}\""
# zsh's own functions are stood in for: which of them is called with what is what the script decides.
ZSH = ("compdef() {{ : }}; source {script}; _describe() {{ print -rl -- ${{${{(P)@[-1]}}%%:*}} }}; compadd() {{ print -rl -- $@ }}; "
       "_files() {{ print FILES }}; words=(slipway {words}); CURRENT={last}+1; _slipway")


def script_of(shell):
    return subprocess.run([PROGRAM, "completion", shell], check=True, capture_output=True, text=True).stdout


def offered(shell, words, script):
    place = {"script": shlex.quote(script), "words": shlex.join(words), "last": len(words)}
    if shell == "fish":
        command = ["fish", "--no-config", "-c", f"source {place['script']}; complete -C {shlex.quote(shlex.join(['slipway', *words[:-1]]) + ' ' + words[-1])}"]
    else:
        command = [shell, *(["-f"] if shell == "zsh" else ["--norc"]), "-c", (ZSH if shell == "zsh" else BASH).format(**place)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    return {line.split("\t")[0] for line in done.stdout.splitlines()}


def check_shell(shell, folder):
    script = folder / f"slipway.{shell}"
    script.write_text(script_of(shell))
    failed = 0
    for words, wanted, unwanted in CASES:
        found = offered(shell, words, str(script))
        if shell != "fish":  # fish drops what does not begin with the word by itself; so does zsh's compadd, not its stand-in
            found = {word for word in found if word.startswith(words[-1])}
        if not wanted <= found or unwanted & found:
            failed += 1
            print(f"FAILED  {shell} {words}: {sorted(found)}")
    return len(CASES) - failed, failed


def check_manual():
    done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-P-c", "-P-b", "-P-u", ROOT / "docs/slipway.1"],
                          capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    for words in ("slipway publish [RUN]", "EXIT STATUS", "--max-shard-size S", "HF_TOKEN"):
        assert words in done.stdout, words


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        for shell in ("bash", "zsh", "fish"):
            good, bad = check_shell(shell, pathlib.Path(name))
            passed, failed = passed + good, failed + bad
    check_manual()
    print(f"{passed + 1} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
