from itertools import product

from dingnb.campaigns.report.style import style_sheet
from dingnb.campaigns.status import STATUSES, TONES, has_reached


def test_every_status_has_a_tone_with_a_colour_in_reports() -> None:
    assert set(TONES) == set(STATUSES)
    assert all(f".tone-{tone}{{color:var(--" in style_sheet() for tone in TONES.values())


def test_reached_missed_and_unknown_statuses_are_distinguished() -> None:
    codes = ("", "0", "143103", "143105", "143106", "143206")
    found = {(str(status), code): has_reached(status, code) for status, code in product(STATUSES, codes)}
    repeats = {("filtered", code) for code in ("", "143106", "143206")}
    unknown = {key for key in found if key[0] in {"sending", "accepted", "unknown"}} | repeats
    assert {key for key in found if found[key] is True} == {key for key in found if key[0] in {"delivered", "read"}}
    assert {key for key in found if found[key] is None} == unknown
    assert all(found[key] is False for key in found if key[0] in {"rejected", "queued", "invalid", "failed"})
    assert all(found[key] is False for key in found if key[0] in {"cancelled", "recalled"})
    assert [found["filtered", code] for code in codes] == [None, False, False, False, None, None]
