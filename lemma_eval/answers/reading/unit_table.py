"""The units that are known, as one compact table; `units` reads it. Definitions are exact (SI brochure, 9th edition,
and NIST SP 811, appendix B); a unit without an exact rational definition is a dimension of its own.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import NamedTuple

Factors = tuple[tuple[str, int], ...]


class Tables(NamedTuple):
    """Spellings whose case counts, spellings in lower case, definitions (factor, of what), and by canonical name and
    prefix the name of the prefixed unit."""

    exact: dict[str, Factors]
    folded: dict[str, Factors]
    defined: dict[str, tuple[Fraction, str]]
    prefixed: dict[str, dict[str, str]]


# canonical name | definition ("": a dimension of its own) | symbol:prefixes | spellings in any case (* adds a plural,
# ~ a space)
_UNITS = """
m||m:kMGhdcmunpf|meter* metre* mètre* metro* 米
g||g:kMcdmunp|gram* gramme* gramo* gramm 克
s||s:kMGmunpf|sec secs second* seconde* segundo* sekunde sekunden 秒 秒钟
L|1/1000 m^3|L:kMGhdcmun l:kMdcmu|liter* litre* litro* 升
in|127/5000 m||inch inches "
ft|12 in||foot feet '
yd|3 ft||yard* yds
mile|5280 ft||mile* mi
nmi|1852 m||nautical~mile*
ly|9460730472580800 m||light~year* lightyear* lyr 光年
au|149597870700 m||astronomical~unit*
pc||pc:kMG|parsec*
angstrom|1e-10 m||angstrom* ångström* ångstrom* å aa
acre|43560 ft^2||acre*
ha|10000 m^2||hectare* 公顷
gal|231 in^3||gallon*
qt|1/4 gal||quart* qts
pint|1/8 gal||pint* pt pts
cup|1/16 gal||cup*
floz|1/128 gal||fluid~ounce* fl~oz
tbsp|1/256 gal||tablespoon* tbsps
tsp|1/768 gal||teaspoon* tsps
lb|45359237/100000 g||pound* lbs pound~mass
oz|1/16 lb||ounce* ozs
ton|2000 lb||ton*
tonne|1000000 g|t:MG|tonne* metric~ton* 吨
stone|14 lb||
u||u:kMG|amu atomic~mass~unit* dalton*
Msun||Msun:|solar~mass solar~masses m_sun m_odot m_⊙ m_☉ m⊙ m☉
Lsun||Lsun:|solar~luminosity solar~luminosities l_sun l_odot l_⊙ l⊙
Rsun||Rsun:|solar~radius solar~radii r_sun r_odot r_⊙ r⊙
Mearth||Mearth:|earth~mass earth~masses m_earth m_oplus m_⊕
Rearth||Rearth:|earth~radius earth~radii r_earth r_oplus r_⊕
min|60 s||minute* mins minuto* minuten 分钟
hr|3600 s|h:|hrs hour* heure* hora* stunde stunden 小时
day|86400 s|d:|day* jour* día* dia* tag tage 天 日
week|604800 s||week* wk wks semaine* semana* woche wochen 周 星期
month|||month* mo mos monat monate 月 个月
year|12 month||year* yr yrs 年
decade|120 month||decade*
century|1200 month||century centuries
knot|463/900 m/s||knot* kt kts kn
deg|||degree* degs ° º ˚ degré* grado* grad 度
arcmin|1/60 deg||arcminute* arcmins
arcsec|1/3600 deg||arcsecond* arcsecs
rad||rad:mu|radian* rads 弧度
sr|||steradian*
rev|||revolution* revs cycle* turn*
N|1000 g*m/s^2|N:kMGmun|newton*
J|1 N*m|J:kMGTmun|joule*
W|1 J/s|W:kMGTmun|watt*
Pa|1 N/m^2|Pa:kMGThm|pascal*
Hz|1 rev/s|Hz:kMGTm|hertz
A||A:kMGmunp|amp* ampere* ampère*
C|1 A*s|C:kMmunp|coulomb*
V|1 J/C|V:kMGmunp|volt*
F|1 C/V|F:munp|farad*
ohm|1 V/A|ohm:kMGm Ω:kMGm Omega:kMGm|ohm* omega
siemens|1 A/V|S:mu|mho*
tesla|1 N/A*m|T:kMmun|teslas
weber|1 V*s|Wb:m|webers
henry|1 V*s/A|H:munp|henries henrys
gauss|1/10000 tesla|G:km|
K||K:mun|kelvin*
degC|||celsius centigrade °c 摄氏度
degF|||fahrenheit °f
mol||mol:kMmunp|mole* 摩尔
cd||cd:|candela*
lumen|1 cd*sr|lm:|lumens
lux|1 lumen/m^2|lx:|
Bq|1 s^-1|Bq:kMGT|becquerel*
gray|1 J/kg|Gy:m|
sievert|1 J/kg|Sv:mu|sieverts
erg|1e-7 J||erg*
dyn|1e-5 N||dyne*
eV|1.602176634e-19 J|eV:kMGTm|electronvolt* electron~volt*
cal|523/125 J|cal:kM|calorie*
btu|1055.05585262 J||btus
hp|550 ft*lbf/s||horsepower
lbf|4.4482216152605 N||pound~force
atm|101325 Pa||atmosphere*
torr|20265/152 Pa||mmhg mm~hg
bar|100000 Pa|bar:m|bars
Jy|1e-26 W*s/m^2|Jy:kmu|jansky*
statC|||esu statcoulomb*
dB|||decibel*
bit||bit:kMGTP|bits
byte|8 bit|B:kMGTP|byte*
%|1/100||percent pct percentage percentage~point* percents
ppm|1/1000000||
ppb|1/1000000000||
USD|||$ dollar* us$ buck* 美元
cent|1/100 USD||cent* ¢ penny pennies 美分
EUR|||€ euro*
GBP|||£ pound~sterling pounds~sterling british~pound*
pence|1/100 GBP||
JPY|||yen 日元
CNY|||yuan rmb renminbi 元 块 人民币 块钱
KRW|||₩ won
INR|||₹ rupee* rs
MXN|||peso*
CHF|||franc*
unit|||unit*
"""
# spelling=what it stands for
_ALIASES = """
mph=mile/hr kph=km/hr kmh=km/hr kmph=km/hr mps=m/s fps=ft/s mpg=mile/gal rpm=rev/min psi=lbf/in^2 bps=bit/s mbps=Mbit/s
kbps=kbit/s gbps=Gbit/s kwh=kW*hr wh=W*hr molar=mol/L sqft=ft^2 sqin=in^2 sqm=m^2 sqkm=km^2
sqmi=mile^2 cc=cm^3 ccs=cm^3 cuft=ft^3 kilo=kg kilos=kg micron=um microns=um msec=ms usec=us nsec=ns
kilohm=kohm kilohms=kohm megohm=Mohm megohms=Mohm
平方米=m^2 平方厘米=cm^2 平方分米=dm^2 平方千米=km^2 平方公里=km^2 立方米=m^3 立方厘米=cm^3 立方分米=dm^3
千米=km 公里=km 厘米=cm 毫米=mm 分米=dm 公斤=kg 千克=kg 毫克=mg 毫升=mL 千米每小时=km/hr 米每秒=m/s
"""
_EXACT_ALIASES = {
    "Nm": "N*m", "Wh": "W*hr", "kWh": "kW*hr", "MWh": "MW*hr", "mWh": "mW*hr", "GWh": "GW*hr", "mmHg": "torr",
    "AU": "au", "Å": "angstrom", "Da": "u", "Cal": "kcal", "Cals": "kcal", "Kb": "kbit", "kb": "kbit", "Mb": "Mbit",
    "Gb": "Gbit", "Tb": "Tbit", "KB": "kB", "KG": "kg", "Kg": "kg", "mM": "mmol/L", "nM": "nmol/L", "uM": "umol/L",
    "μM": "umol/L", "Mbps": "Mbit/s", "Gbps": "Gbit/s", "kbps": "kbit/s", "MBps": "MB/s", "GBps": "GB/s",
    "kBps": "kB/s", "KBps": "kB/s", "MHZ": "MHz", "Mhz": "MHz", "mhz": "MHz", "mAh": "mA*hr", "MAh": "MA*hr",
    "Ah": "A*hr", "gb": "GB", "mb": "MB", "tb": "TB", "Nmi": "nmi", "M_{\\odot}": "Msun",
}  # fmt: skip
_SHORT = dict(zip("kMGTPhdcmunpf", (3, 6, 9, 12, 15, 2, -1, -2, -3, -6, -9, -12, -15), strict=True))
LONG_PREFIXES = {
    "kilo": "k", "mega": "M", "giga": "G", "tera": "T", "hecto": "h", "deci": "d", "centi": "c", "milli": "m",
    "micro": "u", "nano": "n", "pico": "p", "femto": "f",
}  # fmt: skip


def split_factors(text: str) -> Factors:
    """Names and powers of `kg*m/s^2`; all behind the stroke is below it, brackets are decoration."""
    above, _, below = text.partition("/")
    found = []
    for part, sign in ((above, 1), (below, -1)):
        for factor in part.strip("()").split("*") if part else ():
            name, mark, power = factor.rpartition("^")
            try:
                found.append((name, sign * int(power)) if mark else (factor, sign))
            except ValueError:
                found.append((factor, sign))
    return tuple(found)


@cache
def tables() -> Tables:
    """All spellings and definitions, made once."""
    exact: dict[str, Factors] = {}
    folded: dict[str, Factors] = {}
    defined: dict[str, tuple[Fraction, str]] = {}
    prefixed: dict[str, dict[str, str]] = {}
    symbols: dict[str, str | None] = {}
    for line in _UNITS.strip().split("\n"):
        name, definition, signs, spellings = line.split("|")
        factor, _, of = definition.partition(" ")
        defined[name] = (Fraction(factor), of) if definition else (Fraction(1), "")
        itself = ((name, 1),)
        exact[name] = itself
        forms = prefixed[name] = {}
        for at, entry in enumerate(signs.split()):
            symbol, _, prefixes = entry.partition(":")
            exact[symbol] = itself
            for prefix in prefixes:
                made = prefix + symbol
                if at == 0:  # the first symbol gives the canonical names
                    forms[prefix] = made
                    power = _SHORT[prefix]
                    defined[made] = (Fraction(10**power) if power > 0 else Fraction(1, 10**-power), name)
                for spelled in (made, "μ" + symbol, "mu" + symbol) if prefix == "u" else (made,):
                    exact[spelled] = ((forms[prefix], 1),)
                    low = spelled.lower()
                    # Milli and mega, pico and peta differ by case alone: such symbols are never folded.
                    clash = prefix in "mMpP" or (low in symbols and symbols[low] != forms[prefix])
                    symbols[low] = None if clash else forms[prefix]
        if len(name) > 1:  # of one letter the case matters
            folded[name.lower()] = itself
        for spelling in spellings.split():
            plain = spelling.rstrip("*").replace("~", " ")
            folded[plain] = itself
            if spelling[-1] == "*":
                folded[plain + "s"] = itself
    symbols["nm"] = None  # in capitals as much a newton metre or a nautical mile
    for low, canonical in symbols.items():
        if canonical and len(low) > 1:
            folded.setdefault(low, ((canonical, 1),))
    for alias in _ALIASES.split():
        spelling, _, meaning = alias.partition("=")
        folded[spelling] = split_factors(meaning)
    exact.update({spelling: split_factors(meaning) for spelling, meaning in _EXACT_ALIASES.items()})
    return Tables(exact, folded, defined, prefixed)
