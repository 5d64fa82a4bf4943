"""The page and the charts of a campaign."""
