import sys

from wirescope_models.cli import main

sys.exit(main())
