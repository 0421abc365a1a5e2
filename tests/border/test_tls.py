"""Certificates: nothing is sent to an application that can't prove its name."""

from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(path, host):
    """Write a key and a certificate of its own for a host to `path`; return the certificate as PEM text."""
    key = ec.generate_private_key(ec.SECP256R1(), default_backend())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256(), default_backend())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    path.write_bytes(secret + pem)
    return pem.decode()


@pytest.fixture(autouse=True)
def fresh(plant):
    plant.forget_outgoing()
    yield
    plant.set(ca_bundle=False)


def test_an_unknown_certificate_gets_nothing_and_a_trusted_one_the_message(plant, receiver, tmp_path):
    receiver.certificate = tmp_path / "their.pem"
    authority = certificate(receiver.certificate, "localhost")
    told = plant.tell(receiver.start())
    plant.reaches(told, "pending", attempts=1)
    assert "certificate" in plant.attempts(told)[0]["detail"]
    assert receiver.requests == []
    plant.set(ca_bundle=authority)
    plant.reaches(told, "done")
    arrived = [request["headers"]["webhook-id"] for request in receiver.requests]
    assert arrived.count(told) == 1, plant.attempts(told)


def test_a_trusted_certificate_of_another_name_gets_nothing(plant, receiver, tmp_path):
    receiver.certificate = tmp_path / "their.pem"
    plant.set(ca_bundle=certificate(receiver.certificate, "mes.example"))
    told = plant.tell(receiver.start())
    plant.reaches(told, "pending", attempts=1)
    assert "certificate" in plant.attempts(told)[0]["detail"]
    assert receiver.requests == []
