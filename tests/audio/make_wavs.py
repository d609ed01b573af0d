"""Makes the spoken questions in this folder: `python tests/audio/make_wavs.py [--check]`.

The voices are Flite's slt, rms and awb (Debian package `flite`; CMU's own licence, which allows
everything with its notice kept). None of them is a voice that the bot can have. `--check` has
whisper-base write down each file and prints the text beside what was said.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf

FOLDER = Path(__file__).parent
RATE = 16_000
LEAD_S, TAIL_S = 0.1, 0.2  # silence around the voice
SLOW = 1.1  # Flite's own pace is hasty

# file name: (voice, what is said); " ... " is a pause of 0.7 s in the middle of a turn.
SAID: dict[str, tuple[str, str]] = {
    "return_policy": ("slt", "What is your return policy?"),
    "refund_time": ("rms", "When will I get my refund?"),
    "express_shipping_cost": ("slt", "How much does express shipping cost?"),
    "free_shipping": ("rms", "When is shipping free?"),
    "warranty": ("slt", "How long is the warranty?"),
    "open_on_sunday": ("rms", "What time do you open on Sunday?"),
    "price_match": ("slt", "Do you match the prices of other stores?"),
    "opened_earbuds": ("rms", "Can I return earbuds that I have opened?"),
    "tracker_waterproof": ("slt", "Is the fitness tracker water resistant?"),
    "headphones_battery": ("rms", "How long does the battery of the headphones last?"),
    "where_is_order_123": ("slt", "Where is my order? It is O R D, one two three."),
    "order_status": ("rms", "I would like to know where my order is."),
    "ord_one_two_three": ("slt", "O R D, one, two, three."),
    "my_last_name_is_doe": ("rms", "My last name is Doe."),
    "doe": ("slt", "Doe."),
    "wrong_name_miller": ("rms", "My last name is Miller."),
    "headphones_under_sixty": ("rms", "Do you have headphones under sixty dollars?"),
    "any_fitness_trackers": ("slt", "Do you have any fitness trackers?"),
    "can_i_return_my_order": ("rms", "Can I return my order?"),
    "return_order_124": ("rms", "I want to return order O R D, one two four."),
    "my_last_name_is_smith": ("rms", "My last name is Smith."),
    "smith": ("rms", "Smith."),
    "it_is_broken": ("rms", "It is broken."),
    "i_changed_my_mind": ("slt", "I changed my mind."),
    "yes_please": ("rms", "Yes, please."),
    "no_thank_you": ("slt", "No, thank you."),
    "live_lobsters": ("slt", "Do you sell live lobsters?"),
    "world_cup": ("rms", "Who won the football world cup?"),
    "hello_there": ("slt", "Hello there."),
    "thank_you_very_much": ("rms", "Thank you very much."),
    "wait_stop": ("rms", "Wait. Stop, please."),
    "long_question": (
        "slt",
        "I bought headphones here two weeks ago and I am not so sure that I want to keep them,"
        " so how many days do I have to send them back?",
    ),
    "pause_in_the_middle": ("rms", "I would like to know ... how much express shipping costs."),
}


def spoken(voice: str, text: str) -> np.ndarray:
    """16 kHz mono float32."""
    parts: list[np.ndarray] = [np.zeros(int(LEAD_S * RATE), np.float32)]
    for piece in text.split(" ... "):
        if len(parts) > 1:
            parts.append(np.zeros(int(0.7 * RATE), np.float32))
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            stretch = f"duration_stretch={SLOW}"
            command = ["flite", "-voice", voice, "--setf", stretch, "-t", piece, "-o", file.name]
            subprocess.run(command, check=True)
            wave, rate = sf.read(file.name, dtype="float32")
        if rate != RATE:
            sys.exit(f"flite made {rate} Hz")
        parts.append(_without_silence(wave))
    parts.append(np.zeros(int(TAIL_S * RATE), np.float32))
    wave = np.concatenate(parts)
    return wave * np.float32(0.5 / np.abs(wave).max())


def _without_silence(wave: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(wave) > 0.01 * np.abs(wave).max())
    return wave[loud[0] : loud[-1] + 1]


def check() -> None:
    from faster_whisper import WhisperModel

    from voicebot.models.places import models_dir

    model = WhisperModel(str(models_dir() / "whisper-base"), device="cpu", compute_type="int8")
    for name, (voice, text) in SAID.items():
        segments, _ = model.transcribe(
            str(FOLDER / f"{name}.wav"), language="en", beam_size=1, without_timestamps=True
        )
        print(f"{name:26} {voice}  {text!r}  ->  {' '.join(s.text.strip() for s in segments)!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write down what whisper-base hears")
    if parser.parse_args().check:
        check()
        return
    for name, (voice, text) in SAID.items():
        sf.write(FOLDER / f"{name}.wav", spoken(voice, text), RATE, subtype="PCM_16")


if __name__ == "__main__":
    main()
