"""The forms: small views over models that work without a browser. `dingnb.display.forms` opens them."""
