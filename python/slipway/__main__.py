"""``python -m slipway`` and the wheel's console script: the program, with the same words."""
from __future__ import annotations

import os
import sys

from ._errors import Error
from ._program import program


def main() -> int:
    """Becomes the program; comes back, with an exit code, only when there is none."""
    try:
        path = program()
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(path, [path, *sys.argv[1:]])
    except Error as problem:
        print(f"error: {problem}", file=sys.stderr)
    except OSError as problem:
        print(f"error: {path} cannot be started: {problem.strerror}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
