"""`python -m randaemon`: what the service managers start."""

from __future__ import annotations

from randaemon.cli import main

if __name__ == "__main__":
    main()
