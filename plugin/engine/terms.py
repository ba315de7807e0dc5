"""The terms of a webhook: how it is signed, which headers are secrets, what is kept of the answer.

They are fixed when the step commits, as the body is: whoever sends it knows no journey.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple, cast, get_args

from plugin.domain.json_path import Scalar, parse_path, value_at

Signing = Literal["standard", "host", "none"]
SIGNINGS: tuple[str, ...] = get_args(Signing)
SIGNATURE_HEADER = "X-Octeth-Signature"
#: Bytes of JSON that are kept of answers beside one enrollment.
MOST_KEPT_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Terms:
    signing: Signing = "standard"
    header: str = SIGNATURE_HEADER  #: in which `host` signs
    secret_headers: Mapping[str, str] = field(default_factory=dict)  #: the names of the secrets
    keep: Mapping[str, str] = field(default_factory=dict)  #: names ← paths into the answer

    def data(self) -> Mapping[str, Any] | None:
        """As it is stored: None for the usual terms."""
        return None if self == _USUAL else asdict(self)


_USUAL = Terms()


def terms_of(data: Mapping[str, Any] | None) -> Terms:
    if data is None:
        return _USUAL
    signing = cast(Signing, data["signing"])
    return Terms(signing, data["header"], data["secret_headers"], data["keep"])


class Kept(NamedTuple):
    """`left_out`: names whose values were too large to keep."""

    values: Mapping[str, Scalar]
    left_out: tuple[str, ...]


def taken(body: bytes, keep: Mapping[str, str]) -> Kept:
    """What an answer has for these names. Of an answer that is no JSON: nothing."""
    try:
        data = json.loads(body, parse_constant=_no_constant) if keep else None
    except (ValueError, RecursionError):
        data = None
    found = ((name, value_at(data, parse_path(path))) for name, path in keep.items())
    return fitting({}, [(name, value) for name, value in found if value is not None])


def fitting(before: Mapping[str, Scalar], more: Iterable[tuple[str, Scalar]]) -> Kept:
    """The values, those of `more` as long as they fit, in their order."""
    values, left_out = dict(before), list[str]()
    for name, value in more:
        if _size({**values, name: value}) <= MOST_KEPT_BYTES:
            values[name] = value
        else:
            left_out.append(name)
    return Kept(values, tuple(left_out))


def _size(values: Mapping[str, Scalar]) -> int:
    return len(json.dumps(values, ensure_ascii=False).encode())


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
