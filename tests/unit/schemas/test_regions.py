"""The shipped edition of region codes: complete, exact for the pilot regency, tolerant of spelling."""

from __future__ import annotations

import pytest

from schemas.errors import IdentifierError
from schemas.identifiers import NIK, RegionCode, nik_warnings
from schemas.regions import (
    RegionKind,
    find_village,
    find_villages,
    full_name,
    is_above_villages,
    is_known_region,
    region,
    regions_in,
    search_above_villages,
    search_villages,
    utc_offset_minutes,
    villages_in,
)

BANYUWANGI = RegionCode("35.10")

# Villages by district of Banyuwangi: 189 desa and 28 kelurahan.
VILLAGE_COUNTS = {
    "Pesanggaran": 5,
    "Bangorejo": 7,
    "Purwoharjo": 8,
    "Tegaldlimo": 9,
    "Muncar": 10,
    "Cluring": 9,
    "Gambiran": 6,
    "Srono": 10,
    "Genteng": 5,
    "Glenmore": 7,
    "Kalibaru": 6,
    "Singojuruh": 11,
    "Rogojampi": 10,
    "Kabat": 14,
    "Glagah": 10,
    "Banyuwangi": 18,
    "Giri": 6,
    "Wongsorejo": 12,
    "Songgon": 9,
    "Sempu": 7,
    "Kalipuro": 9,
    "Siliragung": 5,
    "Tegalsari": 6,
    "Licin": 8,
    "Blimbingsari": 10,
}


def test_the_whole_country_is_there() -> None:
    provinces = regions_in()
    regencies = [regency for province in provinces for regency in regions_in(province.code)]
    districts = [district for regency in regencies for district in regions_in(regency.code)]
    villages = [village for province in provinces for village in villages_in(province.code)]
    assert (len(provinces), len(regencies), len(districts), len(villages)) == (38, 514, 7285, 83762)
    assert len({village.code for village in villages}) == 83762
    assert sum(regency.kind is RegionKind.CITY for regency in regencies) == 98
    assert sum(village.kind is RegionKind.CUSTOMARY_VILLAGE for village in villages) == 14


def test_banyuwangi_comes_out_exactly() -> None:
    districts = regions_in(BANYUWANGI)
    assert {district.name: len(regions_in(district.code)) for district in districts} == VILLAGE_COUNTS
    villages = villages_in(BANYUWANGI)
    assert len(villages) == 217
    assert sum(village.kind is RegionKind.VILLAGE for village in villages) == 189
    assert sum(village.kind is RegionKind.URBAN_VILLAGE for village in villages) == 28
    assert [village.name for village in regions_in(RegionCode("35.10.09"))] == [
        "Kembiritan",
        "Genteng Wetan",
        "Genteng Kulon",
        "Setail",
        "Kaligondo",
    ]


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("35", "Jawa Timur", RegionKind.PROVINCE),
        ("35.10", "Kabupaten Banyuwangi", RegionKind.REGENCY),
        ("35.78", "Kota Surabaya", RegionKind.CITY),
        ("35.10.25", "Blimbingsari", RegionKind.DISTRICT),
        ("35.10.22.2004", "Seneporejo", RegionKind.VILLAGE),
        ("35.10.16.1018", "Sumberrejo", RegionKind.URBAN_VILLAGE),
        ("53.07.01.2021", "Regapu’u", RegionKind.VILLAGE),
        ("91.03.01.3007", "Desa Adat Yoboi", RegionKind.CUSTOMARY_VILLAGE),
    ],
)
def test_a_code_gives_its_name_and_kind(code: str, name: str, kind: RegionKind) -> None:
    found = region(RegionCode(code))
    assert (found.code, found.name, found.kind) == (code, name, kind)
    assert is_known_region(RegionCode(code))


@pytest.mark.parametrize("code", ["99", "35.99", "35.10.99", "35.10.99.2001", "35.10.09.2999", "99.10.09.2001"])
def test_an_unknown_code_is_refused_and_has_nothing_below(code: str) -> None:
    unknown = RegionCode(code)
    assert not is_known_region(unknown)
    assert regions_in(unknown) == villages_in(unknown) == ()
    with pytest.raises(IdentifierError) as refused:
        region(unknown)
    assert (refused.value.code, refused.value.value) == ("region-unknown", code)


