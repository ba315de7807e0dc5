"""Chance that can be repeated: what is drawn follows from a seed alone."""

from __future__ import annotations

import hashlib
import string

#: Signs that %Random:…% may draw at once; one draw of 512 bits is enough for as many.
MOST_SIGNS = 64

SIGNS = {
    "Letters": string.ascii_uppercase,
    "Numbers": string.digits,
    "Alpha": string.ascii_letters + string.digits,
}
_FIRST_NAMES = (
    "Ada Aisha Alma Amir Ana Anders Carmen Chloe Daniel Diego Elena Emil Emma Farid Freya"
    " Grace Hana Hugo Ines Ivan Jonas Julia Kai Karim Lara Leo Lin Lucas Maja Marco Maya Mei"
    " Mila Nadia Nils Noah Nora Olga Omar Oscar Paul Priya Rosa Sam Sara Sofia Tariq Theo"
    " Vera Yusuf"
)
_LAST_NAMES = (
    "Ahmed Alvarez Andersen Bauer Berg Bianchi Brown Carter Chen Costa Dahl Diaz Dubois Evans"
    " Fischer Garcia Hansen Hassan Hill Ivanova Jansen Johnson Kaya Khan Kim Kowalski Larsen"
    " Lee Lopez Martin Meyer Moreau Murphy Nakamura Novak Olsen Patel Petrov Reed Rossi Sato"
    " Schmidt Silva Singh Smith Tanaka Torres Walker Weber Young"
)
NAMES = {"FirstName": tuple(_FIRST_NAMES.split()), "LastName": tuple(_LAST_NAMES.split())}


def pick(seed: str, mark: str, how_many: int) -> int:
    """A number below `how_many`. `mark` tells the places of chance in one text apart."""
    return _drawn(seed, mark) % how_many


def signs(seed: str, mark: str, alphabet: str, length: int) -> str:
    """At most MOST_SIGNS signs."""
    drawn, found = _drawn(seed, mark), []
    for _ in range(length):
        drawn, at = divmod(drawn, len(alphabet))
        found.append(alphabet[at])
    return "".join(found)


def mark_of(text: str) -> str:
    """Stands for a text, so that two texts of one visit draw apart."""
    encoded = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=8).hexdigest()


def _drawn(seed: str, mark: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}|{mark}".encode(), digest_size=64).digest())
