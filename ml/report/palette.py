"""Colours of a report, each readable on its ground, and plain names for what the registry calls by one word."""

PAPER = "#ffffff"
INK = "#1b1f24"
QUIET = "#4d5761"  # captions and asides
MODEL = "#0b5394"
RULES = "#a33b00"
COUNT = "#5b6570"
GRID = "#e4e8ec"
PANEL = "#eef3f8"
GOOD = "#1b5e20"
WARNING_INK = "#7a1f00"
WARNING = "#fdf0e6"

# What is written in which colour on which ground.
TEXT_PAIRS = [
    (INK, PAPER),
    (INK, PANEL),
    (INK, WARNING),
    (QUIET, PAPER),
    (QUIET, PANEL),
    (MODEL, PAPER),
    (MODEL, PANEL),
    (WARNING_INK, WARNING),
    (WARNING_INK, PAPER),
    (GOOD, PAPER),
]
# What is drawn in which colour on which ground.
LINE_PAIRS = [(MODEL, PAPER), (RULES, PAPER), (COUNT, PAPER), (MODEL, GRID)]

FAMILIES = {
    "activity": "calls, arrests, stops",
    "associates": "record of associates",
    "career": "career and rank",
    "claims": "civil claims",
    "colleagues": "colleagues in the same cases",
    "complaints": "complaints",
    "fatigue": "hours and fatigue",
    "force": "use of force",
    "history": "training, awards, alerts",
    "peers": "standing among peers",
    "place": "place of work",
    "rates": "rates over activity",
    "stress": "stressful calls",
    "unit": "the unit",
    "vehicle": "vehicle incidents",
    "wellbeing": "injuries and leave",
}


def name_family(family: str) -> str:
    """A family of features in plain words."""
    return FAMILIES.get(family, family.replace("_", " "))


def name_group(group: str, selected: str) -> str:
    """A model group in plain words."""
    if group == selected:
        return f"this model ({group.replace('_', ' ')})"
    if group == "threshold_system":
        return "threshold system"
    return f"count: {group.replace('_', ' ')}"
