from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.spoken import names
from voicebot.dialogue.spoken.numbers import bag
from voicebot.dialogue.spoken.symbols import NATO

# Among the commonest last names of the United States.
COMMON = bag("""smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez
lopez gonzalez wilson anderson thomas taylor moore jackson martin lee perez thompson white harris
sanchez clark ramirez lewis robinson walker young allen king wright scott torres nguyen hill flores
green adams nelson baker hall rivera campbell mitchell carter roberts gomez phillips evans turner
diaz parker cruz edwards collins reyes stewart morris morales murphy cook rogers gutierrez ortiz
morgan cooper peterson bailey reed kelly howard ramos kim cox ward richardson watson brooks chavez
wood james bennett gray mendoza ruiz hughes price alvarez castillo sanders patel myers long ross
foster jimenez powell jenkins perry russell sullivan bell coleman butler henderson barnes gonzales
fisher vasquez simmons romero jordan patterson alexander hamilton graham reynolds griffin wallace
moreno west cole hayes bryant herrera gibson ellis tran medina aguilar stevens murray ford castro
marshall owens harrison fernandez mcdonald woods washington kennedy wells vargas henry chen freeman
webb tucker guzman burns crawford olson simpson porter hunter gordon mendez silva shaw snyder mason
dixon munoz hunt hicks holmes palmer wagner black robertson boyd rose stone salazar fox warren mills
meyer rice schmidt garza daniels ferguson nichols stephens soto weaver ryan hart
elliott knight bradley carroll hudson duncan armstrong berry andrews johnston ray lane riley
carpenter perkins richards wheeler chapman oliver williamson lawrence matthews arnold watkins
greene stanley bishop harper dean fields gardner""")
HOMOPHONES = {
    frozenset(("gonzalez", "gonzales")),
    frozenset(("stephens", "stevens")),
    frozenset(("green", "greene")),
}


@pytest.mark.parametrize(
    "text",
    [
        "Doe",
        "my last name is Doe.",
        "it's doe",
        "John Doe",
        "D O E",
        "Doe, D-O-E.",
        "Doe. D. O. E.",
        "last name Doe, D as in dog, O, E",
        "dee oh ee",
        "Delta Oscar Echo",
        "Dough",
        "My name is John Doe, thank you",
        "The name is spelled D-O-E",
        "Doe, John",
        "under Doe, please",
        "Yes, it's Doe.",
        "um, Doe",
        "Doe. Doe.",
        "Doe. Doe. It's Doe.",
        "John Doe. Doe, please.",
    ],
)
def test_the_name_is_heard(text: str) -> None:
    assert names.matches(text, "John Doe")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Smith",
        "Day",
        "John",
        "Dove",
        "D O N",
        "I don't know",
        "why do you need my last name",
        "Smith Jones Brown Doe Black White",
        "Smith, Jones, Doe, Miller and Brown",
        "Smith, Jones, Doe.",
        "Doe, Smith, Jones.",
        "It's Smith. Jones, Brown, Doe.",
        "Smith. Jones. Doe.",
        "Smith, Jones and Doe.",
        "Brown and Smith and Doe",
        "O'Brien, Smith, Doe.",
        "Smith. Doe.",
        "you do it",
        "what does it do",
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert not names.matches(text, "John Doe")


@pytest.mark.parametrize(
    ("said", "customer"),
    [
        ("de la Cruz", "Ana de la Cruz"),
        ("Cruz", "Ana de la Cruz"),
        ("O'Connor", "Barbara O'Connor"),
        ("O Connor", "Barbara O'Connor"),
        ("O. C. O. N. N. O. R.", "Barbara O'Connor"),
        ("Muller", "Jürgen Müller"),
        ("Smith Jones", "Ann Smith-Jones"),
        ("Jones", "Ann Smith-Jones"),
        ("Doe", "Doe, John"),
        ("McDonald", "Mary MacDonald"),
        ("Mac Donald", "Mary MacDonald"),
        ("double u e b b", "Tom Uebb"),
        ("B E double L", "Tom Bell"),
    ],
)
def test_forms_of_last_names(said: str, customer: str) -> None:
    assert names.matches(said, customer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(
            ("smith", "smyth"),
            ("kahn", "khan"),
            ("huang", "wang"),
            ("reed", "reid"),
            ("clark", "clarke"),
            ("stewart", "stuart"),
        ),
        *(("allen", "allan"), ("johnson", "jonson"), ("phillips", "philips"), ("gray", "grey")),
        *(("anderson", "andersen"), ("thompson", "thomson"), ("rogers", "rodgers")),
        *(("lee", "leigh"), ("moore", "moor"), ("green", "greene"), ("wright", "right")),
        *(("knight", "night"), ("bailey", "bayley"), ("brown", "browne"), ("pierce", "pearce")),
        *(("kelly", "kelley"), ("hughes", "hues"), ("davis", "davies"), ("nielsen", "nielson")),
        *(("schmidt", "schmitt"), ("rodriguez", "rodrigues"), ("cook", "cooke")),
        *(("meyer", "myer"), ("garcia", "garsia"), ("taylor", "tailor"), ("doe", "dough")),
    ],
)
def test_homophones_are_the_same(one: str, other: str) -> None:
    assert names.same(one, other)
    assert names.same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("bell", "ball"), ("hill", "hall"), ("harris", "harrison"), ("reed", "rhodes")),
        *(("hernandez", "fernandez"), ("peterson", "patterson"), ("robertson", "robinson")),
        *(("lee", "li'l"), ("black", "blake"), ("cole", "coll"), ("martin", "martinez")),
    ],
)
def test_near_names_are_not_the_same(one: str, other: str) -> None:
    assert not names.same(one, other)


def test_no_common_name_passes_for_another_but_homophones() -> None:
    assert len(COMMON) >= 200
    passed = {
        frozenset((said, name))
        for said, name in itertools.permutations(COMMON, 2)
        if names.matches(f"my last name is {said}", f"Pat {name}")
    }
    assert passed <= HOMOPHONES


@pytest.mark.parametrize("name", sorted(COMMON))
def test_every_common_name_passes_for_itself(name: str) -> None:
    customer = f"Pat {name.title()}"
    by_letter = {letter.lower(): word for word, letter in NATO.items()}
    for said in (
        name,
        f"It's {name.title()}.",
        f"Pat {name}",
        " ".join(name.upper()),
        "-".join(name.upper()),
        f"{name.title()}, {'-'.join(name.upper())}.",
        " ".join(by_letter[letter] for letter in name),
    ):
        assert names.matches(said, customer), said


@given(st.text(max_size=80))
def test_no_text_is_too_much(text: str) -> None:
    assert len(names.candidates(text)) <= 4
    assert not names.matches(text, "\N{REPLACEMENT CHARACTER}")
