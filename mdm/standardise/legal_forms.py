"""Legal forms of organisations, as written in many countries: own table, after ISO 20275.

One line a form: its code, what kind of body it is, where it is used, and how it is written.
Marks on a way of writing: `^` it stands before the name, `^^` before or after it, and `!` it is
also an ordinary word or an abbreviation, so it counts only in capitals or with dots
("Kauno grudai AS", "Smith & Jones P.C.", not "Known as"). An indented line goes on with the last.
"""

import re
from typing import Literal, NamedTuple

Family = Literal[
    "corporation", "private", "stock", "partnership", "cooperative", "association", "sole", "state"
]


class LegalForm(NamedTuple):
    """One legal form. Two forms of one `family` are alike enough not to tell companies apart."""

    code: str
    family: Family
    countries: tuple[str, ...]
    written: tuple[str, ...]


_TABLE = """
inc          | corporation | US CA PH | Inc; Incorporated; Incorp
corp         | corporation | US CA    | Corp; Corporation; Crp
co           | corporation | US GB    | Co; Company; & Co; and Company; & Cie; Cie; et Cie;
    & Co Inc; Company Inc; Co Inc
pbc          | corporation | US       | PBC; Public Benefit Corporation
pc           | corporation | US       | PC!; Professional Corporation; Prof Corp
pa           | corporation | US       | P A; Professional Association
na           | corporation | US       | N A; National Association
llc          | private     | US AE    | LLC; LC!; Limited Liability Company; Limited Liability Co;
    LLC Inc; Ltd Liability Co
pllc         | private     | US       | PLLC; Professional Limited Liability Company
lp           | partnership | US GB    | LP; Limited Partnership; Ltd Partnership
llp          | partnership | US GB IN | LLP; Limited Liability Partnership
lllp         | partnership | US       | LLLP
gp           | partnership | US CA    | GP!; General Partnership
senc         | partnership | CA       | SENC; SENCRL
ulc          | private     | CA IE    | ULC; Unlimited Liability Company
ltee         | private     | CA       | Ltee; Limitee
ltd          | private     | GB IE IN | Ltd; Limited; Ltd Co; Limited Company; Ltd Company;
    Private Limited Company
co ltd       | private     | CN JP KR TH | Co Ltd; Company Limited; Co Limited; Company Ltd;
    Coltd; Corp Ltd; Corporation Limited; Corporation Ltd; Inc Ltd
plc          | stock       | GB IE    | plc; Public Limited Company; Public Ltd Co; Ccc!
unlimited    | private     | GB IE    | Unltd
dac          | private     | IE       | DAC!; Designated Activity Company
clg          | association | IE       | CLG; Company Limited by Guarantee
teo          | private     | IE       | Teo; Teoranta
cic          | association | GB       | CIC; Community Interest Company
cio          | association | GB       | CIO!
ipsltd       | cooperative | GB       | Industrial and Provident Society
pty ltd      | private     | AU ZA    | Pty Ltd; Pty Limited; Proprietary Limited;
    Proprietary Ltd; Pty; PL!; Pty Limited Company
nl           | stock       | AU       | No Liability
pvt ltd      | private     | IN PK LK | Pvt Ltd; Private Limited; Private Ltd; Pvt Limited; P Ltd;
    Pvt; PLtd
opc          | private     | IN PH    | OPC; OPC Pvt Ltd; One Person Company
pte ltd      | private     | SG       | Pte Ltd; Pte Limited; Pte
sdn bhd      | private     | MY BN    | Sdn Bhd; Sendirian Berhad
bhd          | stock       | MY BN    | Bhd; Berhad
plt          | partnership | MY       | PLT!
cc           | private     | ZA       | CC!; Close Corporation
npc          | association | ZA       | NPC!
soc          | state       | ZA       | SOC Ltd; RF Ltd
gte          | association | NG       | Ltd Gte; Gte
gmbh         | private     | DE AT CH | GmbH; Gesellschaft mit beschraenkter Haftung;
    Gesellschaft mit beschrankter Haftung; Gesellschaft mbH; Ges mbH; Gesmbh; Ges m b H; mbH;
    m b H
ggmbh        | private     | DE       | gGmbH; gemeinnuetzige GmbH; gemeinnutzige GmbH
ug           | private     | DE       | UG!; UG haftungsbeschrankt; UG haftungsbeschraenkt;
    Unternehmergesellschaft; Unternehmergesellschaft haftungsbeschrankt
ag           | stock       | DE AT CH | AG; Aktiengesellschaft
kgaa         | stock       | DE       | KGaA; Kommanditgesellschaft auf Aktien; AG & Co KGaA;
    SE & Co KGaA; GmbH & Co KGaA
gmbh co kg   | partnership | DE AT    | GmbH & Co KG; GmbH & Co; GmbH Co KG; GmbH und Co KG;
    mbH & Co KG; GmbH & Cie KG; AG & Co KG; UG haftungsbeschrankt & Co KG; UG & Co KG; SE & Co KG;
    GmbH & Co OHG; Ges mbH & Co KG; Gesellschaft mbH & Co KG
kg           | partnership | DE AT    | KG; Kommanditgesellschaft; & Co KG; und Co KG
ohg          | partnership | DE       | OHG; Offene Handelsgesellschaft; & Co OHG
og           | partnership | AT       | OG!
gbr          | partnership | DE       | GbR; Gesellschaft burgerlichen Rechts;
    Gesellschaft buergerlichen Rechts
partg        | partnership | DE       | PartG; PartG mbB; PartGmbB; Partnerschaft mbB
ek           | sole        | DE       | e K; eK!; e Kfm; e Kfr
ev           | association | DE       | e V; eV!; eingetragener Verein
eg           | cooperative | DE       | eG!; e G; eingetragene Genossenschaft; e Gen
vvag         | cooperative | DE       | VVaG
stiftung     | association | DE CH    | Stiftung
anstalt      | private     | LI       | Anstalt; Etablissement; Establishment
se           | stock       | EU       | SE!; Societas Europaea
sce          | cooperative | EU       | SCE!
eeig         | association | EU       | EEIG; EWIV; GEIE
sa           | stock       | FR BE CH ES PT PL RO LU | SA; Societe Anonyme; Sociedad Anonima;
    Sociedade Anonima; Societate pe Actiuni; Spolka Akcyjna; SAU!; Sociedad Anonima Unipersonal;
    SA NV; S A C I F y A; SACIFyA
sas          | private     | FR CO    | SAS; SASU; Societe par actions simplifiee;
    Sociedad por Acciones Simplificada
sarl         | private     | FR LU CH | SARL; S a r l; Societe a responsabilite limitee; EURL;
    SARLU; GmbH Sarl
sca          | stock       | FR LU    | SCA!; Societe en commandite par actions; SICAV
snc          | partnership | FR IT    | SNC; Societe en nom collectif; Societa in nome collettivo
scs          | partnership | FR LU    | SCS!; SCSp
sci          | private     | FR       | SCI!; Societe civile immobiliere
scop         | cooperative | FR       | SCOP!; SCIC
gie          | association | FR       | GIE!
selarl       | private     | FR       | SELARL; SELAS
eirl         | sole        | FR PE    | EIRL; E I R L
nv           | stock       | NL BE    | NV; Naamloze Vennootschap
bv           | private     | NL BE    | BV; Besloten Vennootschap;
    Besloten Vennootschap met beperkte aansprakelijkheid; BVBA; SPRL; BV SRL; BVBA SPRL
cvba         | cooperative | BE       | CVBA; SCRL; CV UA; Cooperatie UA; Cooperatieve UA;
    Cooperatief UA
vof          | partnership | NL BE    | VOF; Vennootschap onder firma
cv           | partnership | NL BE    | CV!; CommV; Comm V
vzw          | association | BE       | VZW; ASBL; AISBL; IVZW
stichting    | association | NL       | ^^Stichting
spa          | stock       | IT CL    | SpA; Societa per Azioni; Sociedad por Acciones
srl          | private     | IT RO AR | Srl; Srls; Societa a responsabilita limitata;
    Societate cu raspundere limitata; Sociedad de Responsabilidad Limitada; SRLS; S de RL
sapa         | stock       | IT       | SApA; Societa in accomandita per azioni
soc coop     | cooperative | IT ES    | Soc Coop; Societa Cooperativa; Soc Cooperativa; SCARL;
    S c a r l; Soc Coop a r l; SCpA; S Coop; Sociedad Cooperativa; Soc Coop arl; Scrl
onlus        | association | IT       | ONLUS
sl           | private     | ES       | SL; SLU; SLL; SLP!; Sociedad Limitada;
    Sociedad de Responsabilidad Limitada Unipersonal; Sociedad Limitada Unipersonal
sc           | partnership | ES PL    | S C; Sociedad Civil; Spolka cywilna
cb           | partnership | ES       | CB!; Comunidad de Bienes
lda          | private     | PT       | Lda; Limitada; Unipessoal Lda; Unip Lda;
    Sociedade Unipessoal Lda
sgps         | stock       | PT       | SGPS; SGPS SA
ltda         | private     | BR CO CL | Ltda; Cia Ltda; Ltda ME; Ltda EPP; Compania Limitada
s/a          | stock       | BR       | S/A
eireli       | sole        | BR       | EIRELI; MEI!; EPP!
sa de cv     | stock       | MX SV HN | SA de CV; SAB de CV; SAB; SAPI de CV; S A P I de C V;
    SAPIB de CV; Sociedad Anonima de Capital Variable; SAB de C V; SA B de CV; SADECV;
    SA de CV SOFOM ENR; SAB de CV SOFOM
s de rl      | private     | MX       | S de RL de CV; SRL de CV; S de R L de C V
sac          | stock       | PE       | SAC!; SAA!; Sociedad Anonima Cerrada;
    Sociedad Anonima Abierta
ca           | stock       | VE EC    | C A; Compania Anonima
ab           | stock       | SE FI LT | AB; Aktiebolag; AB publ; Aktiebolaget; ^^AB publ
hb           | partnership | SE       | HB!; Handelsbolag; KB!; Kommanditbolag
as           | stock       | NO DK EE LV CZ SK | AS!; A S; Aksjeselskap; Aktieselskab;
    Aktsiaselts; Akciova spolecnost; Akciova spolocnost; Akciju sabiedriba
asa          | stock       | NO       | ASA; Allmennaksjeselskap
aps          | private     | DK       | ApS; Anpartsselskab; IVS; SMBA
ks           | partnership | DK NO    | K S; I S; P S; ANS!; DA!; KS!
amba         | cooperative | DK       | AmbA; A m b a; SA BA
nuf          | private     | NO       | NUF
oy           | private     | FI       | Oy; Osakeyhtio; Oy Ab; Ab Oy
oyj          | stock       | FI       | Oyj; Abp; Julkinen osakeyhtio; Oyj Abp
ky           | partnership | FI       | Ky!; Kommandiittiyhtio; Tmi
ehf          | private     | IS       | ehf
hf           | stock       | IS       | hf!; ohf
sia          | private     | LV       | ^^SIA; Sabiedriba ar ierobezotu atbildibu
uab          | private     | LT       | ^^UAB; Uzdaroji akcine bendrove
lt ab        | stock       | LT       | Akcine bendrove
vsi          | association | LT       | ^^VsI; Viesoji istaiga
mb           | private     | LT       | MB!
ou           | private     | EE       | ^^OU!; Osauhing
sp z oo      | private     | PL       | Sp z oo; Sp z o o;
    Spolka z ograniczona odpowiedzialnoscia; Sp zoo; Spolka z oo; Spolka z o o
sp k         | partnership | PL       | Sp k; Spolka komandytowa; Sp z oo Sp k; Sp z o o Sp k;
    Sp z oo Spolka komandytowa; Spolka z ograniczona odpowiedzialnoscia Sp k;
    Spolka z ograniczona odpowiedzialnoscia Spolka komandytowa; SKA!
sp j         | partnership | PL       | Sp j; Spolka jawna
psa          | stock       | PL       | Prosta spolka akcyjna
sro          | private     | CZ SK    | sro; s r o; spol s r o; spol sro;
    spolecnost s rucenim omezenym; spolocnost s rucenim obmedzenym
vos          | partnership | CZ SK    | v o s; k s; vos!
ops          | association | CZ       | o p s; z s; z u
kft          | private     | HU       | Kft; Korlatolt felelossegu tarsasag
zrt          | stock       | HU       | Zrt; Nyrt; Zartkoruen mukodo reszvenytarsasag;
    Nyilvanosan mukodo reszvenytarsasag; Rt!
bt           | partnership | HU       | Bt!; Beteti tarsasag; Kkt
pfa          | sole        | RO       | PFA!
ood          | private     | BG       | OOD; EOOD; ООД; ЕООД
ad           | stock       | BG RS    | AD!; EAD; АД; ЕАД; a d
doo          | private     | HR RS SI BA ME | doo; d o o; jdoo; j d o o; д о о; доо;
    drustvo s ogranicenom odgovornoscu; dooel; d o o e l
dd           | stock       | HR SI BA | d d; dionicko drustvo; delniska druzba
sp           | sole        | SI       | s p
shpk         | private     | AL XK    | sh p k; shpk
sha          | stock       | AL       | sh a
gr ae        | stock       | GR       | AE!; A E; ΑΕ; Α Ε; ABEE; ΑΒΕΕ; Ανωνυμη Εταιρεια; ΑΕΒΕ
gr epe       | private     | GR       | EPE; ΕΠΕ; Ε Π Ε; IKE!; ΙΚΕ; Ι Κ Ε; MIKE EPE; Μονοπροσωπη ΕΠΕ
gr oe        | partnership | GR       | OE!; ΟΕ; Ο Ε; ΕΕ; Ε Ε
ooo          | private     | RU BY    | ^^OOO; ^^ООО; ^^Общество с ограниченной ответственностью;
    ^^ТОО; ^^TOO; ^^ТОВ; ^^TOV; ^^TzOV; ^^Товариство з обмеженою відповідальністю
jsc          | stock       | RU UA KZ VN | ^^JSC; ^^PJSC; ^^OJSC; ^^CJSC; ^^Joint Stock Company;
    ^^Public Joint Stock Company; ^^Open Joint Stock Company; ^^Closed Joint Stock Company; ^^АО;
    ^^ОАО; ^^ЗАО; ^^ПАО; ^^НАО; ^^OAO; ^^ZAO; ^^PAO; ^^ПрАТ; ^^ПАТ; ^^АТ; ^^PrJSC;
    ^^Акционерное общество; ^^Публичное акционерное общество; ^^Открытое акционерное общество;
    ^^Закрытое акционерное общество; ^^PrAT; AO!
ip           | sole        | RU       | ^^ИП; ^^Индивидуальный предприниматель; ^^ФОП; ^^ЧП
gup          | state       | RU       | ^^ФГУП; ^^ГУП; ^^МУП; ^^FGUP; ^^FSUE; ^^SUE
as tr        | stock       | TR       | A S; Anonim Sirketi; AS!
ltd sti      | private     | TR       | Ltd Sti; Limited Sirketi; Ltd STI
il ltd       | private     | IL       | בעמ; בע מ
sal          | stock       | LB       | SAL!; S A L
sae          | stock       | EG       | SAE!; S A E
wll          | private     | BH KW QA | WLL; W L L; With Limited Liability
bsc          | stock       | BH       | BSC!; B S C; BSC c; KSC!; KSCP; KSCC; K S C P; QSC!; QPSC;
    QSCD; SAOG; SAOC; S A O G
fze          | private     | AE       | FZE; FZCO; FZ LLC; FZC; DMCC; FZ Co
ar llc       | private     | AE SA EG | ذمم; ذ م م; شمم; ش م م; شمع; ش م ع; ^شركة
pt           | private     | ID       | ^PT!; Tbk PT; Tbk; Persero Tbk;
    ^PT Perusahaan Perseroan Persero; Persero
id cv        | partnership | ID       | ^CV!
pcl          | stock       | TH       | PCL; Public Company Limited; Public Co Ltd;
    Public Company Ltd
vn tnhh      | private     | VN       | ^Cong ty TNHH MTV; ^Cong ty TNHH; ^Cong ty Co phan; ^CTCP;
    ^Cong ty trach nhiem huu han; TNHH
kk           | stock       | JP       | KK!; K K; Kabushiki Kaisha; Kabushikigaisha;
    ^^Kabushiki Kaisha
gk           | private     | JP       | GK!; G K; Godo Kaisha; YK!; Y K; Yugen Kaisha
"""

