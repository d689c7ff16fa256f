"""Voice messages become text events; what was not understood is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from salience.cli import main
from salience.engine import Engine
from salience.models.media.speech_to_text import RATE, Transcript
from tests.prepare.sound.test_waves import encoded, tone


class Parrot:
    """Hears low tones as praise, high ones as noise."""

    name = "parrot"

    def hear(self, samples: NDArray[np.float32]) -> Transcript:
        assert len(samples) == RATE // 2  # half a second, at the rate that was promised
        low = int(np.argmax(np.abs(np.fft.rfft(samples)))) < 500
        return Transcript("lovely tea" if low else "hm", "en", 0.9 if low else 0.1, sure=low)


def test_a_table_of_voices(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "listener", staticmethod(Parrot))
    (tmp_path / "low.wav").write_bytes(encoded(tone(300)))
    (tmp_path / "high.wav").write_bytes(encoded(tone(3000)))
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    (tmp_path.parent / "secret.wav").write_bytes(encoded(tone(300)))
    rows = ["file,user,item,time", "low.wav,ann,tea,2024-05-01", "high.wav,bob,tea,", "bad.wav,bob,tea,",
            "../secret.wav,eve,tea,", "gone.wav,eve,,"]  # fmt: skip
    (tmp_path / "voices.csv").write_text("\n".join(rows), encoding="utf-8")
    home = str(tmp_path / "shop")
    assert main(["init", home]) == 0
    for stored in (1, 0):  # the same table again stores nothing twice
        capsys.readouterr()
        assert main(["import", "voices", str(tmp_path / "voices.csv"), "--home", home]) == 0
        out, err = capsys.readouterr()
        assert f"{stored} stored" in out
    assert "high.wav was not understood" in err
    assert err.count("is not in the folder of the table") == 2
    assert "is no WAV" in err
    assert "secret" not in out
    with Engine.open(home, read_only=True) as engine:
        said = engine.said("reviews")
    assert [(one.text, one.person, one.item) for one in said] == [("lovely tea", "ann", "tea")]


def test_a_table_without_its_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "voices.csv").write_text("sound,who\nx.wav,ann\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "shop")]) == 0
    assert main(["import", "voices", str(tmp_path / "voices.csv"), "--home", str(tmp_path / "shop")]) == 2
    assert "has no column file" in capsys.readouterr().err
