"""Random walks as those of `tests.stateful.test_walk`, with a file for each person, whose uploads expire and fail."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

import dingnb
from dingnb.messages import Message
from tests.stateful.test_walk import BEGINNING, FAULTS, Walk, run_walks
from tests.stateful.world import PDF
from tests.tiers import SOAK

FEW_WALKS = 3
WALKS = 1_000 if SOAK else 20

FAULTY_UPLOADS = st.builds(
    lambda fault, nth: {**fault, "path": "media/upload", "nth": nth},
    st.sampled_from(FAULTS),
    st.sampled_from([[1], [2], [1, 2], [1, 2, 3, 4]]),
)


class MediaWalk(Walk):
    """An analyst who sends files."""

    # The uploads of a few people take more than a small quota.
    @initialize(**BEGINNING | {"calls_per_month": st.none()})
    def begin(self, **choices: Any) -> None:
        super().begin(**choices)

    def message(self, _text: str) -> Message:
        return dingnb.file("{{ f }}")

    def reminder(self, text: str) -> Message:
        return dingnb.file(self.columns_for(text)["f"])

    def columns_for(self, text: str | None) -> dict[str, Any]:
        if text is None:
            return {"f": None}
        path = Path(self.folder, f"{sha256(text.encode()).hexdigest()}.pdf")
        path.write_text(PDF + text)
        return {"f": str(path)}

    @rule(share=st.sampled_from([1, 2]))
    def forget_uploads(self, share: int) -> None:
        media = self.world.sandbox.state.media
        media.expire([medium.media_id for medium in media.all()[::share]])

    @rule(fault=FAULTY_UPLOADS)
    def break_uploads(self, fault: dict[str, Any]) -> None:
        self.break_something(fault)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("walks", [FEW_WALKS, WALKS])
def test_no_walk_with_files_sends_twice_skips_anybody_or_reports_a_wrong_status(walks: int) -> None:
    run_walks(MediaWalk, walks)
