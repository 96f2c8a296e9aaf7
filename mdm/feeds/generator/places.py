"""Towns with their postcodes and phone numbers: real big ones first, then invented ones."""

from dataclasses import dataclass, replace
from functools import lru_cache

from mdm.feeds.generator.vocabulary import town_names

# Region, its code, a big town, its postcodes, its area code.
_UNITED_STATES = """
Alabama AL Birmingham 352## 205|Alaska AK Anchorage 995## 907|Arizona AZ Phoenix 850## 602
Arkansas AR Little_Rock 722## 501|California CA Los_Angeles 900## 213|Colorado CO Denver 802## 303
Connecticut CT Bridgeport 066## 203|Delaware DE Wilmington 198## 302|D.C. DC Washington 200## 202
Florida FL Jacksonville 322## 904|Georgia GA Atlanta 303## 404|Hawaii HI Honolulu 968## 808
Idaho ID Boise 837## 208|Illinois IL Chicago 606## 312|Indiana IN Indianapolis 462## 317
Iowa IA Des_Moines 503## 515|Kansas KS Wichita 672## 316|Kentucky KY Louisville 402## 502
Louisiana LA New_Orleans 701## 504|Maine ME Portland 041## 207|Maryland MD Baltimore 212## 410
Massachusetts MA Boston 021## 617|Michigan MI Detroit 482## 313|Minnesota MN Minneapolis 554## 612
Mississippi MS Jackson 392## 601|Missouri MO Kansas_City 641## 816|Montana MT Billings 591## 406
Nebraska NE Omaha 681## 402|Nevada NV Las_Vegas 891## 702|New_Hampshire NH Manchester 031## 603
New_Jersey NJ Newark 071## 973|New_Mexico NM Albuquerque 871## 505|New_York NY New_York 100## 212
North_Carolina NC Charlotte 282## 704|North_Dakota ND Fargo 581## 701|Ohio OH Columbus 432## 614
Oklahoma OK Oklahoma_City 731## 405|Oregon OR Portland 972## 503
Pennsylvania PA Philadelphia 191## 215|Rhode_Island RI Providence 029## 401
South_Carolina SC Columbia 292## 803|South_Dakota SD Sioux_Falls 571## 605
Tennessee TN Nashville 372## 615|Texas TX Houston 770## 713|Utah UT Salt_Lake_City 841## 801
Vermont VT Burlington 054## 802|Virginia VA Richmond 232## 804|Washington WA Seattle 981## 206
West_Virginia WV Charleston 253## 304|Wisconsin WI Milwaukee 532## 414
Wyoming WY Cheyenne 820## 307
"""
_UNITED_KINGDOM = """
England ENG London EC#_#@@ 20|England ENG Birmingham B#_#@@ 121|England ENG Leeds LS#_#@@ 113
England ENG Manchester M#_#@@ 161|England ENG Bristol BS#_#@@ 117|England ENG Sheffield S#_#@@ 114
England ENG Liverpool L#_#@@ 151|England ENG Leicester LE#_#@@ 116|England ENG Reading RG#_#@@ 118
Scotland SCT Edinburgh EH#_#@@ 131|Scotland SCT Glasgow G#_#@@ 141
Scotland SCT Aberdeen AB#_#@@ 1224|Wales WLS Cardiff CF#_#@@ 29
Northern_Ireland NIR Belfast BT#_#@@ 28
"""
_GERMANY = """
Berlin BE Berlin 10### 30|Hamburg HH Hamburg 20### 40|Bayern BY München 80### 89
Nordrhein-Westfalen NW Köln 50### 221|Hessen HE Frankfurt_am_Main 60### 69
Baden-Württemberg BW Stuttgart 70### 711|Sachsen SN Leipzig 04### 341|Bremen HB Bremen 28### 421
Niedersachsen NI Hannover 30### 511|Rheinland-Pfalz RP Mainz 55### 6131
"""
# Where some members of the S&P 500 have their seat; none of the benchmark's towns.
_ELSEWHERE = (
    ("IE", "Ireland - Dublin D##_@#@# 1"),
    ("CH", "Switzerland - Zürich 8### 44"),
    ("NL", "Netherlands - Amsterdam 10##_@@ 20"),
    ("BM", "Bermuda - Hamilton HM_## 441"),
    ("CA", "Canada - Vancouver V#@_#@# 604"),
)
# Dialling code, and how many digits follow it.
_PHONES = {
    "US": ("1", 10),
    "GB": ("44", 10),
    "DE": ("49", 10),
    "IE": ("353", 8),
    "CH": ("41", 9),
    "NL": ("31", 9),
    "BM": ("1", 10),
    "CA": ("1", 10),
}
_MOBILES = {"GB": ("447", 9), "DE": ("4915", 9), "IE": ("35385", 7), "CH": ("4179", 7)}
# Numbers that regulators keep free for films and examples.
_KEPT_FREE = {"GB": ("442079460", 3), "IE": ("3532091", 5)}
_LETTERS = "ABCDEFGHJKLMNPRSTUWXYZ"


