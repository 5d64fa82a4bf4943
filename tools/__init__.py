"""Commands for those who work on dingnb: recording, the gallery of the forms, pictures, checks of the packages."""
