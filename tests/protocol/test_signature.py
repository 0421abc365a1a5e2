"""Standard Webhooks signatures: proven by the library and by published vectors, refused in every other form."""

import base64
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from sync_protocol import signature

BODY = b'{"lot": "Charge-\xc3\x9c1"}'
NOW = datetime.now(timezone.utc)
OLD, NEW, OTHER = (signature.new_secret() for _each in range(3))


def signed(*secrets, body=BODY, now=None):
    return signature.sign("msg_1", body, secrets, now or datetime.now(timezone.utc))


@given(st.binary(max_size=200).filter(lambda body: is_text(body)))
def test_the_library_accepts_what_we_sign(body):
    Webhook(OLD).verify(body, signed(OLD, body=body), json_parse=False)


def is_text(body):
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_what_the_library_signs_is_proven():
    now = datetime.now(timezone.utc)
    headers = {
        "webhook-id": "msg_9",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(OLD).sign("msg_9", now, BODY.decode()),
    }
    assert signature.verify(BODY, headers, [OLD])


def test_during_a_rotation_either_key_is_enough():
    assert signature.verify(BODY, signed(OLD), [NEW, OLD])
    assert signature.verify(BODY, signed(NEW), [NEW, OLD])
    assert signature.verify(BODY, signed(OLD, NEW), [NEW])
    assert not signature.verify(BODY, signed(OTHER), [NEW, OLD])


def test_one_byte_more_is_another_message():
    assert not signature.verify(BODY + b" ", signed(OLD), [OLD])


@pytest.mark.parametrize("seconds, good", [(0, True), (-290, True), (290, True), (-310, False), (310, False)])
def test_a_signature_is_good_for_five_minutes(seconds, good):
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    assert signature.verify(BODY, signed(OLD, now=moment), [OLD]) is good


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": ""},
        {"webhook-id": "other"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "99999999999999999999"},
        {"webhook-timestamp": "-1"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "nocomma"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": "v1,not base64 at all"},
        {"webhook-signature": "v1,\xff\xfe"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": " "},
    ],
)
def test_a_malformed_header_proves_nothing_and_breaks_nothing(change):
    assert signature.verify(BODY, {**signed(OLD), **change}, [OLD, NEW]) is False


def test_a_body_that_is_no_text_proves_nothing():
    assert signature.verify(b"\xff\xfe", signed(OLD), [OLD]) is False


def test_a_missing_header_proves_nothing():
    assert signature.verify(BODY, {}, [OLD]) is False


def test_a_stranger_is_never_proven_even_with_the_dummy():
    assert signature.verify(BODY, signed(signature.DUMMY_SECRET), [signature.DUMMY_SECRET] * 2) is False
    assert signature.verify_token("", [signature.DUMMY_HASH]) is False


def test_signatures_of_a_version_we_do_not_know_are_passed_over():
    headers = signed(OLD)
    headers["webhook-signature"] = "v1a,Dcci+CAigWH0buwNmG9uAWhkBqlL " + headers["webhook-signature"]
    assert signature.verify(BODY, headers, [OLD])


@pytest.mark.parametrize("entry", ["nocomma", "v1", "v1,", "v1,a,b", "v1,not!base64", "v1,\xff", "v2,AAAA", "", ","])
def test_an_entry_that_is_none_does_not_spoil_the_good_one_beside_it(entry):
    """A proxy or a library of theirs adds what it likes to the list."""
    good = signed(OLD)["webhook-signature"]
    for entries in (f"{entry} {good}", f"{good} {entry}", f"{entry} {good} {entry}"):
        assert signature.verify(BODY, {**signed(OLD), "webhook-signature": entries}, [NEW, OLD])
    only = {**signed(OLD), "webhook-signature": f"{entry} {entry}"}
    assert signature.verify(BODY, only, [NEW, OLD]) is False


def test_each_known_secret_is_tried_whatever_the_list_holds(monkeypatch):
    """So the time it takes says nothing about which keys there are."""
    tried = []

    class Counted(Webhook):
        def verify(self, *args, **kw):
            tried.append(self)
            return super().verify(*args, **kw)

    monkeypatch.setattr(signature, "Webhook", Counted)
    for entries in ("nocomma", "", f"nocomma {signed(OLD)['webhook-signature']}"):
        tried.clear()
        signature.verify(BODY, {**signed(OLD), "webhook-signature": entries}, [OLD, NEW])
        assert len(tried) == 2


def test_tokens_are_compared_by_hash_and_with_all():
    token, other = signature.new_token(), signature.new_token()
    hashes = [signature.token_hash(other), signature.token_hash(token)]
    assert token not in "".join(hashes)
    assert signature.verify_token(token, hashes)
    assert not signature.verify_token(token + "x", hashes)
    assert not signature.verify_token("\udcff", hashes)


@pytest.mark.parametrize(
    "value, good",
    [
        (OLD, True),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), False),
        ("whsec_" + base64.b64encode(b"x" * 64).decode(), True),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), False),
        ("whsec_???", False),
        ("", False),
        (None, False),
        (base64.b64encode(b"x" * 32).decode(), False),
    ],
)
def test_a_secret_has_its_form(value, good):
    assert signature.is_secret(value) is good


def test_published_vectors_are_signed_and_proven_alike(samples):
    vectors = json.loads((samples / "webhooks" / "vectors.json").read_text())
    known = [vector for vector in vectors if "secret" in vector]
    assert known
    for vector in known:
        moment = datetime.fromtimestamp(vector["webhook_timestamp"], timezone.utc)
        headers = signature.sign(vector["webhook_id"], vector["body"].encode(), [vector["secret"]], moment)
        assert headers["webhook-signature"] == vector["webhook_signature"], vector["name"]
