"""Words that many organisations share: they score, but alone they say nothing of who is who.

*Structural* words tell how a firm is organised ("Group", "Holdings", "International"): leaving
one out seldom makes another firm. *Market* words tell what a firm does or claims to be ("Bank",
"Royal", "Energy"): "Royal Bank" and "Royal Mail" share one and have nothing in common.
Each line gives a word in the form used for comparison, then the ways it is written.
"""

_STRUCTURAL = """
group: groups grp gruppe groupe gruppo grupo grupa gruppen groep koncern concern
holding: holdings hldg hldgs hld holdco beteiligungen beteiligungs beteiligung participations
company: companies cos compagnie compania companhia cia compagnia
corporation: corporations corporacion corporate corporacao korporatsiya
international: intl internationale internacional internazionale internationaler int
global: globally
worldwide: world
enterprise: enterprises ent entreprise entreprises empresas empresa
industries: industry industrie industrias industria ind inds industrial industrials
partners: partner partnership partnerships
associates: associate assoc assocs associated
brothers: bros
sons: son soehne sohne fils hijos figli zonen
ventures: venture
usa: us america
"""

_MARKET = """
academy: academie akademie academia
acquisition: acquisitions
agency: agencies agentur agence agencia
air: airways airlines airline aviation
alliance:
american: americas americana
advanced: advance
agriculture: agricultural agri agro
asset: assets
association: assn verband verein associacao asociacion
atlantic:
auto: automotive automobile automobiles autos
motor: motors
bank: banks banking bancorp bancorporation bancshares bankshares banco banca banque banka bankas
bay:
best:
beverage: beverages
biotechnology: biotech biotechnologies bio biosciences bioscience
brands: brand
british: britain
broadcasting:
building: build builders bau
business: businesses
capital:
care:
catholic:
cement:
center: centre centers centres centro centrum zentrum
central: centrale
chemical: chemicals chemie chimie chemistry
children: childrens kids
china: chinese
church:
city:
cloud:
club:
coal:
coast: coastal
college: colleges
commercial: commerce commerciale comercial
communications: communication comm comms
community: communities
computer: computers computing
construction: constructions const constr construcciones costruzioni
consulting: consultants consultancy consultant conseil
consumer:
control: controls
council:
county:
credit: creditanstalt
data:
day:
defense: defence
department: dept
design: designs
development: developments dev developers desarrollo
digital:
direct:
distribution: distributors distributor distributing distribuidora
district:
dynamics: dynamic
early:
east: eastern
education: educational
electric: electrical electricity elektro elettrica
electronics: electronic elektronik
energy: energie energia energies
engineering: engineers engineer ingenieure ingenieria eng engrg
entertainment:
environmental: environment
equipment:
equity: equities
estate: estates
euro: europe european europa
exchange:
exploration:
export: exports import imports impex
express:
family: families
farm: farms
fashion:
federal:
film: films
finance: financial financials finanz finanziaria financiera fin
first: 1st
fitness:
food: foods lebensmittel alimentos alimentaire
foundation: fondation fondazione fundacion
france: french
franchise:
freight:
fuel: fuels
fund: funds
furniture:
gas:
general: generale
germany: german deutsche deutschland
gold: golden
government:
great:
green:
hardware:
head:
health: healthcare healthcares gesundheit sante
heritage:
high:
home: homes
hospital: hospitals klinik clinic clinics
hospitality:
hotel: hotels
house: housing
immobilien: immobiliere immobiliaria
india: indian
information: info
infrastructure:
innovation: innovations innovative
institute: institut instituto institution
insurance: insurances assurance assurances ins
insurance: versicherung versicherungen versicherungs seguros assicurazioni
integrated:
interactive:
investment: investments investors investor investing inv invest
island: islands
japan:
labs: lab laboratory laboratories laboratoires
land:
law: legal
learning:
leasing: lease
leisure:
life: lifesciences
local:
logistics: logistic logistik logistica
machine: machinery machines maschinenbau maschinen
management: mgmt mgt mgmnt
manufacturing: mfg mfr manufacturers manufacturer
marine: maritime
market: markets
marketing:
material: materials
media:
medical: medicine med medizin medico
mercantile:
metal: metals
metropolitan: metro
midland: midwest
mining: mines mine minerals mineral
ministry:
mobile: mobility
mortgage:
mountain: mount mt
municipal: municipality
music:
mutual:
national: natl nationale nacional nazionale nat
natural:
network: networks
new:
north: northern nord norte norddeutsche
office: offices
oil:
old:
online: internet
operations: operating
organic:
pacific: pac
packaging:
paper:
park: parks
payment: payments
people:
petroleum:
pharma: pharmaceutical pharmaceuticals pharmacy pharmaceutica pharm
photo: photography
pipeline: pipelines
plastics: plastic
port:
power:
premier: premium prime
press:
private:
produce:
product: products prods produkte productos
professional: professionals
project: projects
property: properties
public:
publishing: publishers publications verlag
quality:
radio:
rail: railway railroad railways
realty: reit
regional: region
renewable: renewables
rental: rentals
research:
residential:
resources: resource res
restaurant: restaurants
retail: retailers
river:
royal:
royalty: royalties
safety:
sales:
savings: sparkasse
school: schools schule ecole escuela
science: sciences scientific
sea:
securities: security
select:
semiconductor: semiconductors
senior:
services: service svc svcs serv servicios servizi dienstleistungen servicos
shipping:
shop: shops store stores
smart:
social:
society:
software: softwares
solar:
solutions: solution soln solns soluciones loesungen
source:
south: southern sud sur suddeutsche
special: specialty specialties specialist
sport: sports sporting
st: saint sankt
standard:
star:
state: states
steel: stahl
storage:
strategic: strategy strategies
studio: studios
supply: supplies suppliers
support:
swiss: switzerland schweiz schweizerische suisse
systems: system sys systeme sistemas sistemi systemes
team:
technical: technik
technology: technologies tech techs technologie tecnologia tecnologias technological
telecom: telecommunications telecommunication telekom telecomunicaciones tele
telephone:
television: tv
textile: textiles
therapeutics: therapeutic therapies
tools: tool
tourism: travel tours reisen
town:
trade: trading trader traders handel handels trades
training:
transport: transportation transports trans transit
trust: trusts trustees
uk: gb
union:
united: unidos vereinigte
universal:
university: univ universitat universidad universita universite
urban:
utility: utilities
valley:
vision:
water: waters wasser
wealth:
web:
west: western
wholesale:
women: womens
wood:
works: work werke werk
"""

# Words that join others and are left out of the core of a name.
CONNECTING_WORDS = frozenset("and und et och og the".split())
# Words that an acronym passes over.
SMALL_WORDS = frozenset("of for in on at to de la le del della des du van von der a an".split())


def _canonical(*tables: str) -> dict[str, str]:
    written: dict[str, str] = {}
    for line in "\n".join(tables).strip().splitlines():
        word, _, others = line.partition(":")
        written |= dict.fromkeys([word, *others.split()], word) if line else {}
    return written


STRUCTURAL_WORDS = frozenset(_canonical(_STRUCTURAL).values())
GENERAL_WORDS = frozenset(_canonical(_STRUCTURAL, _MARKET).values()) | SMALL_WORDS
CANONICAL_WORD = {
    **_canonical(_STRUCTURAL, _MARKET),
    **_canonical("theater: theatre\nfort: ft\nfiber: fibre\ncolor: colour"),
}
