"""`python -m forecasts`."""

import sys

from forecasts.cli import main

sys.exit(main())
