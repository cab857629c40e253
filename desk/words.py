"""The screen's own words in the three languages; alerts bring theirs along."""

from __future__ import annotations

from collections.abc import Iterable

from edge.locale import catalogue

WORDS: dict[str, dict[str, str]] = {
    "raised": {"fi": "HÄLYTTÄÄ", "sv": "LARMAR", "en": "RAISED"},
    "acknowledged": {"fi": "hoidettavana", "sv": "kvitterat", "en": "taken"},
    "closed": {"fi": "suljettu", "sv": "avslutat", "en": "closed"},
    "cancelled": {"fi": "peruttu", "sv": "återkallat", "en": "cancelled"},
    "critical": {"fi": "hätä", "sv": "akut", "en": "critical"},
    "high": {"fi": "kiireellinen", "sv": "brådskande", "en": "high"},
    "normal": {"fi": "kiireetön", "sv": "ej brådskande", "en": "normal"},
    "nobody": {"fi": "ei kenelläkään", "sv": "ingen har tagit det", "en": "nobody has it"},
    "late": {"fi": "myöhässä", "sv": "försenat", "en": "late"},
    "test": {"fi": "koe", "sv": "prov", "en": "test"},
    "received": {"fi": "perillä", "sv": "framme", "en": "received"},
    "accepted": {"fi": "otti", "sv": "åtog sig", "en": "accepted"},
    "declined": {"fi": "ei voinut ottaa", "sv": "kan inte ta", "en": "declined"},
    "closed_by": {"fi": "sulki", "sv": "avslutade", "en": "closed"},
    "pending": {"fi": "odottaa kotia", "sv": "väntar på hemmet", "en": "pending"},
    "made": {"fi": "kirjattu", "sv": "beslutat", "en": "decided"},
    "sent": {"fi": "lähetetty kotiin", "sv": "skickat hem", "en": "sent to the home"},
    "shown": {"fi": "koti vahvisti", "sv": "hemmet bekräftade", "en": "confirmed by the home"},
    "superseded": {
        "fi": "toinen ehti ensin",
        "sv": "någon annan hann före",
        "en": "overtaken by another decision",
    },
    "expired": {"fi": "vanhentui", "sv": "föråldrades", "en": "expired"},
    "readings": {"fi": "mittausta", "sv": "mätvärden", "en": "readings"},
    "withheld": {"fi": "jäi kotiin", "sv": "stannade hemma", "en": "kept at home"},
    "device": {"fi": "laite", "sv": "enhet", "en": "device"},
    "gateway": {"fi": "yhdyskäytävä", "sv": "gateway", "en": "gateway"},
    "online": {"fi": "yhteydessä", "sv": "ansluten", "en": "online"},
    "offline": {"fi": "ei linjoilla", "sv": "borta", "en": "offline"},
    "digest_complete": {"fi": "täydellinen", "sv": "komplett", "en": "complete"},
    "digest_counted": {
        "fi": "kaikki numerot tulleet",
        "sv": "alla nummer har kommit",
        "en": "every number came",
    },
    "digest_missing": {"fi": "PUUTTUU", "sv": "SAKNAS", "en": "MISSING"},
    "digest_different": {
        "fi": "ERI VIESTI SAMALLA NUMEROLLA",
        "sv": "ETT ANNAT MEDDELANDE MED SAMMA NUMMER",
        "en": "ANOTHER MESSAGE UNDER THE NUMBER",
    },
    "digest_open": {"fi": "vielä auki", "sv": "ännu öppen", "en": "still open"},
    "digest_unproved": {
        "fi": "tietokanta vaihtui, loppua ei ole todistettu",
        "sv": "databasen byttes, slutet är inte bevisat",
        "en": "database replaced, its end is not proved",
    },
    "left_shed": {
        "fi": "koti karsi tilan loputtua",
        "sv": "hemmet gallrade av platsbrist",
        "en": "dropped by the home for want of room",
    },
    "left_parked": {
        "fi": "kotona syrjässä, hylätty toistuvasti",
        "sv": "undanlagt hemma, avvisat gång på gång",
        "en": "put aside at home, refused time and again",
    },
    "left_withdrawn": {
        "fi": "koti otti takaisin",
        "sv": "hemmet tog tillbaka",
        "en": "taken back by the home",
    },
    "left_forgotten": {
        "fi": "koti ei enää tunne tunnusta",
        "sv": "hemmet känner inte längre id:t",
        "en": "its id is no longer known at home",
    },
    "proof_ok": {"fi": "reitti koeteltu", "sv": "vägen prövad", "en": "way proved"},
    "proof_late": {
        "fi": "KOEHÄLYTYS MYÖHÄSSÄ",
        "sv": "PROVLARMET FÖRSENAT",
        "en": "TEST ALERT LATE",
    },
    "proof_off": {
        "fi": "hälytykset kytketty pois kotona",
        "sv": "larm avstängda i hemmet",
        "en": "alerts switched off at home",
    },
    "proof_waiting": {"fi": "ei vielä koeteltu", "sv": "ännu inte prövad", "en": "not proved yet"},
    "proof_none": {
        "fi": "tämä versio ei lähetä koehälytyksiä",
        "sv": "denna version sänder inga provlarm",
        "en": "this release sends no test alerts",
    },
    "proof_replaced": {"fi": "vaihdettu", "sv": "utbytt", "en": "replaced"},
    "replaced": {"fi": "vaihdettu", "sv": "utbytt", "en": "replaced"},
    "replaced_by": {"fi": "tilalla", "sv": "ersatt av", "en": "replaced by"},
    "gap": {"fi": "puuttuu viestit", "sv": "saknade meddelanden", "en": "gap"},
    "settled_here": {
        "fi": "kirjattu täällä: kodin laite on vaihdettu",
        "sv": "avgjort här: hemmets gateway är utbytt",
        "en": "settled at the desk: its box was replaced",
    },
    "claim_answered": {
        "fi": "liitetään asiakkaaseen",
        "sv": "kopplas till kunden",
        "en": "claimed for customer",
    },
    "claim_refused": {
        "fi": "liittäminen hylättiin",
        "sv": "kopplingen avvisades",
        "en": "claim refused",
    },
    "claim_confirmed": {
        "fi": "liitetty ja vahvistettu kodissa, asiakas",
        "sv": "kopplad och bekräftad i hemmet, kund",
        "en": "claim confirmed in the home, customer",
    },
    "claim_mismatch": {
        "fi": "VÄÄRÄ KOTI, koodi oli asiakkaan",
        "sv": "FEL HEM, koden var för kunden",
        "en": "WRONG HOME, the code was for customer",
    },
    "claim_withdrawn": {
        "fi": "liittäminen peruttiin, asiakas",
        "sv": "kopplingen återtogs, kund",
        "en": "claim withdrawn, customer",
    },
    "wrong_code": {"fi": "väärä koodi", "sv": "fel kod", "en": "wrong code"},
    "locked": {
        "fi": "liian monta väärää koodia, lukossa tunnin",
        "sv": "för många fel koder, låst en timme",
        "en": "too many wrong codes, locked for an hour",
    },
    "used": {"fi": "koodi on jo käytetty", "sv": "koden är använd", "en": "code used already"},
    "expired_code": {"fi": "koodi on vanhentunut", "sv": "koden har gått ut", "en": "code expired"},
    "customer_mismatch": {
        "fi": "koodi on toisen asiakkaan",
        "sv": "koden är en annan kunds",
        "en": "code of another customer",
    },
    "wrong_kind": {
        "fi": "koodi on toiseen tarkoitukseen",
        "sv": "koden är för ett annat ändamål",
        "en": "code for another purpose",
    },
    "wrong_gateway": {
        "fi": "koodi korvaa toisen laitteen",
        "sv": "koden ersätter en annan gateway",
        "en": "code replaces another box",
    },
    "customer_entered": {
        "fi": "kirjattu; seuraavaksi",
        "sv": "antecknad; härnäst",
        "en": "entered; next",
    },
    "customer_changed": {"fi": "tiedot korjattu", "sv": "uppgifterna rättade", "en": "changed"},
    "customer_none": {
        "fi": "asiakkaita ei ole vielä",
        "sv": "inga kunder än",
        "en": "no customers yet",
    },
    "code_once": {
        "fi": "koodi toimii kerran, eikä sitä näytetä uudelleen; voimassa",
        "sv": "koden gäller en gång och visas inte igen; gäller till",
        "en": "the code works once and is not shown again; until",
    },
    "code_of": {"fi": "koodin antoi", "sv": "kod av", "en": "code of"},
    "code_unused": {"fi": "käyttämättä", "sv": "oanvänd", "en": "not used"},
    "code_used_by": {"fi": "käyttänyt", "sv": "använd av", "en": "used by"},
    "valid_until": {"fi": "voimassa", "sv": "gäller till", "en": "valid until"},
    "typed_there": {
        "fi": "kodissa kirjoitettu osoite",
        "sv": "adressen som skrevs i hemmet",
        "en": "typed there",
    },
    "claim": {"fi": "liittäminen", "sv": "koppling", "en": "claim"},
    "new": {"fi": "uusi koti", "sv": "nytt hem", "en": "new home"},
    "replace": {"fi": "laitteen vaihto", "sv": "byte av gateway", "en": "replacement"},
    "answered": {"fi": "vastattu", "sv": "besvarad", "en": "answered"},
    "confirmed": {"fi": "vahvistettu", "sv": "bekräftad", "en": "confirmed"},
    "mismatch": {"fi": "VÄÄRÄ KOTI", "sv": "FEL HEM", "en": "WRONG HOME"},
    "withdrawn": {"fi": "peruttu", "sv": "återtagen", "en": "withdrawn"},
    "request_erase": {
        "fi": "asiakas pyysi poistamaan tietonsa; poistettu rivejä",
        "sv": "kunden bad att uppgifterna raderas; raderade rader",
        "en": "the customer asked for their data to be erased; rows erased",
    },
    "request_sending": {
        "fi": "asiakas kytki",
        "sv": "kunden kopplade",
        "en": "the customer switched",
    },
    "switched_on": {"fi": "päälle", "sv": "på", "en": "on"},
    "switched_off": {"fi": "pois", "sv": "av", "en": "off"},
    "request_erased": {"fi": "poistettu", "sv": "raderat", "en": "erased"},
    "request_kept": {
        "fi": "säilytetään, ja miksi",
        "sv": "bevaras, och varför",
        "en": "kept, and why",
    },
    "request_open": {
        "fi": "asiakkaalle ei ole vielä vastattu; määräaika",
        "sv": "kunden har inte fått svar; senast",
        "en": "the customer has no answer yet; due",
    },
    "request_answered": {"fi": "vastannut", "sv": "besvarat av", "en": "answered by"},
    "kept_alert": {
        "fi": "hälytykset versioineen: asiakaskertomusta, palvelu säilyttää (laki 703/2023)",
        "sv": "larm med versioner: klientjournal, som tjänsten bevarar (lag 703/2023)",
        "en": "alerts with their revisions: client record, the service keeps it (Act 703/2023)",
    },
    "kept_decision": {
        "fi": "kuka otti ja sulki hälytyksen: osa asiakaskertomusta (laki 703/2023)",
        "sv": "vem som tog och avslutade ett larm: en del av klientjournalen (lag 703/2023)",
        "en": "who took and closed an alert: part of the client record (Act 703/2023)",
    },
    "kept_access": {
        "fi": "loki siitä, kuka katsoi tietoja: näin väärinkäyttö löytyy (laki 703/2023)",
        "sv": "loggen över vem som sett uppgifter: så hittas missbruk (lag 703/2023)",
        "en": "the log of who looked at data: so that misuse is found (Act 703/2023)",
    },
    "kept_customer": {
        "fi": "asiakasrekisterin rivi: palvelu päättää siitä omana rekisterinpitäjänä",
        "sv": "raden i kundregistret: tjänsten avgör om den som personuppgiftsansvarig",
        "en": "the entry in the customers' register: for the service to decide as its controller",
    },
    "kept_dwelling": {
        "fi": "tietoa kodin alueesta ja poistumisesta: osa asiakastietoja",
        "sv": "uppgifter om hemmets område och utrymning: en del av klientuppgifterna",
        "en": "entries on the home's area and on getting out: part of the client record",
    },
    "kept_silence": {
        "fi": "aikaa, jolloin kotiin ei ollut yhteyttä: laitteiden vikaloki, 400 päivää",
        "sv": "tider utan kontakt med hemmet: utrustningens fellogg, 400 dagar",
        "en": "times without contact to the home: the log of faults of equipment, 400 days",
    },
    "kept_assessed": {
        "fi": "arviointeja: osa asiakastietoja (laki 703/2023)",
        "sv": "bedömningar: en del av klientuppgifterna (lag 703/2023)",
        "en": "assessments: part of the client record (Act 703/2023)",
    },
    "kept_life_plan": {
        "fi": "suunnitelman rivejä: osa asiakastietoja (laki 703/2023)",
        "sv": "rader i planen: en del av klientuppgifterna (lag 703/2023)",
        "en": "entries of the plan: part of the client record (Act 703/2023)",
    },
    "kept_life_segment": {
        "fi": "palvelun päätös yhteydenpidosta: osa asiakastietoja (laki 703/2023)",
        "sv": "tjänstens beslut om kontakt: en del av klientuppgifterna (lag 703/2023)",
        "en": "the service's decision on contact: part of the client record (Act 703/2023)",
    },
    "kept_life_manager": {
        "fi": "kuka oli omatyöntekijä: osa asiakastietoja (laki 703/2023)",
        "sv": "vem som var kontaktperson: en del av klientuppgifterna (lag 703/2023)",
        "en": "who was the case manager: part of the client record (Act 703/2023)",
    },
    "kept_life_contact": {
        "fi": "milloin työntekijä oli yhteydessä: osa asiakastietoja (laki 703/2023)",
        "sv": "när en anställd tog kontakt: en del av klientuppgifterna (lag 703/2023)",
        "en": "when a worker was in touch: part of the client record (Act 703/2023)",
    },
    "kept_notification": {
        "fi": "ilmoitusta viranomaiselle: lakisääteinen asiakirja, säilytetään",
        "sv": "anmälningar till en myndighet: lagstadgad handling, bevaras",
        "en": "notices to an authority: statutory record, kept",
    },
    "kept_considered": {
        "fi": "harkintaa ilmoituksesta perusteluineen: lakisääteinen asiakirja, säilytetään",
        "sv": "överväganden om anmälan med motivering: lagstadgad handling, bevaras",
        "en": "considerations of a notice with their reasons: statutory record, kept",
    },
    "profile": {"fi": "salattu kotiprofiili", "sv": "krypterad hemprofil", "en": "sealed profile"},
    "lost": {"fi": "EI YHTEYTTÄ", "sv": "INGEN KONTAKT", "en": "LOST"},
    "back": {"fi": "taas yhteydessä", "sv": "tillbaka", "en": "back"},
    "refused": {"fi": "hylätty viesti", "sv": "avvisat meddelande", "en": "refused message"},
    "broker_up": {"fi": "yhteys välittäjään", "sv": "kontakt med förmedlaren", "en": "broker up"},
    "broker_down": {
        "fi": "ei yhteyttä välittäjään",
        "sv": "ingen kontakt med förmedlaren",
        "en": "broker down",
    },
    "asked": {"fi": "kysytään:", "sv": "tillfrågas:", "en": "asked:"},
    "level": {"fi": "taso", "sv": "nivå", "en": "level"},
    "next_step": {"fi": "seuraavaksi", "sv": "nästa", "en": "next"},
    "useful": {"fi": "siitä oli hyötyä", "sv": "den var till nytta", "en": "it was useful"},
    "useless": {
        "fi": "siitä ei ollut hyötyä",
        "sv": "den var inte till nytta",
        "en": "it was not useful",
    },
    "plan_none": {
        "fi": "suunnitelmaa ei ole: ketään ei kysytä",
        "sv": "ingen plan: ingen tillfrågas",
        "en": "no plan: nobody is asked",
    },
    "plan_kept": {"fi": "suunnitelma on voimassa", "sv": "planen gäller", "en": "plan in force"},
    "why": {"fi": "syy", "sv": "skäl", "en": "why"},
    "incident": {"fi": "häiriö", "sv": "störning", "en": "incident"},
    "incidents": {"fi": "Häiriöt", "sv": "Störningar", "en": "Incidents"},
    "area": {"fi": "alue", "sv": "område", "en": "area"},
    "area_untold": {"fi": "alue kertomatta", "sv": "område ej angivet", "en": "area not told"},
    "ask_first": {
        "fi": "kysy ensin, miten voivat",
        "sv": "hör först hur det är hos",
        "en": "ask after these first",
    },
    "silent_homes": {"fi": "kotia hiljaa", "sv": "hem tysta", "en": "homes silent"},
    "incident_incident": {
        "fi": "kerrotaan ylläpidolle: mistään näistä kodeista ei nähdä mitään",
        "sv": "meddelas underhållet: inget av hemmen kan ses",
        "en": "maintenance is told: none of these homes can be seen",
    },
    "incident_coordinator": {
        "fi": "kerrotaan myös koordinaattorille",
        "sv": "meddelas även koordinatorn",
        "en": "the coordinator is told too",
    },
    "incident_over": {"fi": "ohi", "sv": "över", "en": "over"},
    "silence_coordinator": {
        "fi": "yhä hiljaa: kerrotaan myös koordinaattorille",
        "sv": "fortfarande tyst: meddelas även koordinatorn",
        "en": "still silent: the coordinator is told too",
    },
    "silence_joined": {
        "fi": "kuuluu häiriöön",
        "sv": "hör till störningen",
        "en": "belongs to incident",
    },
    "silence_replaced": {"fi": "vaihdettu", "sv": "utbytt", "en": "replaced"},
    "told_maintenance": {
        "fi": "kerrottu ylläpidolle",
        "sv": "meddelat underhållet",
        "en": "maintenance told",
    },
    "told_coordinator": {
        "fi": "kerrottu koordinaattorille",
        "sv": "meddelat koordinatorn",
        "en": "coordinator told",
    },
    "silent_since": {"fi": "hiljaa alkaen", "sv": "tyst sedan", "en": "silent since"},
    "back_at": {"fi": "takaisin", "sv": "tillbaka", "en": "back"},
    "came_late": {
        "fi": "tuli myöhässä: hälytyksiä / viestejä",
        "sv": "kom för sent: larm / meddelanden",
        "en": "came late: alerts / messages",
    },
    "escape": {"fi": "pääsy ulos", "sv": "tar sig ut", "en": "gets out"},
    "escape_out": {
        "fi": "2\N{EN DASH}3 minuutissa",
        "sv": "på 2\N{EN DASH}3 minuter",
        "en": "in 2 or 3 minutes",
    },
    "escape_maybe": {"fi": "ehkä", "sv": "kanske", "en": "maybe"},
    "escape_no": {"fi": "ei ilman apua", "sv": "inte utan hjälp", "en": "not without help"},
    "escape_untold": {"fi": "ei kerrottu", "sv": "ej angivet", "en": "not told"},
    "open_critical": {"fi": "avoin hätä", "sv": "öppet akut larm", "en": "open critical alert"},
    "at_the_visit": {"fi": "käynnillä", "sv": "vid besök", "en": "next visit"},
    "more": {"fi": "lisää", "sv": "till", "en": "more"},
    "missing": {"fi": "puuttuu", "sv": "saknas", "en": "missing"},
    "open_alerts": {"fi": "Avoimet hälytykset", "sv": "Öppna larm", "en": "Open alerts"},
    "homes": {"fi": "Kodit", "sv": "Hem", "en": "Homes"},
    "events": {"fi": "Tapahtumat", "sv": "Händelser", "en": "Events"},
    "state": {"fi": "tila", "sv": "läge", "en": "state"},
    "urgency": {"fi": "kiireellisyys", "sv": "prioritet", "en": "priority"},
    "alert": {"fi": "hälytys", "sv": "larm", "en": "alert"},
    "home": {"fi": "koti", "sv": "hem", "en": "home"},
    "who": {"fi": "kenellä", "sv": "hos vem", "en": "who has it"},
    "silent_s": {"fi": "hiljaa s", "sv": "tyst s", "en": "silent s"},
    "none": {"fi": "ei mitään", "sv": "inga", "en": "none"},
    "no_list": {
        "fi": "ei ole kertonut työlistaa, joten tilanne ei ole tiedossa",
        "sv": "har inte berättat någon arbetslista, så läget är inte känt",
        "en": "has told no list of work, so nothing is known",
    },
    "reasons": {"fi": "syyt", "sv": "orsaker", "en": "reasons"},
    "raised_at": {"fi": "hälytti", "sv": "larmade", "en": "raised"},
    "between": {"fi": "aika epävarma", "sv": "tiden osäker", "en": "time uncertain"},
    "clock": {"fi": "kello epävarma", "sv": "klockan osäker", "en": "clock not set"},
}


def word(key: str, language: str) -> str:
    """The word for `key`; a key that is no word (a device's own state) stands for itself."""
    return WORDS.get(key, {}).get(language, key)


def flags(names: Iterable[str], language: str) -> list[str]:
    """What stands beside an alert, in words; a flag of a newer gateway stands for itself."""
    words = catalogue(language)
    return [words.get(f"flag.{name}", name) for name in names]


def title(titles: dict[str, str], language: str, code: str) -> str:
    """The alert's own words, in the next best language, or its code."""
    for wanted in (language, "en", "fi"):
        if titles.get(wanted):
            return titles[wanted]
    return next(iter(titles.values()), code)
