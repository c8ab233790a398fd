"""What the tests of the trainer's door share: what was said, and what is on the embedded Hub."""
import contextlib
import json
import logging
import os
import urllib.error
import urllib.request

ME = "me"


@contextlib.contextmanager
def said():
    """What the package says meanwhile: a list of lines."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.getLogger("slipway")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def asked(address):
    with urllib.request.urlopen(os.environ["HF_ENDPOINT"] + address) as reply:
        return reply.read()


def commits(repo):
    return [each["title"] for each in json.loads(asked(f"/api/models/{ME}/{repo}/commits/main"))]


def published(repo, name):
    return asked(f"/{ME}/{repo}/resolve/main/{name}").decode()


def front(repo):
    import yaml
    return yaml.safe_load(published(repo, "README.md").split("---\n")[1])


def assert_one_commit(repo):
    titles = commits(repo)
    assert titles[0] == "End of training" and len(titles) == 2, titles


def assert_no_repository(name):
    try:
        commits(name)
    except urllib.error.HTTPError:
        return
    raise AssertionError(f"{name} was made")
