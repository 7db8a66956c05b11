"""What is secret: password hashes, sessions, one-time codes, failed sign-ins.

None of it is an event: it stays out of the journal, of exports and of replays. Of tokens and
codes only digests are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasts.clock import to_text
from forecasts.storage.journal import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from forecasts.storage.engine import Engine


@dataclass(frozen=True, slots=True)
class Code:
    """What a one-time code is good for, and for whom."""

    purpose: str
    person: str | None


@dataclass(frozen=True, slots=True)
class Accounts:
    """Reads and writes the secrets; every write is inside the caller's transaction."""

    engine: Engine

    def password_hash(self, person_id: str) -> str | None:
        """The hash of somebody's password."""
        rows = self.engine.rows(
            "SELECT password_hash FROM credentials WHERE person = :person",
            person=person_id,
        )
        return str(rows[0][0]) if rows else None

    def set_password_hash(self, person_id: str, password_hash: str) -> None:
        """Keep the hash of somebody's new password."""
        self.engine.rows(
            """
            INSERT INTO credentials (person, password_hash)
            VALUES (:person, :password_hash)
            ON CONFLICT (person) DO UPDATE SET password_hash = excluded.password_hash
            """,
            person=person_id,
            password_hash=password_hash,
        )

    def credentials(self) -> list[tuple[str, str]]:
        """The id of everybody who has a password, and its hash."""
        return [
            (person_id, password_hash)
            for person_id, password_hash in self.engine.rows(
                "SELECT person, password_hash FROM credentials ORDER BY person"
            )
        ]

    def add_credentials(self, credentials: Iterable[tuple[str, str]]) -> None:
        """Keep the hashes of people who have none, inside the caller's transaction."""
        self.engine.many(
            "INSERT INTO credentials (person, password_hash) VALUES (:person, :password_hash)",
            ({"person": one, "password_hash": kept} for one, kept in credentials),
        )

    def may_have_password(self) -> set[str]:
        """The ids of all people but those who were erased."""
        rows = self.engine.rows("SELECT id FROM people WHERE erased IS NULL")
        return {person_id for (person_id,) in rows}

    def open_session(self, token: str, person_id: str, expires: datetime) -> None:
        """Let whoever holds `token` be this person until `expires`."""
        self.engine.rows(
            """
            INSERT INTO sessions (token_digest, person, expires)
            VALUES (:digest, :person, :expires)
            """,
            digest=sha256(token),
            person=person_id,
            expires=to_text(expires),
        )

    def session_person(self, token: str, now: datetime) -> str | None:
        """The id of the person whom a token stands for at `now`."""
        rows = self.engine.rows(
            """
            SELECT person
            FROM sessions
            WHERE token_digest = :digest AND expires > :now
            """,
            digest=sha256(token),
            now=to_text(now),
        )
        return str(rows[0][0]) if rows else None

    def close_session(self, token: str) -> None:
        """Forget a token."""
        self.engine.rows("DELETE FROM sessions WHERE token_digest = :digest", digest=sha256(token))

    def close_sessions(self, person_id: str) -> None:
        """Forget every token of a person."""
        self.engine.rows("DELETE FROM sessions WHERE person = :person", person=person_id)

    def forget_expired(self, now: datetime) -> None:
        """Forget every token and code whose time is over."""
        self.engine.rows("DELETE FROM sessions WHERE expires <= :now", now=to_text(now))
        self.engine.rows("DELETE FROM codes WHERE expires <= :now", now=to_text(now))

    def add_code(self, code: str, purpose: str, person_id: str | None, expires: datetime) -> None:
        """Let a code be used once, until `expires`."""
        self.engine.rows(
            """
            INSERT INTO codes (code_digest, purpose, person, expires)
            VALUES (:digest, :purpose, :person, :expires)
            """,
            digest=sha256(code),
            purpose=purpose,
            person=person_id,
            expires=to_text(expires),
        )

    def code(self, code: str, now: datetime) -> Code | None:
        """What a code is good for at `now`, if for anything."""
        rows = self.engine.rows(
            "SELECT purpose, person FROM codes WHERE code_digest = :digest AND expires > :now",
            digest=sha256(code),
            now=to_text(now),
        )
        return Code(*rows[0]) if rows else None

    def remove_codes(self, purpose: str, person_id: str | None) -> None:
        """Make every code of this purpose for this person useless."""
        self.engine.rows(
            """
            DELETE FROM codes
            WHERE purpose = :purpose AND COALESCE(person, '') = :person
            """,
            purpose=purpose,
            person=person_id or "",
        )

    def remove_code(self, code: str) -> None:
        """Make one code useless."""
        self.engine.rows("DELETE FROM codes WHERE code_digest = :digest", digest=sha256(code))

    def forget(self, person_id: str, account: str) -> None:
        """Forget all secrets of a person, and every wrong password for their account."""
        for statement in (
            "DELETE FROM credentials WHERE person = :person",
            "DELETE FROM sessions WHERE person = :person",
            "DELETE FROM codes WHERE person = :person",
        ):
            self.engine.rows(statement, person=person_id)
        self.engine.rows("DELETE FROM failures WHERE account = :account", account=account)

    def add_failure(self, account: str, address: str, now: datetime) -> None:
        """Note a wrong password for an account from an address."""
        self.engine.rows(
            "INSERT INTO failures (account, address, at) VALUES (:account, :address, :at)",
            account=account,
            address=address,
            at=to_text(now),
        )

    def failures(self, account: str, since: datetime) -> list[tuple[str, str]]:
        """Address and moment of each wrong password for an account since then, oldest first."""
        return [
            (address, at)
            for address, at in self.engine.rows(
                """
                SELECT address, at
                FROM failures
                WHERE account = :account AND at >= :since
                ORDER BY at
                """,
                account=account,
                since=to_text(since),
            )
        ]

    def forget_failures(self, account: str, address: str, before: datetime) -> None:
        """Forget an account's wrong passwords from an address, and all that are too old."""
        self.engine.rows(
            """
            DELETE FROM failures
            WHERE (account = :account AND address = :address) OR at < :before
            """,
            account=account,
            address=address,
            before=to_text(before),
        )
