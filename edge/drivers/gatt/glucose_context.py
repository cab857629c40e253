"""Glucose Measurement Context 0x2A34 as one line of text.

Source: Bluetooth SIG Glucose Service: flags, sequence number, extended flags,
carbohydrate (what, SFLOAT kg), meal, tester and health (a nibble each),
exercise (u16 s, u8 %), medication (what, SFLOAT kg or L), HbA1c (SFLOAT %).
"""

from __future__ import annotations

from edge.domain import Quality
from edge.drivers.codec import Reader

_HAS_CARBOHYDRATE = 0x01
_HAS_MEAL = 0x02
_HAS_TESTER = 0x04
_HAS_EXERCISE = 0x08
_HAS_MEDICATION = 0x10
_MEDICATION_IN_LITRES = 0x20
_HAS_HBA1C = 0x40
_HAS_EXTENDED = 0x80

_KG_TO_G = 3  # powers of ten
_KG_TO_MG = 6
_L_TO_ML = 3
_EXERCISE_OVERRUN = 0xFFFF

_CARBOHYDRATES = (None, "breakfast", "lunch", "dinner", "snack", "drink", "supper", "brunch")
_MEALS = (None, "preprandial", "postprandial", "fasting", "casual", "bedtime")
_TESTERS = (None, "self", "health_care_professional", "laboratory")
_HEALTH = (None, "minor_issues", "major_issues", "during_menses", "under_stress", "no_issues")
_NIBBLE_UNKNOWN = 15
_MEDICATIONS = (
    None,
    "rapid_acting_insulin",
    "short_acting_insulin",
    "intermediate_acting_insulin",
    "long_acting_insulin",
    "premixed_insulin",
)


def context_of(value: bytes) -> tuple[int, str]:
    """The sequence number, and what is known as `name=word` or `name_unit=number`, by commas.

    A number that is none says why (`hba1c_percent=not_a_number`). Raises DecodeError.
    """
    reader = Reader(value)
    flags = reader.u8("flags")
    sequence = reader.u16("sequence number")
    if flags & _HAS_EXTENDED:
        reader.u8("extended flags")
    said: list[str] = []
    if flags & _HAS_CARBOHYDRATE:
        said.append(f"carbohydrate={_word(reader.u8('carbohydrate'), _CARBOHYDRATES)}")
        said.append(f"carbohydrate_g={_number(*reader.sfloat('carbohydrate', _KG_TO_G))}")
    if flags & _HAS_MEAL:
        said.append(f"meal={_word(reader.u8('meal'), _MEALS)}")
    if flags & _HAS_TESTER:
        both = reader.u8("tester and health")
        said.append(f"tester={_nibble(both & 0x0F, _TESTERS)}")
        said.append(f"health={_nibble(both >> 4, _HEALTH)}")
    if flags & _HAS_EXERCISE:
        seconds = reader.u16("exercise duration")
        told = Quality.OUT_OF_RANGE.value if seconds == _EXERCISE_OVERRUN else seconds
        said.append(f"exercise_s={told}")
        said.append(f"exercise_percent={reader.u8('exercise intensity')}")
    if flags & _HAS_MEDICATION:
        said.append(f"medication={_word(reader.u8('medication'), _MEDICATIONS)}")
        litres = bool(flags & _MEDICATION_IN_LITRES)
        amount = reader.sfloat("medication", _L_TO_ML if litres else _KG_TO_MG)
        said.append(f"medication_{'ml' if litres else 'mg'}={_number(*amount)}")
    if flags & _HAS_HBA1C:
        said.append(f"hba1c_percent={_number(*reader.sfloat('HbA1c'))}")
    reader.done()
    return sequence, ",".join(said)


def _word(number: int, words: tuple[str | None, ...]) -> str:
    return (words[number] if number < len(words) else None) or Quality.RESERVED.value


def _nibble(number: int, words: tuple[str | None, ...]) -> str:
    return Quality.NOT_AVAILABLE.value if number == _NIBBLE_UNKNOWN else _word(number, words)


def _number(number: float | None, quality: Quality) -> str:
    return quality.value if number is None else f"{number:g}"
