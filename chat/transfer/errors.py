"""Why a chat file was refused, and where in it; the words for people live elsewhere."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    NOT_A_CHAT = "not_a_chat"
    UNKNOWN_VERSION = "unknown_version"
    EMPTY = "empty"
    BAD_JSON = "bad_json"
    BAD_TEXT = "bad_text"
    BAD_NUMBER = "bad_number"
    BAD_TREE = "bad_tree"
    WRONG_TYPE = "wrong_type"
    FILE_TOO_LARGE = "file_too_large"
    LINE_TOO_LARGE = "line_too_large"
    REST_TOO_LARGE = "rest_too_large"
    TOO_MANY_MESSAGES = "too_many_messages"
    TOO_MANY_SWIPES = "too_many_swipes"
    TOO_MANY_VALUES = "too_many_values"
    TOO_DEEP = "too_deep"
    TOO_LONG = "too_long"
    GROUP_CHAT = "group_chat"
    RED_LINE = "red_line"


class ChatRefused(Exception):
    """A file that cannot become a chat. `path` is the place in it, `values` fill the message."""

    def __init__(self, reason: Reason, path: str = "", **values: str | int) -> None:
        self.reason = reason
        self.path = path
        self.values = values
        super().__init__(f"{reason.value} at {path or '-'}")
