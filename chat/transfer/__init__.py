"""Chats as files: ours and SillyTavern's, bytes to a tree of messages and back. Pure; it knows no row and no Django."""

from __future__ import annotations

from chat.transfer.errors import ChatRefused, Reason
from chat.transfer.reading import read
from chat.transfer.tree import ChatTree, Node, Report

__all__ = ["ChatRefused", "ChatTree", "Node", "Reason", "Report", "read"]
