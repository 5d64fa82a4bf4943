"""The text of a sandbox's settings. The journal stores its hash, so that other settings do not reopen the journal."""

from dataclasses import fields

from dingnb.limits import STANDARD, Limits
from dingnb.sandbox.settings import SandboxSettings, value_text

_FIRST_FIELDS = """
users seed app_key agent_id corp_id limits session_life_s stream_ticket_life_s stream_push_timeout_s
stream_closes_after_s callback_deadline_s callback_failed_after_s read_share read_within_s failed_share
task_starts_after_s task_done_after_s departments_per_call people_per_send to_all_per_day people_counted_at
same_content_taken_at recall_frees_content day_starts_at_utc_offset_h over_100_users bad_agent_code no_receiver_code
early_result many_people_result_code lists_forbidden_users expired_token_code media_life_s checks_media_ids
foreign_media_ids media_format_by large_media_code file_message_bytes top_lists unknown_user_code
unknown_department_code hidden_fields missing_permissions scope_departments month_used_up_answer
refused_calls_fill_second callback_signature foreign_callback_code stream_pushes stream_later_after_s
stream_callback_repeat_s stream_repeats_with stream_kept stream_ping_every_s stream_connection_life_s card_templates
unpublished_card_templates foreign_card_templates card_people_per_call card_value_bytes card_other_values
card_unsafe_words repeated_card repeated_card_route card_callback_format card_button_id_in card_answer_deadline_s
card_http_pushes card_presses_counted stream_calls_per_month over_stream_quota
"""
"""The settings of the first journals, in their order. Renamed settings keep their first names here."""

_LATER_LIMITS = ("recipients_with_status_bar",)
"""The limits added after the first journals; like later settings, they are left out while they have their default."""

_RENAMED = {
    "session_life_s": "session_lifetime_s",
    "stream_ticket_life_s": "stream_ticket_lifetime_s",
    "stream_connection_life_s": "stream_connection_lifetime_s",
    "media_life_s": "media_lifetime_s",
    "month_used_up_answer": "monthly_quota_error",
    "refused_calls_fill_second": "throttled_calls_count",
    "stream_repeats_with": "stream_message_id_on_repeat",
    "stream_kept": "stream_max_pending",
    "card_other_values": "non_text_card_values",
    "same_content_taken_at": "same_content_counted_at",
    "over_100_users": "excess_recipients",
    "stream_calls_per_month": "stream_pushes_per_month",
}
"""The present names of renamed settings in `_FIRST_FIELDS`, by their first names."""


def settings_text(settings: SandboxSettings) -> str:
    """
    Return the text of all settings but the app secret, without later settings that have their default.

    The text stays the same when settings are moved or added, and when settings of the first journals are renamed in
    `_RENAMED`, so that journals of earlier versions open. Equal settings have the same text, even if a value is given
    as 0 in one case and as 0.0 in the other.
    """
    present_names = {name: _RENAMED.get(name, name) for name in _FIRST_FIELDS.split()}
    defaults = SandboxSettings()
    first = {
        name: _canonical(getattr(settings, present), getattr(defaults, present))
        for name, present in present_names.items()
    }
    known = {*present_names.values(), "app_secret"}
    added = {
        field.name: _canonical(getattr(settings, field.name), getattr(defaults, field.name))
        for field in fields(SandboxSettings)
        if field.name not in known and getattr(settings, field.name) != getattr(defaults, field.name)
    }
    parts = [f"{name}={_shown(value)}" for name, value in (first | added).items()]
    return f"SandboxSettings({', '.join(parts)})"


def _canonical(value: object, default: object) -> object:
    """Return the default if a value equals it, or else the value; a whole float becomes an integer."""
    if value == default:
        return default
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(value: object) -> str:
    if isinstance(value, Limits):
        limits = {field.name: getattr(value, field.name) for field in fields(Limits)}
        later = [name for name in _LATER_LIMITS if limits[name] == getattr(STANDARD, name)]
        return f"Limits({', '.join(f'{name}={limits[name]!r}' for name in limits if name not in later)})"
    return repr(value_text(value) if isinstance(value, tuple) else value)
