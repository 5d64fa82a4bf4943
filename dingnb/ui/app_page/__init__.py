"""The page of ``dingnb app``: its template for Voilà, and what its server adds to Jupyter's."""
