"""Words of the commands and the picture of a customer's life, in the three languages."""

from __future__ import annotations

from datetime import date

WORDS: dict[str, dict[str, str]] = {
    "title": {"fi": "Elämän ympyrä", "sv": "Livets cirkel", "en": "Circle of life"},
    "wheel": {
        "fi": "Ympyrä: kymmenen osa-aluetta; luvut ovat viereisessä taulukossa.",
        "sv": "Cirkel: tio områden; siffrorna står i tabellen bredvid.",
        "en": "A circle of ten themes; the numbers stand in the table beside it.",
    },
    "own": {
        "fi": "Kuva on oma, eikä siitä lasketa summaa.",
        "sv": "Bilden är vår egen, och ingen summa räknas av den.",
        "en": "The picture is our own, and it has no total.",
    },
    "theme": {"fi": "Osa-alue", "sv": "Område", "en": "Theme"},
    "satisfaction": {"fi": "Tyytyväisyys", "sv": "Tillfredsställelse", "en": "Satisfaction"},
    "importance": {"fi": "Tärkeys", "sv": "Betydelse", "en": "Importance"},
    "goal": {"fi": "Tavoite", "sv": "Mål", "en": "Goal"},
    "before": {"fi": "Ennen", "sv": "Tidigare", "en": "Before"},
    "low": {"fi": "tyytymätön", "sv": "missnöjd", "en": "dissatisfied"},
    "middle": {"fi": "kohtalainen", "sv": "måttlig", "en": "moderate"},
    "high": {"fi": "tyytyväinen", "sv": "nöjd", "en": "satisfied"},
    "fell": {"fi": "laskenut", "sv": "har sjunkit", "en": "fell"},
    "round": {"fi": "kierros", "sv": "samtal", "en": "round"},
    "round_kept": {"fi": "kirjattu, kierros", "sv": "antecknat, samtal", "en": "kept as round"},
    "round_none": {
        "fi": "kierroksia ei ole",
        "sv": "inga samtal",
        "en": "nothing was asked yet",
    },
    "withdrawn": {"fi": "kierros poistettu", "sv": "samtalet återtaget", "en": "round taken back"},
    "erased": {"fi": "kierroksia poistettu", "sv": "raderade samtal", "en": "rounds erased"},
    "ask": {
        "fi": "tyytyväisyys tärkeys tavoite, 0\N{EN DASH}10; - jos ei vastattu",
        "sv": "tillfredsställelse betydelse mål, 0\N{EN DASH}10; - om inget svar",
        "en": "satisfaction importance goal, 0 to 10; - where not answered",
    },
    "off": {"fi": "ei käytössä", "sv": "ur bruk", "en": "off"},
    "in_use": {"fi": "käytössä", "sv": "i bruk", "en": "in use"},
    "plan": {"fi": "Suunnitelma", "sv": "Plan", "en": "Plan"},
    "plan_none": {"fi": "suunnitelma on tyhjä", "sv": "planen är tom", "en": "the plan is empty"},
    "free": {"fi": "vapaa", "sv": "fritt", "en": "free"},
    "does": {"fi": "tehdään", "sv": "görs", "en": "what is done"},
    "responsible": {"fi": "vastuuhenkilö", "sv": "ansvarig", "en": "responsible"},
    "follow_up": {"fi": "seuranta", "sv": "uppföljning", "en": "follow-up"},
    "outcome_met": {"fi": "toteutui", "sv": "uppnått", "en": "met"},
    "outcome_partly": {"fi": "toteutui osittain", "sv": "delvis uppnått", "en": "partly met"},
    "outcome_unmet": {"fi": "ei toteutunut", "sv": "inte uppnått", "en": "not met"},
    "outcome_dropped": {"fi": "luovuttiin", "sv": "övergivet", "en": "dropped"},
    "segment": {"fi": "Segmentti", "sv": "Segment", "en": "Segment"},
    "segment_1": {
        "fi": "1: omahoidon tuki",
        "sv": "1: stöd för egenvård",
        "en": "1: self-care support",
    },
    "segment_2": {"fi": "2: autettu arki", "sv": "2: stödd vardag", "en": "2: assisted care"},
    "segment_3": {
        "fi": "3: tiivis yksilökohtainen ohjaus",
        "sv": "3: intensiv individuell ledning",
        "en": "3: intensive case management",
    },
    "segment_none": {
        "fi": "segmenttiä ei ole",
        "sv": "inget segment",
        "en": "no segment was told",
    },
    "every": {
        "fi": "yhteys vähintään {n} päivän välein",
        "sv": "kontakt med högst {n} dagars mellanrum",
        "en": "contact at least every {n} days",
    },
    "valid": {"fi": "päättyy", "sv": "gäller till", "en": "until"},
    "coordinator": {"fi": "koordinaattori", "sv": "koordinator", "en": "coordinator"},
    "nurse": {"fi": "hoitaja", "sv": "skötare", "en": "nurse"},
    "case_manager": {"fi": "omatyöntekijä", "sv": "egen kontaktperson", "en": "case manager"},
    "manager_none": {
        "fi": "omatyöntekijää ei ole",
        "sv": "ingen egen kontaktperson",
        "en": "no case manager",
    },
    "since": {"fi": "alkaen", "sv": "sedan", "en": "since"},
    "ended": {"fi": "päättynyt", "sv": "avslutad", "en": "ended"},
    "closed": {
        "fi": "palvelu on päättynyt: mitään ei enää seurata",
        "sv": "tjänsten har upphört: inget följs upp längre",
        "en": "the service has ended: nothing is followed any more",
    },
    "noted": {"fi": "kirjattu", "sv": "antecknat", "en": "noted"},
    "due": {"fi": "Odottaa", "sv": "Att göra", "en": "Due"},
    "due_follow_up": {
        "fi": "seuraa suunnitelman kohtaa",
        "sv": "följ upp planens punkt",
        "en": "follow up item",
    },
    "due_orphan": {
        "fi": "vastuuhenkilö on lopettanut, nimeä uusi: kohta",
        "sv": "den ansvariga har slutat, utse en ny: punkt",
        "en": "the responsible worker has left, name another: item",
    },
    "due_repeat": {"fi": "kysy uudelleen", "sv": "fråga på nytt", "en": "ask again"},
    "due_fall": {
        "fi": "tyytyväisyys laski, puhu seuraavalla käynnillä",
        "sv": "nöjdheten sjönk, tala om det vid nästa besök",
        "en": "satisfaction fell, talk about it at the next visit",
    },
    "due_segment": {
        "fi": "arvioi segmentti uudelleen",
        "sv": "bedöm segmentet på nytt",
        "en": "tell the segment anew",
    },
    "due_contact": {"fi": "ota yhteyttä", "sv": "ta kontakt", "en": "be in touch"},
    "due_manager": {
        "fi": "nimeä omatyöntekijä",
        "sv": "utse en egen kontaktperson",
        "en": "name a case manager",
    },
    "due_notice": {
        "fi": "päätä ilmoitusluonnoksesta",
        "sv": "besluta om anmälningsutkastet",
        "en": "decide on the draft of a notification",
    },
    "due_case": {
        "fi": "koordinaattorin asia",
        "sv": "ärende för koordinatorn",
        "en": "coordinator's case",
    },
    "level_rising": {
        "fi": "taso nousi kahdessa peräkkäisessä arviossa",
        "sv": "nivån steg vid två bedömningar i rad",
        "en": "the level rose at two assessments in a row",
    },
    "due_alert": {"fi": "kodin hälytys", "sv": "hemmets larm", "en": "alert of the home"},
    "level_changed": {
        "fi": "kodin taso muuttui",
        "sv": "hemmets nivå ändrades",
        "en": "level of the home changed",
    },
    "assessment_due": {"fi": "kotona taas", "sv": "hemma igen", "en": "home again"},
    "hospital": {"fi": "sairaalan jälkeen", "sv": "efter sjukhus", "en": "after hospital"},
    "year": {"fi": "vuosi on kulunut", "sv": "ett år har gått", "en": "a year has passed"},
    "none": {"fi": "ei mitään", "sv": "inget", "en": "nothing"},
}


def say(key: str, lang: str) -> str:
    """The word for `key`; a key that is no word (an account) stands for itself."""
    return WORDS.get(key, {}).get(lang, key)


def shown_day(day: str, lang: str) -> str:
    """A day as the language writes it."""
    if lang == "en":
        return day
    told = date.fromisoformat(day)
    return f"{told.day}.{told.month}.{told.year}"
