"""Why a card file was refused, and where in it; the words for people live elsewhere."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    UNKNOWN_FORMAT = "unknown_format"
    SVG = "svg"
    LOREBOOK_ALONE = "lorebook_alone"
    FILE_TOO_LARGE = "file_too_large"
    BROKEN_PNG = "broken_png"
    BAD_CRC = "bad_crc"
    TOO_MANY_CHUNKS = "too_many_chunks"
    CHUNK_TOO_LARGE = "chunk_too_large"
    IMAGE_TOO_LARGE = "image_too_large"
    BAD_IMAGE = "bad_image"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_CARD = "no_card"
    BAD_BASE64 = "bad_base64"
    BAD_JSON = "bad_json"
    BAD_TEXT = "bad_text"
    TOO_DEEP = "too_deep"
    TOO_MANY_VALUES = "too_many_values"
    BAD_NUMBER = "bad_number"
    NOT_A_CARD = "not_a_card"
    WRONG_TYPE = "wrong_type"
    TOO_LONG = "too_long"
    NOT_EDITABLE = "not_editable"
    NO_CARD_JSON = "no_card_json"
    BROKEN_ARCHIVE = "broken_archive"
    ENCRYPTED = "encrypted"
    UNSAFE_PATH = "unsafe_path"
    DUPLICATE_PATH = "duplicate_path"
    TOO_MANY_FILES = "too_many_files"
    UNPACKED_TOO_LARGE = "unpacked_too_large"
    BROKEN_WEBP = "broken_webp"
    BAD_YAML = "bad_yaml"
    YAML_ALIAS = "yaml_alias"


class CardRefused(Exception):
    """A file that cannot become a card. `path` is the place in it, `values` fill the message."""

    def __init__(self, reason: Refusal, path: str = "", **values: str | int) -> None:
        self.reason = reason
        self.path = path
        self.values = values
        super().__init__(f"{reason.value} at {path or '-'}")
