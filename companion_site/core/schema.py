"""How the OpenAPI description is made (drf-spectacular's settings)."""

from __future__ import annotations

SCHEMA = {
    "TITLE": "Cardia",
    "DESCRIPTION": "Character cards, conversations, storylines. Errors are RFC 9457 problems.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Several things have a `status`; each keeps a name of its own.
    "ENUM_NAME_OVERRIDES": {
        "CharacterStatusEnum": "characters.models.Character.Status",
        "MessageRoleEnum": "chat.models.Message.Role",
        "ChangeKindEnum": "characters.api.versions.CHANGE_KINDS",
    },
}
