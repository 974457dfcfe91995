"""The form that visitors fill in."""

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from . import text
from .book import LONGEST_NAME, LONGEST_TEXT


class EntryForm(FlaskForm):  # type: ignore[misc]  # has no types
    """A name and some lines. What is too long is told, not cut."""

    name = StringField(
        "Your name",
        filters=[text.line],
        validators=[
            DataRequired("Tell us your name."),
            Length(1, LONGEST_NAME, f"A name has {LONGEST_NAME} characters at the most."),
        ],
    )
    text = TextAreaField(
        "Your line",
        filters=[text.lines],
        validators=[
            DataRequired("Leave a line."),
            Length(1, LONGEST_TEXT, f"There is room for {LONGEST_TEXT} characters."),
        ],
    )
