"""``python -m dingnb`` is the command ``dingnb``."""

import sys

from dingnb.cli import main

sys.exit(main())
