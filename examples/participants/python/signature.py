"""Checks entente-signature, version 2, as docs/participants.md describes."""
import hashlib
import hmac
import re
import time

FORM = re.compile(r"v2,k=([0-9a-f]{8}),t=([0-9]{1,11}),h=([0-9a-f]{64})")
SIGNED = ("gid", "branch", "op", "attempt", "fence", "pattern", "created", "submitter")
TOLERANCE_SECONDS = 300


def holds(key, method, authority, path, headers, body, now=None):
    """Returns whether the signature is valid. Headers in lower case, body unchanged, now in seconds since 1970."""
    said = FORM.fullmatch(headers.get("entente-signature", ""))
    key_id = hashlib.sha256(key.encode()).hexdigest()[:8]
    if not said or said[1] != key_id:
        return False
    if abs((time.time() if now is None else now) - int(said[2])) > TOLERANCE_SECONDS:
        return False
    idempotency = headers.get("idempotency-key", "")
    if idempotency and idempotency != "/".join(headers.get("entente-" + name, "") for name in ("gid", "branch", "op")):
        return False
    parts = ["entente-signature-2", said[1], said[2], method, authority, path]
    parts += [headers.get("entente-" + name, "") for name in SIGNED]
    parts.append(hashlib.sha256(body).hexdigest())
    text = b"".join(len(part).to_bytes(4, "big") + part for part in (each.encode() for each in parts))
    return hmac.compare_digest(hmac.new(key.encode(), text, hashlib.sha256).hexdigest(), said[3])