@dataclass(frozen=True, slots=True)
class Place:
    """A town. In `postcode`, # stands for a digit and @ for a letter.

    `dial` is how its numbers begin, from the country's code on; `digits` more follow.
    """

    country: str
    region: str
    region_code: str
    city: str
    postcode: str
    dial: str
    digits: int

    def mobile(self) -> "Place":
        """The same town with the mobile numbers of its country."""
        dial, digits = _MOBILES.get(self.country, (self.dial, self.digits))
        return replace(self, dial=dial, digits=digits)

    def fictional(self) -> "Place":
        """The same town with phones that ring nobody; KeyError where no such are set aside."""
        reserved = {**_KEPT_FREE, "US": (self.dial + "555", 4)}
        dial, digits = reserved["US" if self.dial[0] == "1" else self.country]
        return replace(self, dial=dial, digits=digits)


def _listed(country: str, table: str) -> list[Place]:
    return [_place(country, entry) for entry in table.strip().replace("\n", "|").split("|")]


def _place(country: str, entry: str) -> Place:
    region, region_code, city, postcode, area = entry.split()
    dialling_code, digits = _PHONES[country]
    return Place(
        country,
        region.replace("_", " "),
        region_code.replace("-", ""),
        city.replace("_", " "),
        postcode.replace("_", " "),
        dialling_code + area,
        digits - len(area),
    )


_HOME = {
    country: _listed(country, table)
    for country, table in (("US", _UNITED_STATES), ("GB", _UNITED_KINGDOM), ("DE", _GERMANY))
}


def region_places() -> dict[str, Place]:
    """The biggest town of each American state and of each country, by state or country."""
    abroad = {"United Kingdom": _HOME["GB"][0]} | {
        country.region: country for code, entry in _ELSEWHERE for country in _listed(code, entry)
    }
    return {place.region: place for place in _HOME["US"]} | abroad


@lru_cache(maxsize=8)
def towns(count: int) -> list[Place]:
    """`count` towns of the United States, the United Kingdom and Germany, evenly mixed."""
    ranked = sorted(
        (
            (rank / len(places), place)
            for places in _HOME.values()
            for rank, place in enumerate(places)
        ),
        key=lambda item: item[0],
    )
    real = [place for _, place in ranked]
    names = town_names(max(0, count - len(real)))
    invented = [
        _invented(real[number % len(real)], name, number) for number, name in enumerate(names)
    ]
    return (real + invented)[:count]


def _invented(neighbour: Place, name: str, number: int) -> Place:
    start = neighbour.postcode
    if neighbour.country == "GB":
        postcode = start.replace("# ", f"{number % 90 + 10} ")
    else:
        postcode = f"{(int(start[:3].rstrip('#')) * 7 + number) % 990 + 5:03d}##"
    return replace(neighbour, city=name, postcode=postcode)


def postcode(pattern: str, bits: int) -> str:
    """A postcode of `pattern`, chosen by `bits`."""
    letters = []
    for mark in pattern:
        if mark == "#":
            bits, digit = divmod(bits, 10)
            letters.append(str(digit))
        elif mark == "@":
            bits, letter = divmod(bits, len(_LETTERS))
            letters.append(_LETTERS[letter])
        else:
            letters.append(mark)
    return "".join(letters)
