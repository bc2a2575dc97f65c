"""Verb forms: past and -ing of what a wish says its hero does."""

from __future__ import annotations

_IRREGULAR = dict(
    row.split(":")
    for row in """be:was become:became begin:began bend:bent bite:bit blow:blew break:broke
    bring:brought build:built burn:burned buy:bought catch:caught choose:chose come:came cut:cut
    dig:dug do:did draw:drew dream:dreamed drink:drank drive:drove eat:ate fall:fell feed:fed
    feel:felt fight:fought find:found fly:flew forget:forgot forgive:forgave freeze:froze get:got
    give:gave go:went grow:grew hang:hung have:had hear:heard hide:hid hit:hit hold:held hurt:hurt
    keep:kept know:knew lead:led learn:learned leave:left lend:lent let:let lie:lay light:lit
    lose:lost make:made mean:meant meet:met overcome:overcame pay:paid put:put read:read ride:rode
    ring:rang run:ran say:said see:saw sell:sold send:sent set:set sew:sewed shake:shook shine:shone
    show:showed shut:shut sing:sang sink:sank sit:sat sleep:slept slide:slid speak:spoke spend:spent
    spin:spun stand:stood steal:stole stick:stuck sting:stung sweep:swept swim:swam swing:swung
    take:took teach:taught tell:told think:thought throw:threw understand:understood wake:woke
    wear:wore weave:wove win:won write:wrote""".split()  # noqa: SIM905
)
_REGULAR = frozenset(
    """adopt arrange ask bake balance befriend borrow boss bounce call camp carry carve chase cheer
    clean climb collect comfort conduct cook count cross cry cure cycle dance dare decide decorate
    deliver destroy discover dive drum enter escape explore face fail fear fetch fill fish fix float
    follow free gather glow guard guide guess happen hate hatch heal help hike hop hope hug hunt
    imagine invent invite join juggle jump kick kiss knit laugh launch land lick lift like listen
    live long look love mend miss mix move need offer open order organize pack paint pass peel
    perform pick plan plant play pour practise pretend protect pull push race raise reach refuse
    remember repair rescue rock roll rule sail save scare search serve share shout skate skip sleep
    slip smell smile sneeze snore solve sort splash start stay steer stop study surf swap swallow
    talk tame taste thank tickle tidy travel trade train trick try turn type use visit wait walk
    want warm wash watch water wave whisper whistle win wink wish wonder work worry yawn row host
    purr bark meow roar hibernate migrate
    design finish celebrate build grow save rescue climb search rob enjoy notice bring learn
    paint repair return stand swim""".split()  # noqa: SIM905
)
_DOUBLED = frozenset(
    """beg chat clap cut dig drag drop drum fit get grab grin hit hop hug hum jog knit let nod pat
    plan pop put rob rub run set shop shut sit skip slip spin step stir stop swim swap tap thin tip
    trap trip trot tug wag win wrap zip""".split()  # noqa: SIM905
)
VERBS = frozenset(_IRREGULAR) | _REGULAR
_BEFORE = ("over", "out", "under", "mis", "re")
_BASES = {past: base for base, past in _IRREGULAR.items() if len(past) > 2}


def compound_base(word: str) -> str:
    """Give the base of a past like "overslept": "oversleep"; "" where it is none."""
    for lead in _BEFORE:
        if word.startswith(lead) and (base := _BASES.get(word.removeprefix(lead))):
            return lead + base
    return ""


def _irregular(verb: str) -> str:
    """Give the past of an irregular verb, with or without "over" and the like; "" if regular."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    lead = next((one for one in _BEFORE if verb.removeprefix(one) in _IRREGULAR), "")
    return lead + _IRREGULAR[verb.removeprefix(lead)] if lead else ""


def past(phrase: str) -> str:
    """Give the past of a verb phrase: "build a boat" -> "built a boat"."""
    verb, _, rest = phrase.partition(" ")
    if verb == "not":
        return f"did {phrase}"
    return _joined(_irregular(verb) or _ed(verb), rest)


def doing(phrase: str) -> str:
    """Give the -ing form of a verb phrase: "build a boat" -> "building a boat"."""
    verb, _, rest = phrase.partition(" ")
    if verb == "not":
        return f"not {doing(rest)}"
    if verb in ("lie", "die", "tie"):
        form = verb[:-2] + "ying"
    elif verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb != "be":
        form = verb[:-1] + "ing"
    else:
        form = (verb + verb[-1] if verb in _DOUBLED else verb) + "ing"
    return _joined(form, rest)


def _ed(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ied"
    return (verb + verb[-1] if verb in _DOUBLED else verb) + "ed"


def _joined(verb: str, rest: str) -> str:
    return f"{verb} {rest}" if rest else verb


def base_of_doing(word: str) -> str:
    """Guess the base of an -ing form: "flying" -> "fly", "baking" -> "bake"."""
    stem = word.removesuffix("ing")
    for base in (stem, stem + "e", stem[:-1]):
        if base in VERBS and doing(base) == word:
            return base
    return stem
