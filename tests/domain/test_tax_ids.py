"""Tax ids: every row of the format table with good and bad ones, prefixes, and the form in which they are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.sg import uen

from portal.domain import tax_ids
from portal.domain.errors import Refusal
from portal.domain.tax_ids import TaxId

# Country of the address, what a customer types, what is kept. Samples that are known to be good come first.
GOOD = [
    ("AT", "ATU13585627", "ATU13585627"), ("BE", "BE0428759497", "BE0428759497"),
    ("DE", "DE136695976", "DE136695976"), ("DK", "DK13585628", "DK13585628"), ("FI", "FI20774740", "FI20774740"),
    ("FR", "FR23334175221", "FR23334175221"), ("GR", "EL094259216", "EL094259216"),
    ("HU", "HU12892312", "HU12892312"), ("IT", "IT00743110157", "IT00743110157"),
    ("LU", "LU15027442", "LU15027442"), ("NL", "NL004495445B01", "NL004495445B01"),
    ("PL", "PL8567346215", "PL8567346215"), ("PT", "PT501964843", "PT501964843"),
    ("GB", "GB980780684", "GB980780684"), ("NO", "NO995525828MVA", "NO995525828MVA"),
    ("CH", "CHE107787577IVA", "CHE107787577IVA"), ("AU", "83914571673", "AU83914571673"),
    ("IN", "27AAPFU0939F1ZV", "IN27AAPFU0939F1ZV"),
    # Other forms and the rest of the table.
    ("BE", "428759497", "BE0428759497"), ("BE", "BE 428.759.497", "BE0428759497"),
    ("BE", "1000000021", "BE1000000021"),
    ("BG", "175 074 752", "BG175074752"), ("BG", "7111042925", "BG7111042925"),
    ("CY", "CY-10259033P", "CY10259033P"),
    ("CZ", "25123891", "CZ25123891"), ("CZ", "640903926", "CZ640903926"), ("CZ", "7103192745", "CZ7103192745"),
    ("EE", "EE 100 931 558", "EE100931558"),
    ("ES", "B64717838", "ESB64717838"), ("ES", "ES54362315K", "ES54362315K"), ("ES", "X-5253868-R", "ESX5253868R"),
    ("FR", "FRK7399859412", "FRK7399859412"), ("FR", "4Z123456782", "FR4Z123456782"),
    ("GR", "GR094259216", "EL094259216"), ("GR", "094259216", "EL094259216"),
    ("HR", "33392005961", "HR33392005961"),
    ("IE", "6433435F", "IE6433435F"), ("IE", "IE6433435OA", "IE6433435OA"), ("IE", "8D79739I", "IE8D79739I"),
    ("LT", "119511515", "LT119511515"), ("LT", "100001919017", "LT100001919017"),
    ("LV", "40003521600", "LV40003521600"), ("LV", "161175-19997", "LV16117519997"),
    ("MT", "1167-9112", "MT11679112"), ("NL", "002455799B11", "NL002455799B11"), ("RO", "185 472 90", "RO18547290"),
    ("SE", "123456789701", "SE123456789701"), ("SI", "50223054", "SI50223054"), ("SK", "2022749619", "SK2022749619"),
    ("GB", "980 7806 84", "GB980780684"), ("GB", "GB980780684001", "GB980780684001"), ("GB", "GBGD123", "GBGD123"),
    ("GB", "ha567", "GBHA567"), ("GB", "XI980780684", "XI980780684"), ("IM", "980780684", "GB980780684"),
    ("NO", "995 525 828 mva", "NO995525828MVA"), ("CH", "che-107.787.577 mwst", "CHE107787577MWST"),
    ("CH", "107787577TVA", "CHE107787577TVA"), ("AU", "AU 51 824 753 556", "AU51824753556"),
    ("IN", "IN27AAPFU0939F1ZV", "IN27AAPFU0939F1ZV"), ("CA", "12302 6635 RT 0001", "CA123026635RT0001"),
    ("CA", "CA123026635RT0002", "CA123026635RT0002"), ("SG", "00192200M", "SG00192200M"),
    ("SG", "SG197401143C", "SG197401143C"), ("SG", "S16FC0121D", "SGS16FC0121D"),
    ("SA", "310122393500003", "SA310122393500003"),
]  # fmt: skip

# A check digit that does not fit first, then a shape that is not one of the country's.
BAD = {
    "AT": ["ATU13585626", "ATU1358562", "AT13585627"],
    "BE": ["BE0431150351", "BE2000000042", "BE42875949"],
    "BG": ["175074751", "7111042922", "17507475"],
    "CY": ["CY10259033Z", "CY12259033P", "CY102590333"],
    "CZ": ["25123890", "7103192746", "1103492745", "2512389"],
    "DE": ["DE136695977", "DE036695976", "DE13669597", "DE1366959766", "ATU13585627", "DE13669597A"],
    "DK": ["DK13585627", "DK03585628", "DK1358562"],
    "EE": ["EE100594103", "EE10059410"],
    "ES": ["B64717839", "54362315X", "123456789", "B6471783"],
    "FI": ["FI20774741", "FI2077474"],
    "FR": ["84323140391", "IO334175221", "FR334175221", "FR2333417522A"],
    "GR": ["EL123456781", "EL94259216", "DE094259216", "EL000000000"],
    "HR": ["HR33392005962", "HR3339200596"],
    "HU": ["HU12892313", "12892312-1-42"],
    "IE": ["IE6433435E", "IE8?79739J", "IE643343F", "IE6433435OAB"],
    "IT": ["IT00743110158", "IT0074311015", "IT00000000000"],
    "LT": ["LT100001919018", "LT119511525", "LT11951151"],
    "LU": ["LU15027443", "LU1502744"],
    "LV": ["40003521601", "16137519997", "4000352160"],
    "MT": ["MT11679113", "MT01679112", "MT1167911"],
    "NL": ["NL123456789B90", "NL004495445A01", "NL4495445B01"],
    "PL": ["PL8567346216", "PL856734621"],
    "PT": ["PT501964842", "PT001964843", "PT50196484"],
    "RO": ["RO18547291", "RO1", "1630615123457"],
    "SE": ["SE123456789101", "SE123456789702", "SE1234567897"],
    "SI": ["SI50223055", "SI05022305", "SI5022305"],
    "SK": ["SK2022749618", "SK202274961"],
    "GB": ["GB802311781", "GBGD567", "GBHA123", "GB98078068", "IM980780684", "GBGD888812345"],
    "IM": ["GB802311781", "IM980780684", "XI980780684"],
    "NO": ["NO995525829MVA", "NO995525828", "NO99552582MVA"],
    "CH": ["CHE107787578IVA", "CHE107787577", "CHE107787577UST"],
    "AU": ["99999999999", "8391457167", "83914571674"],
    "IN": ["27AAPFU0939F1ZO", "27AAPFU0939F1AA", "27AAPFU0939F1Z", "369296450896540", "27AAPFU0000F1ZV"],
    "CA": ["123456783RT0001", "123026635", "123026635RC0001", "123026635RT001", "123026635RX0001"],
    "SG": ["00192200K", "197401143A", "S16FC0121A", "S16ZZ0121D", "123456"],
    "SA": ["31012239350000", "3101223935000031", "31012239350000A", "000000000000000"],
}


@pytest.mark.parametrize(("country", "typed", "kept"), GOOD)
def test_a_good_id_is_kept_with_its_prefix_and_without_separators(country: str, typed: str, kept: str) -> None:
    found = tax_ids.check(country, typed)
    assert found is not None
    assert (found.country, found.number, str(found)) == (country, kept, kept)
    assert kept.endswith(found.body)
    assert tax_ids.is_valid(country, typed)


@pytest.mark.parametrize(("country", "typed"), [(country, typed) for country, ids in BAD.items() for typed in ids])
def test_a_bad_id_is_refused_with_what_is_expected_and_an_example(country: str, typed: str) -> None:
    assert not tax_ids.is_valid(country, typed)
    with pytest.raises(Refusal) as refused:
        tax_ids.check(country, typed)
    sentence = str(refused.value)
    assert sentence.startswith(f"“{typed}” is not a valid ")
    example = sentence.rpartition("for example ")[2].removesuffix(".")
    assert tax_ids.check(country, example) is not None


def test_every_country_of_the_table_is_tried_with_good_and_bad_ids() -> None:
    tried = {country for country, _, _ in GOOD}
    assert tried == BAD.keys()
    assert all(tax_ids.has_format(country) for country in tried)
    assert all(len(ids) >= 2 for ids in BAD.values())


def test_the_refusal_tells_a_mistyped_digit_from_a_wrong_form() -> None:
    with pytest.raises(Refusal, match="not a valid German VAT number, because its check digits do not fit"):
        tax_ids.check("DE", "DE136695977")
    with pytest.raises(Refusal, match=r"not a valid Cypriot VAT number\. Expected"):
        tax_ids.check("CY", "CY12259033P")
    with pytest.raises(Refusal, match=r"not a valid German VAT number\. Expected: 9 digits, the first not 0"):
        tax_ids.check("DE", "DE13669597")


@pytest.mark.parametrize("typed", ["FRFR100000009", "FR100000009", "fr 100 000 009"])
def test_the_key_of_a_french_number_may_itself_be_fr(typed: str) -> None:
    assert str(tax_ids.check("FR", typed)) == "FRFR100000009"
    assert not tax_ids.is_valid("FR", "FR100000008")


def test_an_indian_state_that_is_younger_than_the_library_is_accepted() -> None:
    assert tax_ids.is_valid("IN", with_check_digit("38AAPFU0939F1Z"))


@pytest.mark.parametrize("body", ["27AAPXU0939F1Z", "27AAPFU0000F1Z"])
def test_an_indian_number_holds_a_taxpayer_number_that_can_exist(body: str) -> None:
    assert not tax_ids.is_valid("IN", with_check_digit(body))


def with_check_digit(body: str) -> str:
    return body + luhn.calc_check_digit(body, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def test_a_singapore_company_of_a_later_year_is_accepted_whatever_the_clock_says() -> None:
    assert tax_ids.is_valid("SG", "209912345" + uen.calc_local_company_check_digit("209912345"))


@pytest.mark.parametrize("country", ["KE", "MY", "ZA", "BR", "JP"])
def test_a_country_without_a_format_keeps_what_was_typed_and_it_counts_for_nothing(country: str) -> None:
    assert tax_ids.check(country, "  P05-1234 567X ") == TaxId(country, "P05-1234 567X", "P05-1234 567X", None)
    assert not tax_ids.is_valid(country, "P051234567X")
    assert not tax_ids.has_format(country)


@pytest.mark.parametrize("typed", ["1" * 41, "12\x0034", "12\u202e34"])
def test_a_text_that_cannot_be_an_id_is_not_kept(typed: str) -> None:
    with pytest.raises(Refusal, match="at most 40"):
        tax_ids.check("BR", typed)


def test_the_united_states_has_no_such_field_and_ignores_its_value() -> None:
    assert not tax_ids.asks_for_id("US")
    assert tax_ids.asks_for_id("BR")
    assert tax_ids.check("US", "12-3456789") is None
    assert not tax_ids.is_valid("US", "12-3456789")


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_no_id_is_none(blank: str) -> None:
    assert tax_ids.check("DE", blank) is None
    assert not tax_ids.is_valid("DE", blank)
    assert not tax_ids.is_valid("DE", None)


def test_full_width_digits_and_odd_dashes_are_read_as_what_they_mean() -> None:
    assert str(tax_ids.check("DE", "DE１３６–695\u00a0976")) == "DE136695976"


@given(st.sampled_from(GOOD), st.lists(st.sampled_from(" .-"), max_size=30), st.booleans())
def test_separators_case_and_keeping_it_again_change_nothing(
    sample: tuple[str, str, str], separators: list[str], lower: bool
) -> None:
    country, _, kept = sample
    typed = "".join(letter + gap for letter, gap in zip(kept, [*separators, *[""] * len(kept)], strict=False))
    assert str(tax_ids.check(country, typed.lower() if lower else typed)) == kept


@given(st.sampled_from(sorted(BAD)), st.text(max_size=30))
def test_any_text_is_either_kept_or_refused(country: str, text: str) -> None:
    try:
        found = tax_ids.check(country, text)
    except Refusal:
        found = None
    assert (found is not None) is tax_ids.is_valid(country, text)
