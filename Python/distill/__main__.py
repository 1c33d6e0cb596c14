"""The program itself, with the libraries that it needs: ``distill`` and ``python -m distill``."""

import os
import sys

from ._program import DistillError, environment, program


def main() -> None:
    """Becomes the program, with the arguments that were given."""
    try:
        os.execve(program(), ["distill", *sys.argv[1:]], environment())
    except DistillError as error:
        sys.exit(f"distill: {error}")
    except OSError as error:
        sys.exit(f"distill: {program()} does not start: {error.strerror}")


if __name__ == "__main__":
    main()
