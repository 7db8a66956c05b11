"""`python -m forecasts`."""

import sys

try:
    from forecasts.cli import main

    sys.exit(main())
except KeyboardInterrupt:
    sys.exit("Stopped.")
