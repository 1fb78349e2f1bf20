"""The lorebook: which entries a conversation wakes, where their texts stand, and why. Pure."""

from characters.lorebook.compile import CompiledBook, compile_book
from characters.lorebook.placement import DepthSlot, ExampleText, LoreText, Placed
from characters.lorebook.problems import entry_problems, regex_problems
from characters.lorebook.request import ScanMessage, ScanRequest, ScanSettings, Sources
from characters.lorebook.result import ScanResult
from characters.lorebook.rounds import scan
from characters.lorebook.timed import TimedState
from characters.lorebook.trace import Trace, TraceRow

__all__ = [
    "CompiledBook",
    "DepthSlot",
    "ExampleText",
    "LoreText",
    "Placed",
    "ScanMessage",
    "ScanRequest",
    "ScanResult",
    "ScanSettings",
    "Sources",
    "TimedState",
    "Trace",
    "TraceRow",
    "compile_book",
    "entry_problems",
    "regex_problems",
    "scan",
]
