"""`python -m forecasts`."""

import sys

from forecasts.cli import main

if __name__ == "__main__":
    sys.exit(main())
