"""Where Python packages come from."""

from mfg_setup import pypi


def test_uv_uses_the_mirror_and_the_certificates_that_pip_is_told_of(tmp_path, monkeypatch):
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://mirror.plant.example/simple\ncert = /etc/plant.pem\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    environment = pypi._environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.plant.example/simple"
    assert environment["SSL_CERT_FILE"] == "/etc/plant.pem"
    monkeypatch.setenv("UV_INDEX_URL", "https://other.example/simple")
    assert "UV_DEFAULT_INDEX" not in pypi._environment()
