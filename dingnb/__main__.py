"""``python -m dingnb`` is the command ``dingnb``."""

import sys

from dingnb.cli.main import main

sys.exit(main())