# Scripts that write no spaces between words: the form is cut off the end or the beginning.
_UNSPACED = """
co ltd  | private | CN TW HK | 股份有限公司; 有限责任公司; 有限責任公司; 有限公司;
    控股有限公司; 集团有限公司; 集團有限公司
kk      | stock   | JP       | 株式会社; (株); 株式會社
gk      | private | JP       | 有限会社; (有); 合同会社; 合資会社; 合名会社
kr      | stock   | KR       | 주식회사; (주); 유한회사; (유)
th      | private | TH       | บริษัท; จำกัด (มหาชน); จำกัด; ห้างหุ้นส่วนจำกัด
"""


def _parse(table: str) -> tuple[LegalForm, ...]:
    forms = []
    for line in re.sub(r"\n +", " ", table.strip()).splitlines():
        code, family, countries, written = (cell.strip() for cell in line.split("|"))
        ways = tuple(way.strip() for way in written.split(";"))
        forms.append(LegalForm(code, family, tuple(countries.split()), ways))  # type: ignore[arg-type]
    return tuple(forms)


LEGAL_FORMS = _parse(_TABLE)
UNSPACED_LEGAL_FORMS = _parse(_UNSPACED)
FAMILY_OF_FORM: dict[str, Family] = {
    form.code: form.family for form in (*LEGAL_FORMS, *UNSPACED_LEGAL_FORMS)
}
