"""The words of the figures in the three languages, and their numbers as people write them."""

from __future__ import annotations

from desk.kpi.figures import COUNTS, DAYS_TO_CLOSE

WORDS: dict[str, dict[str, str]] = {
    "title": {"fi": "Palvelun luvut", "sv": "Tjänstens siffror", "en": "Figures of the service"},
    "area": {"fi": "alue", "sv": "område", "en": "area"},
    "all": {"fi": "kaikki alueet", "sv": "alla områden", "en": "all areas"},
    "by_area": {"fi": "Alueittain", "sv": "Efter område", "en": "By area"},
    "key_results": {"fi": "Avaintulokset", "sv": "Nyckelresultat", "en": "Key results"},
    "reached": {
        "fi": "saavutettu {percent} % (painoista tiedossa {known} %)",
        "sv": "nått {percent} % (av vikterna är {known} % kända)",
        "en": "{percent} % reached (of the weights {known} % are known)",
    },
    "weight": {"fi": "paino", "sv": "vikt", "en": "weight"},
    "target": {"fi": "tavoite", "sv": "mål", "en": "target"},
    "actual": {"fi": "toteutunut", "sv": "utfall", "en": "actual"},
    "source": {"fi": "lähde", "sv": "källa", "en": "source"},
    "taken": {
        "fi": "otettu {count} lukua",
        "sv": "{count} siffror togs emot",
        "en": "{count} figures taken",
    },
    "imported": {
        "fi": "tuodaan muusta järjestelmästä",
        "sv": "hämtas från ett annat system",
        "en": "imported from another system",
    },
    "none": {"fi": "ei tietoa", "sv": "ingen uppgift", "en": "not known"},
    "hidden": {"fi": "piilotettu", "sv": "dolt", "en": "hidden"},
    "small": {
        "fi": "Alle viiden luvut on piilotettu, jottei kukaan ole tunnistettavissa. "
        "Lukuja ei lasketa työntekijöittäin.",
        "sv": "Tal under fem är dolda, så att ingen kan kännas igen. "
        "Inga siffror räknas per anställd.",
        "en": "Numbers under five are hidden, so that nobody can be told from them. "
        "No figure is counted per employee.",
    },
    "homes": {"fi": "koteja", "sv": "hem", "en": "homes"},
    "assessments": {"fi": "arviointeja", "sv": "bedömningar", "en": "assessments"},
    "assessments_per_100": {
        "fi": "arviointeja 100 kotia kohti",
        "sv": "bedömningar per 100 hem",
        "en": "assessments per 100 homes",
    },
    "open_critical": {
        "fi": "kriittisiä avoinna",
        "sv": "kritiska öppna",
        "en": "critical items open",
    },
    "drafts": {
        "fi": "vaarailmoitusluonnoksia",
        "sv": "utkast till riskanmälan",
        "en": "notifications drafted",
    },
    "released": {"fi": "hyväksytty lähetettäväksi", "sv": "godkända", "en": "released"},
    "rejected": {"fi": "jätetty tekemättä", "sv": "inte gjorda", "en": "rejected"},
    "alerts_per_home_week": {
        "fi": "hälytyksiä kodissa viikossa",
        "sv": "larm per hem och vecka",
        "en": "alerts per home-week",
    },
    "interrupts_per_home_week": {
        "fi": "kiireellisiä kodissa viikossa",
        "sv": "brådskande per hem och vecka",
        "en": "urgent ones per home-week",
    },
    "useful_share": {"fi": "hyödyllisiä", "sv": "till nytta", "en": "of use"},
    "online_share": {"fi": "yhteydessä", "sv": "anslutna", "en": "online"},
    "worn_share": {"fi": "ranneke käytössä", "sv": "taggen buren", "en": "tag worn"},
    "days_to_close": {
        "fi": "päiviä korjaukseen (mediaani)",
        "sv": "dagar till åtgärd (median)",
        "en": "days to mend (median)",
    },
}

_PARTIES: dict[str, dict[str, str]] = {
    "building_owner": {
        "fi": "rakennuksen omistaja",
        "sv": "byggnadens ägare",
        "en": "building owner",
    },
    "owner": {"fi": "asunnon omistaja", "sv": "bostadens ägare", "en": "owner of the home"},
    "resident": {"fi": "asukas", "sv": "den boende", "en": "resident"},
    "relative": {"fi": "omainen", "sv": "anhörig", "en": "relative"},
    "home_care": {"fi": "kotihoito", "sv": "hemvården", "en": "home care"},
    "nurse": {"fi": "vastuuhoitaja", "sv": "ansvarig vårdare", "en": "responsible nurse"},
    "physician": {"fi": "lääkäri", "sv": "läkare", "en": "physician"},
    "physiotherapist": {"fi": "fysioterapeutti", "sv": "fysioterapeut", "en": "physiotherapist"},
    "coordinator": {"fi": "palveluohjaaja", "sv": "servicehandledare", "en": "care coordinator"},
    "social_work": {"fi": "sosiaalityö", "sv": "socialarbetet", "en": "social work"},
    "telecare": {"fi": "turvapalvelu", "sv": "trygghetstjänsten", "en": "telecare service"},
    "rescue": {"fi": "pelastuslaitos", "sv": "räddningsverket", "en": "rescue department"},
    "aids_service": {
        "fi": "apuvälinepalvelu",
        "sv": "hjälpmedelsservicen",
        "en": "assistive devices service",
    },
    "home_modification": {
        "fi": "asunnon muutostyöt",
        "sv": "bostadsändringsarbeten",
        "en": "home modification service",
    },
}


# Where the second decimal says nothing.
_COARSE = frozenset({"assessments_per_100", DAYS_TO_CLOSE})
TENS = 10


def word(key: str, lang: str) -> str:
    """The word of a figure; of days to close with its responsible party."""
    name, _, of = key.partition(":")
    text = WORDS[name][lang]
    return f"{text}: {party(of, lang)}" if of else text


def source(code: str, said_by: str, lang: str) -> str:
    """Where an actual is from: what an import named, else the figure in words."""
    if said_by:
        return said_by
    return word(code, lang)


def actual(value: float | None, of: str, lang: str, *, hidden: bool) -> str:
    """An actual of a key result, or why there is none."""
    if value is None:
        return word("hidden" if hidden else "none", lang)
    return shown(of, value, lang)


def party(code: str, lang: str) -> str:
    """Who is responsible; a code that a list of the operator's own brought stands as it is."""
    return _PARTIES.get(code, {}).get(lang, code)


def shown(kpi: str, value: float, lang: str) -> str:
    """A figure as people of this language write it: shares in percent, one decimal at most."""
    name = kpi.partition(":")[0]
    if name.endswith("_share"):
        return f"{round(100 * value)} %"
    if name in COUNTS:
        return f"{round(value)}"
    digits = 1 if name in _COARSE or value >= TENS else 2
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return text if lang == "en" else text.replace(".", ",")
