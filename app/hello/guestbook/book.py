"""The book: its entries as the database has them, and all that is asked of it."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, DateTime, Identity, Index, LargeBinary, Text, delete, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

LONGEST_NAME, LONGEST_TEXT = 40, 500  # characters
PAGE = 20  # entries
MOST, SPAN = 5, timedelta(minutes=10)  # so many entries of one visitor in that time
KNOWN = timedelta(days=1)  # for which an entry remembers where it came from


class Base(DeclarativeBase):
    """What tables are made of; migrations go by its metadata."""


class Entry(Base):
    """An entry. `visitor` stands for the address that it came from, by a key, and only for a day."""

    __tablename__ = "entries"
    __table_args__ = (Index("entries_visitor_at", "visitor", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    visitor: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True)
class Page:
    """Some entries, newest first; `before` leads to older ones, None where there are none."""

    entries: list[Entry]
    before: int | None


def key(text: str) -> int:
    """Return an entry's id from its text; ValueError for what can be none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(text)
    return int(text)


def page(session: Session, before: int | None = None) -> Page:
    """Return the newest entries, or those before the one with this id.

    By key, not by number: what is written meanwhile moves nothing, and the last page costs what the first does.
    """
    wanted = select(Entry).order_by(Entry.id.desc()).limit(PAGE + 1)
    found = list(session.scalars(wanted.where(Entry.id < before) if before is not None else wanted))
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def mark(key: str, address: str) -> bytes:
    """Return what stands for an address; without the key, who has the database cannot find it by trying all."""
    return hmac.digest(key.encode(), address.encode(), hashlib.sha256)


def has_room(session: Session, visitor: bytes) -> bool:
    """Tell whether a visitor may leave one more entry."""
    lately = select(func.count()).where(Entry.visitor == visitor, Entry.at > func.now() - SPAN)
    return (session.scalar(lately) or 0) < MOST


def add(session: Session, name: str, text: str, visitor: bytes) -> int:
    """Write an entry, and return its id."""
    entry = Entry(name=name, text=text, visitor=visitor)
    session.add(entry)
    session.commit()
    return entry.id


def prune(session: Session, days: int) -> int:
    """Take out entries that are older than so many days, and forget where others came from; return how many went."""
    gone = session.execute(delete(Entry).where(Entry.at < func.now() - timedelta(days=days)).returning(Entry.id)).all()
    session.execute(update(Entry).where(Entry.visitor.is_not(None), Entry.at < func.now() - KNOWN).values(visitor=None))
    session.commit()
    return len(gone)
