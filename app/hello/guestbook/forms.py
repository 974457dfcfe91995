"""The form that visitors fill in."""

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from . import text
from .book import LONGEST_NAME, LONGEST_TEXT


def written(longest: int, missing: str, too_long: str) -> list[DataRequired | Length]:
    """Return what is asked of a field: something, and so many characters at the most, which the browser is told too."""
    return [DataRequired(missing), Length(1, longest, too_long)]


class EntryForm(FlaskForm):  # type: ignore[misc]  # has no types
    """A name and some lines. What is too long is told, not cut."""

    name = StringField(
        "Your name",
        filters=[text.line],
        validators=written(LONGEST_NAME, "Tell us your name.", f"A name has {LONGEST_NAME} characters at the most."),
    )
    text = TextAreaField(
        "Your line",
        filters=[text.lines],
        validators=written(LONGEST_TEXT, "Leave a line.", f"There is room for {LONGEST_TEXT} characters."),
    )
