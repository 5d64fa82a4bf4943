"""A progress display that records its texts."""


class ProgressTexts:
    """
    A progress display that records its texts.

    Attributes:
        texts: The texts that were shown, in order.
    """

    is_live = True

    def __init__(self) -> None:
        self.texts: list[str] = []

    def show(self, text: str, _fraction: float | None) -> None:
        """Record a text."""
        self.texts.append(text)

    def end(self, text: str, _fraction: float | None) -> None:
        """Record the final text."""
        self.texts.append(text)
