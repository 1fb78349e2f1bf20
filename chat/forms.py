"""The chat's few fields. Length and meaning are judged by the service; a form only reads."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from characters.models import Character, WorldBook
from chat.models import Conversation
from chat.services import naming, notes
from chat.services.sending import MAX_CHARS
from companion_site.core.exceptions import Invalid


def _new_client_id() -> str:
    return uuid4().hex


class MessageForm(forms.Form):
    """What a fan writes. `client_id` is made with the form, so that sending it twice is sending it once."""

    text = forms.CharField(
        label=_("Your message"),
        strip=False,
        required=False,
        # Twice the limit of a message: the service refuses what is too long and says so in its own words.
        max_length=MAX_CHARS * 2,
        widget=forms.Textarea(attrs={"rows": 1, "enterkeyhint": "send", "autocomplete": "off"}),
    )
    client_id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$", widget=forms.HiddenInput, initial=_new_client_id)

    def checked(self) -> dict[str, str]:
        """Return the cleaned fields; raise `Invalid` at the first wrong one."""
        if not self.is_valid():
            field, errors = next(iter(self.errors.items()))
            raise Invalid(str(errors[0]), field=field)
        return {"text": self.cleaned_data["text"], "client_id": self.cleaned_data["client_id"]}


class EditForm(MessageForm):
    text = forms.CharField(
        label=_("In other words"),
        strip=False,
        max_length=MAX_CHARS * 2,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("This begins another branch. What was said before stays, one swipe away."),
    )
    # What the editor was made from: words that have changed since are not edited unseen.
    stamp = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def checked(self) -> dict[str, str]:
        return {**super().checked(), "stamp": self.cleaned_data["stamp"]}


class PlaceForm(forms.Form):
    """The name of a place to come back to."""

    name = forms.CharField(
        label=_("What is this place called?"),
        max_length=naming.NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class UndoForm(forms.Form):
    """Where a conversation stood before a deletion that is now undone."""

    shown = forms.UUIDField(required=False)


class TitleForm(forms.Form):
    """The fan's own name for a chat; none takes it away."""

    title = forms.CharField(
        label=_("Your name for this chat"),
        max_length=naming.TITLE_CHARS,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Only you see it, in your list of chats. Empty: the character's name alone."),
    )


class ReportForm(forms.Form):
    """A reader's report about one message."""

    KINDS = (
        ("SELF-HARM-01", _("It encourages self-harm")),
        ("SEX-01", _("Sexual content")),
        ("SEX-MINOR-01", _("It concerns a minor")),
        ("HATE-01", _("Hatred or harassment")),
        ("CONTACT-01", _("It asks for contact or money outside the park")),
        ("OOC-01", _("The character fell out of its role")),
        ("QUALITY-01", _("Something else")),
    )

    policy_hint = forms.ChoiceField(label=_("What is wrong?"), widget=forms.RadioSelect, choices=KINDS)
    text = forms.CharField(
        label=_("What happened? (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class VersionForm(forms.Form):
    """A fan's choice about a newer version they were shown."""

    version = forms.IntegerField(min_value=1)
    choice = forms.ChoiceField(choices=[("take", "take"), ("keep", "keep")])


class BooksForm(forms.Form):
    """Which of the fan's own lorebooks a conversation reads."""

    books = forms.ModelMultipleChoiceField(
        label=_("This chat reads"),
        queryset=WorldBook.objects.none(),
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, conversation: Conversation, fan: User, **kwargs: Any) -> None:
        chosen = conversation.books.values_list("public_id", flat=True)
        kwargs["initial"] = {"books": list(chosen)}
        super().__init__(*args, **kwargs)
        books: Any = self.fields["books"]
        books.queryset = WorldBook.objects.owned_by(fan).only("public_id", "name")


class NoteForm(forms.Form):
    """The author's note, as the prompt manager knows it."""

    use_required_attribute = False
    text = forms.CharField(
        label=_("Your note"),
        max_length=notes.CHARS,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Read before every reply, never shown in the chat. Empty: no note."),
    )
    position = forms.ChoiceField(
        label=_("Where it stands"),
        choices=[
            ("after", _("After the scenario")),
            ("before", _("Before the scenario")),
            ("in_chat", _("In the chat, at a depth")),
        ],
    )
    depth = forms.IntegerField(
        label=_("Depth"),
        min_value=0,
        max_value=notes.DEEPEST,
        help_text=_("In the chat: messages from the end; 0 is after the newest."),
    )
    role = forms.ChoiceField(
        label=_("Said by"), choices=[("system", _("System")), ("user", _("You")), ("assistant", _("The character"))]
    )

    def __init__(self, *args: Any, note: dict[str, Any], **kwargs: Any) -> None:
        kwargs["initial"] = {"text": "", "position": "after", "depth": 4, "role": "system", **note}
        super().__init__(*args, **kwargs)

    def note(self) -> dict[str, Any]:
        """Return the keyword arguments of `write_note`."""
        clean = self.cleaned_data
        return {**clean, "text": clean["text"].replace("\r\n", "\n")}


class ChatFileForm(forms.Form):
    """A chat from a file, and whom it is with: one the fan has spoken to, or whom the file names."""

    use_required_attribute = False
    file = forms.FileField(
        label=_("Chat file"),
        help_text=_("A chat exported here (JSON), or one of SillyTavern (JSONL). Up to 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,.jsonl,application/json,application/jsonl"}),
    )
    character = forms.ModelChoiceField(
        label=_("With whom"),
        queryset=Character.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("Whom the file names"),
    )

    def __init__(self, *args: Any, fan: User, named: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"character": named}, **kwargs})
        met = Conversation.objects.owned_by(fan).order_by().values("character")
        visible = Character.objects.visible_to(fan)
        rows = visible.filter(pk__in=met) | visible.filter(slug=named)
        field: Any = self.fields["character"]
        field.queryset = rows.only("slug", "name").distinct().order_by("name")
