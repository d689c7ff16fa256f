from __future__ import annotations

import pytest

from salience.deliver import sign, verify

NOW, SECRET, BODY = 1_700_000_000_000, b"0123456789abcdef", b'{"event":"erased"}'


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks specification's reference library."""
    import base64

    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = sign([secret], id="msg_p5jXN8AQM9LWM0D4loKWxJek", now=1_614_265_330_000, body=body)
    assert made["Webhook-Signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_genuine_and_fresh_is_let_in_under_the_old_and_the_new_secret() -> None:
    both = sign([b"new", SECRET], id="m-1", now=NOW, body=BODY)
    assert [verify([secret], both, BODY, now=NOW + 299_000) for secret in (b"new", SECRET)] == ["m-1", "m-1"]


@pytest.mark.parametrize(
    ("change", "body", "later"),
    [
        ({}, BODY + b" ", 0),
        ({"Webhook-Id": "m-2"}, BODY, 0),
        ({"Webhook-Timestamp": str(NOW // 1000 + 1)}, BODY, 0),
        ({"Webhook-Timestamp": "٣"}, BODY, 0),
        ({"Webhook-Timestamp": "-1"}, BODY, 0),
        ({"Webhook-Timestamp": ""}, BODY, 0),
        ({"Webhook-Id": ""}, BODY, 0),
        ({"Webhook-Signature": "v1,AAAA"}, BODY, 0),
        ({"Webhook-Signature": "\ud800"}, BODY, 0),
        ({"Webhook-Signature": ""}, BODY, 0),
        ({}, BODY, 301_000),
        ({}, BODY, -301_000),
    ],
)
def test_tampered_old_or_ahead_is_refused(change: dict[str, str], body: bytes, later: int) -> None:
    made = sign([SECRET], id="m-1", now=NOW, body=BODY)
    assert verify([SECRET], {**made, **change}, body, now=NOW + later) == ""
    assert verify([b"other"], made, BODY, now=NOW) == ""
