"""Standard Webhooks signatures and bearer tokens: made and checked in constant time.

Source: standard-webhooks specification, v1 (HMAC-SHA256); the library does the signing.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timezone

from standardwebhooks import Webhook, WebhookVerificationError

SECRET_PREFIX = "whsec_"
TOKEN_PREFIX = "mfgs_"
#: what a stranger's request is checked against, so that it takes as long as a known one's
DUMMY_SECRET = SECRET_PREFIX + base64.b64encode(b"no endpoint has this secret, it is for strangers").decode()
DUMMY_HASH = "0" * 64
#: an entry of webhook-signature: an HMAC-SHA256 in base64
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")


def new_secret():
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def new_token():
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_hash(token):
    """What is stored of a bearer token; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def is_secret(value):
    """Whether a text has the form of a Standard Webhooks secret (24 to 64 bytes)."""
    if not isinstance(value, str) or not value.startswith(SECRET_PREFIX):
        return False
    try:
        return 24 <= len(base64.b64decode(value[len(SECRET_PREFIX) :], validate=True)) <= 64
    except ValueError:
        return False


def sign(message_id, body, signing_secrets, now=None):
    """Headers of one attempt, signed with every secret given (old and new during a rotation)."""
    now = now or datetime.now(timezone.utc)
    text = body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, now, text) for secret in signing_secrets),
    }


def verify(body, headers, known_secrets):
    """Whether the body bears a valid signature by one of the secrets; tries them all, whatever comes first.

    :param dict headers: lower-case names
    """
    wanted = {name: headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    # the library gives up at an entry that is none; the good one may stand behind it
    entries = [entry for entry in wanted["webhook-signature"].split(" ") if _SIGNATURE.fullmatch(entry)]
    wanted["webhook-signature"] = " ".join(entries) or "v1,"
    good = False
    for secret in known_secrets:
        try:
            Webhook(secret).verify(body, wanted, json_parse=False)
            good = good or secret != DUMMY_SECRET
        except (WebhookVerificationError, ValueError, UnicodeError):
            # the library lets ValueError pass for a body that is not UTF-8
            continue
    return good


def verify_token(token, known_hashes):
    """Whether the bearer token is one of those whose hashes are given; compares with every one."""
    given = token_hash(token)
    good = False
    for known in known_hashes:
        good |= hmac.compare_digest(given, known) and known != DUMMY_HASH
    return bool(good)