def test_a_village_has_nothing_below_and_is_in_itself() -> None:
    village = RegionCode("35.10.09.2004")
    assert regions_in(village) == ()
    assert [found.name for found in villages_in(village)] == ["Setail"]


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("Gentengwetan", "35.10.09.2002"),
        ("GENTENG WETAN", "35.10.09.2002"),
        ("Lemahbang Kulon", "35.10.12.2004"),
        ("Benelanlor", "35.10.14.2004"),
        ("Alas Rejo", "35.10.18.2009"),
        ("Sumber Beras", "35.10.05.2001"),
        ("Sineporejo", "35.10.22.2004"),
        ("Bangorejo", "35.10.02.2004"),
        ("Sumberasri", "35.10.03.2002"),
    ],
)
def test_a_village_is_found_however_its_name_is_spelled(spelling: str, code: str) -> None:
    assert find_village(spelling, BANYUWANGI).code == code


def test_a_spelling_of_another_edition_counts_only_where_nothing_else_matches() -> None:
    assert find_village("Bangorejo", RegionCode("35.10.08")).name == "Bagorejo"
    assert find_village("Sumberasri", RegionCode("35.10.08")).name == "Sumbersari"


def test_a_name_that_occurs_twice_needs_its_district() -> None:
    assert len(find_villages("Karangrejo", BANYUWANGI)) == 2
    with pytest.raises(IdentifierError) as ambiguous:
        find_village("Karangrejo", BANYUWANGI)
    assert ambiguous.value.code == "village-ambiguous"
    first = find_villages("Karangrejo", BANYUWANGI)[0]
    district = first.code.parent
    assert district is not None
    assert find_village("karang rejo", district) == first


def test_a_name_that_does_not_occur_is_refused() -> None:
    with pytest.raises(IdentifierError) as refused:
        find_village("Tidak Ada", BANYUWANGI)
    assert refused.value.code == "village-unknown"


def test_a_district_that_was_split_is_still_known_for_older_numbers() -> None:
    """A native of Sukojati born before 2017 has Kabat's code, not Blimbingsari's; neither is remarked on."""
    for text in ("3510141708859001", "3510251708859001"):
        assert nik_warnings(NIK.from_text(text), known_region=is_known_region) == ()
    (warning,) = nik_warnings(NIK.from_text("3510991708859001"), known_region=is_known_region)
    assert warning.code == "nik-region-unknown"


SETAIL = RegionCode("35.10.09.2004")


def test_a_search_gives_the_nearest_of_a_name_first_and_no_more_than_asked() -> None:
    found = search_villages("sumber asri", SETAIL)
    assert [str(one.code)[:5] for one in found[:2]] == ["35.10", "35.05"]
    assert len(search_villages("suka", SETAIL, limit=7)) == 7
    assert {one.name for one in search_villages("Sumberasri", SETAIL, limit=99, is_exact=True)} == {
        "Sumberasri",
        "Sumber Asri",
    }


@pytest.mark.parametrize("above", ["purwoharjo", "Kec. Purwoharjo", "banyuwangi, jawa timur", "Kab. Banyuwangi"])
def test_what_follows_a_comma_narrows_a_search(above: str) -> None:
    assert [str(one.code) for one in search_villages(f"sumberasri, {above}", SETAIL)] == ["35.10.03.2002"]


@pytest.mark.parametrize("text", ["", " ", ",", "***", "zzzz", "("])
def test_a_search_for_nothing_finds_nothing(text: str) -> None:
    assert search_villages(text, SETAIL) == []


def test_a_village_is_found_by_its_own_name() -> None:
    for village in villages_in(RegionCode("35.10"))[::9]:
        found = search_villages(village.name, village.code, limit=500, is_exact=True)
        assert village in found, full_name(village)


def test_a_regency_a_city_and_a_province_are_above_villages() -> None:
    assert all(map(is_above_villages, ("Surabaya", "Kota Surabaya", "kab. banyuwangi", "Jawa Timur")))
    assert not any(map(is_above_villages, ("Setail", "Genteng", "")))


def test_what_is_above_villages_is_found_by_how_its_name_begins_the_nearest_first() -> None:
    near = RegionCode("35.10.09.2004")
    assert search_above_villages("kab. malang", near)[0].name == "Kabupaten Malang"
    assert str(search_above_villages("genteng", near)[0].code) == "35.10.09"
    assert search_above_villages("--", near) == []
    assert len(search_above_villages("b", near, limit=3)) == 3


def test_a_village_is_told_with_what_it_lies_in_and_a_province_has_its_official_time() -> None:
    assert full_name(region(SETAIL)) == "Setail, Genteng, Kabupaten Banyuwangi (35.10.09.2004)"
    assert [utc_offset_minutes(RegionCode(code)) for code in ("35.10", "51.01", "94.01")] == [420, 480, 540]
