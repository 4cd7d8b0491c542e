"""The environment is read once, strictly, with every mistake named."""

import base64
from pathlib import Path

import pytest

from bot.model.writes import SURFACES
from bot.settings import DEFAULT_CEILINGS, BadEnvironment, read_settings

PEM = "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----"
GOOD = {"GITHUB_APP_ID": "7", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": "s" * 32}


def test_three_variables_make_a_working_bounded_bot() -> None:
    settings = read_settings(GOOD)
    assert settings.app_id == 7
    assert settings.api_url == "https://api.github.com"
    assert settings.ceilings == DEFAULT_CEILINGS
    assert not settings.dry_run


def test_every_surface_has_a_shipped_ceiling_with_room_for_one_default_epic() -> None:
    assert set(DEFAULT_CEILINGS) == {*SURFACES, "total"}
    assert min(DEFAULT_CEILINGS.values()) > 20


@pytest.mark.parametrize("secret", ["", "short", "s" * 31])
def test_an_empty_or_short_webhook_secret_is_refused(secret: str) -> None:
    with pytest.raises(BadEnvironment, match="GITHUB_WEBHOOK_SECRET"):
        read_settings({**GOOD, "GITHUB_WEBHOOK_SECRET": secret})


def test_a_short_previous_secret_is_refused_and_a_good_one_is_valid_beside_the_new_one() -> None:
    with pytest.raises(BadEnvironment, match="PREVIOUS"):
        read_settings({**GOOD, "GITHUB_WEBHOOK_SECRET_PREVIOUS": "short"})
    both = read_settings({**GOOD, "GITHUB_WEBHOOK_SECRET_PREVIOUS": "p" * 32})
    assert both.webhook_secrets == (b"s" * 32, b"p" * 32)


def test_every_bad_variable_is_named_at_once() -> None:
    with pytest.raises(BadEnvironment) as refused:
        read_settings({"PORT": "http", "GITHUB_API_URL": "http://github.test", "INTERLOCK_CEILINGS": "coments=1"})
    for name in ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET", "PORT", "GITHUB_API_URL", "coments"):
        assert name in str(refused.value)


def test_one_ceiling_changes_and_the_others_stay() -> None:
    settings = read_settings({**GOOD, "INTERLOCK_CEILINGS": "issues=3 total=9"})
    assert (settings.ceilings["issues"], settings.ceilings["total"]) == (3, 9)
    assert settings.ceilings["links"] == DEFAULT_CEILINGS["links"]


def test_the_key_may_be_a_file_or_one_escaped_line(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(PEM + "\n")
    assert read_settings({**GOOD, "GITHUB_PRIVATE_KEY": str(file)}).private_key == PEM
    assert read_settings({**GOOD, "GITHUB_PRIVATE_KEY": PEM.replace("\n", "\\n")}).private_key == PEM
    with pytest.raises(BadEnvironment, match="GITHUB_PRIVATE_KEY"):
        read_settings({**GOOD, "GITHUB_PRIVATE_KEY": str(tmp_path / "none.pem")})


@pytest.mark.parametrize("start", ["", "x" * 300])
def test_a_key_in_another_form_is_refused_and_not_shown(start: str) -> None:
    """Hosts keep it in base64; a path is looked for under it, and what went wrong ends in the host's log."""
    form = start + base64.b64encode(PEM.encode()).decode()
    with pytest.raises(BadEnvironment, match="GITHUB_PRIVATE_KEY must be a PEM private key") as refused:
        read_settings({**GOOD, "GITHUB_PRIVATE_KEY": form})
    assert form[-20:] not in str(refused.value)
    assert refused.value.__cause__ is None
