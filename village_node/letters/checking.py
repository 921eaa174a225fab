"""Check the code of a printed letter at a desk that knows the letters of its own village and which are revoked.

What a code proves anywhere, and the words for it, are in ``checked_papers``.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from register.tables import INDEX_TABLES
from schemas.errors import MalformedMessageError, ProtocolError, TrustError
from schemas.fields import Kind
from sync_protocol.letter_tokens import PublishedKeys, read_published_keys, token_of
from village_node.checked_papers import CheckedPaper, check_printed
from village_node.store import NodeStore, Working

_LETTER = INDEX_TABLES[Kind.LETTER]


def check_at_desk(store: NodeStore, text: str, keys_text: str = "") -> CheckedPaper:
    """Return what a code proves to this desk, which knows the letters of its own village and which are revoked.

    Args:
        keys_text: the key file that the district publishes, for letters of its other villages.

    Raises MalformedMessageError "token-form" or "keys-form"; BadSignatureError; UnknownKeyError "letter-key-unknown"
    for a laptop that neither this one nor the key file knows, "keys-foreign" for the key file of another district.
    """
    token = token_of(text)
    with store.reading() as working:
        ours = _own_letter(store, working, token)
        if ours is not None:
            return ours
        keys = _keys_of(store, working, keys_text)
        paper = check_printed(token, keys)
    return replace(paper, is_missing=paper.village_code == store.config.village_code)


def _own_letter(store: NodeStore, working: Working, token: str) -> CheckedPaper | None:
    mine = (_LETTER.c.village_id == working.village_id, _LETTER.c.token == token)
    row = working.connection.execute(select(_LETTER).where(*mine)).first()
    if row is None:
        return None
    return CheckedPaper(
        kind=row.template or "",
        number=row.number or "-",
        issued_on=row.issued_on,
        village_code=store.config.village_code,
        village=store.config.village_name,
        is_revoked=row.void is not None,
        record_id=row.record_id,
    )


def _keys_of(store: NodeStore, working: Working, keys_text: str) -> PublishedKeys:
    """Return this laptop's own key, and those of the district's file if there is one."""
    try:
        listed = read_published_keys(keys_text, root_key=store.keys.root_key) if keys_text else None
    except (ProtocolError, TrustError) as error:
        if error.code == "keys-foreign":
            raise
        # Whatever exactly is wrong with it: nothing in it may be believed, and the next step is the same.
        raise MalformedMessageError("this is not the district's key file", code="keys-form") from error
    own = {store.keys.signing.key_id: (store.certificate(working.sync), None)}
    if listed is None:
        return PublishedKeys(store.key_list(working.sync), 0, own)
    return replace(listed, devices={**own, **listed.devices})
