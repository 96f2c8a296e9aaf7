"""Given names and the short and pet forms that stand for them: own table.

One line a name: the full form, then what it is called by, across English, German, Dutch,
Scandinavian, French, Spanish, Portuguese, Italian, Polish and Russian use. A short form may stand
for several names ("Alex"); spellings of one name ("Catherine", "Katherine") are short forms too.
"""

_TABLE = """
abigail: abby abbie abi gail
abraham: abe abram bram
adalbert: bert adel
adelaide: addie adele ada heidi della
adelheid: heidi heide
adolf: adolph dolf
adrian: ade adriaan adrien adriano
agatha: aggie agathe
agnes: aggie agneta agnieszka ines
alan: al allan allen alain
albert: al bert bertie albrecht alberto
albertina: tina bertie
alejandro: alex ale jandro alejo sandro
aleksandra: ola alex sasha
alexander: alex al alec sandy xander lex sasha alexandre aleksander aleksandr alessandro sascha
alexandra: alex sandra lexi alexa sandy sasha alexandria aleksandra alessandra
alexis: alex lexi
alfred: alf al fred alfie freddie alfredo
alice: ali alicia allie elsie lisa
alison: ali allison allie
amanda: mandy manda
amelia: amy millie emily mia
anastasia: stacy tasia nastya ana
andrea: andie andi drea
andreas: andi andy andre
andrew: andy drew andre andrei andrzej andrea
andrzej: jedrek
angela: angie ange angelika
angelina: angie lina
anita: nita
anna: ann anne annie anya ania anka hanna hannah ana nan nancy anneke annika anja
annabel: annie bel bella anabel
annemarie: anne mie
anthony: tony ant antony toni antoni
antoine: toine tony
anton: toni antoni
antonia: toni tonya antje
antonio: toni tony tonio nino antonino
archibald: archie
arnold: arnie arne noldi
arthur: art artie arturo artur
astrid: assa
augustine: gus august austin agustin
barbara: barb barbie babs bobbie basia babette
barnaby: barney
bartholomew: bart barth
bartlomiej: bartek
bartosz: bartek
beatrice: bea trixie bee beatrix beatriz
benedict: ben benny dick benedikt
benjamin: ben benji benny benj
bernadette: bernie
bernard: bernie bern barney bernhard bernd berndt
bernardo: nardo
bernhard: bernd
bertha: bertie
bertram: bert
bonaventura: ventura
boris: borya
bradley: brad
brandon: bran
brenda: bren
brian: bryan bryant
bridget: biddy bridie brigid brigitte birgit gitta
brigitte: gitta birgit britta
caleb: cal
cameron: cam
camilla: cami millie camille
carl: karl charlie
carlos: carlitos charlie
carla: karla
carmen: mencha
carol: carrie carole caroline carola
caroline: carol carrie caro carolyn caroline karoline lina carolina
cassandra: cass cassie sandra
catherine: cathy cath kate katie kathy cat kitty kay catharine kathryn katherine katharine catalina
catherine: caterina katarina katarzyna kathrin katrin katja trina karen cathryn kathleen
cecilia: cec cissy celia cecile
celestine: tina
charles: charlie chuck chas chip chaz carl karl carlos carlo
charlotte: charlie lottie lotte lotta char
chester: chet
christian: chris christy kristian kris
christina: chris chrissy tina christine kristina krystyna christa kirsten kristin kristine
christine: chris chrissy tina christina
christopher: chris kit kris topher christoph christophe cristobal kristoffer stoffer krzysztof
clara: claire klara clare
clarence: clare
claudia: claudie
clement: clem clemens
clifford: cliff
clinton: clint
conrad: con curt konrad kurt
constance: connie
constantine: costas kostas konstantin dinos
cordelia: delia
cornelia: connie nelly nele corrie
cornelius: con neil corny kees cor cornelis
craig: kraig
cynthia: cindy cyndi
cyril: cy
daniel: dan danny dani daniil daniele
daniela: dani danielle
danielle: dani ellie daniela
darren: daz
david: dave davy davie davide dawid
deborah: deb debbie debby debra
deirdre: dee
delores: dolly lola
dennis: den denny denis
desmond: des
diana: di diane dina
diego: jago
dietrich: dieter dirk
dimitri: dima mitya dimitrios jimmy
dmitry: dima mitya dmitri dmitriy
dolores: lola lolita
dominic: dom nick dominik dominique domingo nic
donald: don donnie
donna: madonna
dorothea: dora thea dorle doro
dorothy: dot dottie dora dolly dorothea
douglas: doug dougie
duncan: dunc
edgar: ed eddie
edith: edie
edmund: ed eddie ned ted edmond eamon
eduardo: edu lalo eddy
edward: ed eddie ned ted teddy eduard eduardo edoardo edwin
edwin: ed eddie
eileen: aileen helen
elaine: lainie helen
eleanor: ellie nell nora ella elle leonora elinor eleonora lenore
elena: lena helen
elizabeth: liz lizzie beth betty bess bessie eliza elise lisa libby elsie liza betsy lisbeth elspeth
elizabeth: elisabeth isabel elisabetta elzbieta ella ilse elsa else lise liesl babette buffy
ella: ellie
ellen: nell ellie helen
elmar: elmo
emanuel: manny manuel emmanuel
emil: emile emilio milo
emily: em emmy millie emilia emilie
emma: em emmy
enrique: quique kike henry
eric: rick erik erich ricky
erika: rikki erica
ernest: ernie ernst ernesto
esperanza: espe
esther: essie hester hetty
eugene: gene eugen evgeny yevgeny zhenya
eugenia: genie gina zhenya
eustace: stacy
eva: eve evie evita
evelyn: eve evie lyn
federico: fede fred
felicia: fee felicity
felicity: fliss flick
felix: feliks
ferdinand: ferdi fernando nando ferdy
fernando: nando fer
florence: flo florrie flossie
florian: flo flori
frances: fran francie fanny frankie francesca franny
francesca: fran cesca chesca
francesco: franco ciccio cesco
francis: frank fran francois franz francesco francisco
francisco: paco pancho frank curro kiko fran
francois: frans
franklin: frank
franz: franzl frank
franziska: franzi sissi fanny
frederick: fred freddie freddy fritz frederic friedrich rick frederik federico
friedrich: fritz fred frieder
friederike: rike frieda
gabriel: gabe gabi
gabriele: gabi gaby
gabriella: gabi ella gabrielle gaby
genevieve: gen jenny viv
geoffrey: geoff jeff jeffrey
georg: jorg schorsch jurgen
george: georgie geo georges georg jorge giorgio jerzy yuri goran
georgina: george georgie gina georgia
gerald: gerry jerry ger gerhard gerard
gerard: gerry ger gerrit gert geert
gerhard: gerd gert hardy
gertrude: trudy gertie gert trude gerda
gianluca: luca
gilbert: gil bert gib
giovanni: gianni nanni vanni
giuseppe: beppe peppe pino joe
giuseppina: pina giusy
grace: gracie
gregory: greg gregg gregor grzegorz grisha
grigory: grisha
grzegorz: grzesiek
guadalupe: lupe lupita
guglielmo: memo
guillermo: memo guille bill
gunther: gunter guenther guenter
gustav: gus gustavo
gwendolyn: gwen wendy
hannah: hanna
hannelore: hanne lore
harold: harry hal harald
harriet: hattie harry
heather: heath
hedwig: hedy hedi
heinrich: heinz heiner hinrich henry heini
helen: nell nellie ellen helena helene elena eleni lena ellie
helena: lena nell hela
helmut: helmuth
henrietta: etta hettie henny
henrik: rik henk
hendrik: henk rik hein
henry: harry hal hank henri enrico heinrich hendrik henryk enrique
herbert: herb bert herbie heribert
herman: hermann manny
hester: hetty esther
hilary: hil
hildegard: hilde hilda
honora: nora
horace: horatio
howard: howie
hubert: hugh bert
hugh: hughie hugo huw
ian: iain
ignacio: nacho ignatius
ignatius: iggy ignaz
igor: gosha
ilona: ilka
imogen: immy
ingeborg: inge
ingrid: inga
irene: rene irena ira
irina: ira
isaac: ike zac
isabel: bella isa izzy belle isabella isobel isabelle ysabel ishbel
isabella: bella izzy isa
isidore: izzy
ivan: vanya
jacob: jake jack jakob james jacobo kobus
jacqueline: jackie jacqui
jakob: jockel jaap
jakub: kuba
james: jim jimmy jamie jem jay jacques jaime jago santiago hamish seamus
jan: jannik janek
jane: janie jenny janet jean joan janey
janet: jan jane
janice: jan
jaroslaw: jarek
jason: jay
jean: jeanne jeannie
jeffrey: jeff geoff
jennifer: jen jenny jenna jenn
jeremiah: jerry jem
jeremy: jerry jem jez
jerome: jerry
jerzy: jurek
jessica: jess jessie
jesus: chuy chucho
joachim: jochen achim jo chim
joan: joanie jo johanna
joanna: jo joan asia joanne
joanne: jo joan
johann: hans hannes jo
johanna: hanna hanne jo joan hannah
johannes: hans hannes jan johan jo hanns
john: jack johnny jon jock ian johann johannes jan juan jean giovanni ivan evan sean hans johan
john: ioannis yannis joao
jonathan: jon jonny nathan johnathan jonathon jonty
jorge: coque
jose: pepe joe pepito
josefa: pepa sefa
josef: sepp sepi jupp joe
joseph: joe joey jo josef jose giuseppe jozef yusuf josephus
josephine: jo josie fifi posy josefine pina
joshua: josh
joyce: joy
juan: juanito john
judith: judy jude jutta
julia: jules julie juliet giulia
julian: jules jule julien
juliana: jules liana ana
juliet: jules juliette
julius: jule julio
justin: jus
justina: tina
karl: kalle
karin: karen
katarzyna: kasia kaska
katharina: kathi kati katja trine katrin rina kate ina
katherine: kathy kate katie kat kath kay kitty katharine kathryn catherine kathleen
kathleen: kathy kath kay
kathryn: kathy kate katie kat kath kay katherine
kazimierz: kazik
kenneth: ken kenny kent
kimberly: kim kimberley kimmy
klaus: claus nik
konstantin: kostya konni
krystyna: krysia
krzysztof: krzys krzysiek
kunigunde: gundi
laszlo: laci
laura: laurie lori lauren
lawrence: larry laurie lars lorenzo laurence lorenz laurent lawrie lorne
leah: lea
leander: lee
leo: leon
leon: leo lev
leonard: leo len lenny leon leonardo lennard leonhard
leonora: nora leo
leopold: leo poldi pold
leroy: roy
leslie: les lesley
lester: les
lewis: lew louis
lilian: lily lil lilly lillian
lillian: lily lil lilly
linda: lindy lin lyn
lorenzo: renzo enzo
loretta: retta
lorraine: lori
louis: lou louie lewis luis luigi ludwig
louisa: lou lulu louise luisa
louise: lou lulu luisa luise
lucas: luke luc luca lukas
lucille: lucy
lucinda: lucy cindy
lucy: lucie lucia luz lou
ludmila: lida luda mila
ludwig: lutz wiggerl louis
luigi: gigi gino
luis: lucho
lukasz: luki
lydia: lidia liddy
lynette: lyn
madeleine: maddie mads lena madeline magdalena
magdalena: magda lena magdalene
malcolm: mal
malgorzata: gosia malgosia
manfred: manni fred
manuel: manolo manu
manuela: manu ela
marcella: marcy
marcus: mark marc markus marco marek
margaret: maggie meg peggy marge margie maisie rita greta daisy madge margot mags gretchen
margaret: margarita marguerite margarete margit margo marjorie megan pearl
margarete: grete gretel greta gretchen rita marga
margarita: rita
maria: mary mia marie mitzi ria moira mariah marietta mimi maja marija marysia maricha
mariana: marian ana
marianne: mary anne nanne
marilyn: mary lyn
mario: marius
marion: mary
marjorie: marge margie
mark: marc marco marcus markus marek
markus: mark marc
marlene: lene marla
marsha: marcia
martha: marty mattie marta patty
martin: marty mart marten maarten martijn morten
martina: tina
mary: molly polly mae may mamie marie maria minnie mimi maire moira
matilda: tilly mattie mathilde tilda
matthew: matt mattie mateo matthias mathieu matteo matthijs mateusz
matthias: matt mathias hias
maureen: mo
maurice: mo morris moritz mauricio
maximilian: max maxi maxim
maxwell: max
megan: meg
melanie: mel
melissa: mel missy lissa
melvin: mel
mercedes: merche
meredith: merry
michael: mike mick mickey mikey michel michele miguel mikhail mikael michal misha micha
michelle: shelly chelle micky
mieczyslaw: mietek
miguel: migue mike
mikhail: misha
mildred: millie
millicent: millie
miranda: mandy randy
miriam: mimi mim
miroslaw: mirek
mitchell: mitch
mohammed: mo mohamed mohammad muhammad mehmet moh
monica: mona monika moni
monika: moni mona
montgomery: monty
mortimer: mort
morton: mort
moses: moe mose
muriel: mu
nadezhda: nadia
nancy: nan ann
napoleon: leo nap
natalia: natasha tasha nat natalie
natalie: nat talia natalia
natasha: tasha
nathan: nate nat
nathaniel: nate nat nathan nathanael
neil: neal niall nigel
nicholas: nick nicky nico claus klaus nicolas nikolaus niklas nikolai nils niels colin mikolaj
nicola: nicky nic
nicole: nicky nic nikki nicolette
nigel: nige
nikolai: kolya nick
nikolaus: klaus niko claus niklas
noah: noe
norbert: bert norb
norman: norm
octavia: tavy
olga: olya helga
oliver: ollie noll oli olivier
olivia: liv livvy ollie
oscar: ossie oskar
oswald: oz ozzie ossi
otto: otho
owen: eoin
pamela: pam pammy
pascal: pascale
patricia: pat patty trish tricia patsy paddy patrizia
patrick: pat paddy rick patricio patrik
paul: pauly paulo pablo paolo pavel pawel pauli
paula: polly
pauline: polly paula
pedro: perico peter
penelope: penny nelly pen
percival: percy
peter: pete petey pietro pedro pierre pyotr piotr piet pieter per peder
petra: pet
philip: phil pip phillip felipe philippe filip philipp
philippa: pippa pip
philomena: mena
phyllis: phyl
pierre: pierrot
pilar: pili
piotr: piotrek
priscilla: cilla prissy
prudence: pru
quentin: quint
rachel: rach ray rachael rahel raquel
rafael: rafa rafe ralph raphael rafal
ralph: rafe ralf
ramon: moncho ray
randall: randy
randolph: randy dolph
raymond: ray raimund ramon
rebecca: becky becca beck reba rebekah
regina: gina reggie
reginald: reg reggie rex
reinhard: reini hardy
reinhold: holdi
renate: reni nate
reuben: rube
ricarda: rika
ricardo: rick richie
richard: rick dick rich ricky richie ritchie ricardo riccardo ryszard dickie
robert: bob bobby rob robbie bert robin roberto rupert bobbie
roberta: bobbie robbie berta
rocio: chio
roderick: rod roddy rory rodrigo
rodney: rod
rodrigo: rodri rod
roger: rog rodger rutger ruediger
roland: rolly rowland orlando rollo
ronald: ron ronnie ronny reinhold
rosalind: roz ros
rosamund: roz ros
rosario: charo
rose: rosie rosa rosemary
rosemary: rose rosie romy rosemarie
rowena: ro
roxanne: roxy
rudolf: rudi rolf rudy rudolph dolf
rudolph: rudy rolf rudolf
rupert: rob bert
russell: russ rusty
ruth: ruthie
samantha: sam sammy
samson: sam
samuel: sam sammy samuele
sandra: sandy
santiago: santi diego chago
sarah: sally sadie sal sara
sebastian: seb bas basti baz wastl sebastien
serena: rena
sergei: seryozha serge sergio sergey
sergio: checo serge
sharon: shaz shari
sheila: celia
shirley: shirl
sibylle: bille
sidney: sid sydney
siegfried: sigi siggi fred
siegmund: sigi
sigrid: siri
silke: celia
silvester: sly vester
silvia: sylvie silvie
simon: si simeon
simone: mona
slawomir: slawek
sofia: sophie sonia
solomon: sol solly
sonia: sonja sofia
sophia: sophie sofia sonia zofia sofie
stanislaw: staszek stan stach
stanley: stan
stefan: steffen
stefania: stefi
stella: estelle
stephanie: steph stephie stefanie steffi
stephen: steve stevie steph steven stefan etienne stephan stefano esteban istvan stephane
stewart: stew stu stuart
stuart: stu stew stewart
susan: sue susie suzy susanna suzanne susannah sukie zuzanna
susanne: susi sanne
suzanne: sue suzy
svetlana: sveta lana
sylvester: sly
sylvia: syl silvia
tabitha: tabby
tadeusz: tadek
tamara: tammy toma
tatiana: tanya tania
terence: terry terrence tel
teresa: terry tess tessa tracy theresa reese resi
thaddeus: tad thad
thelma: tel
theodor: theo ted
theodora: dora theo thea
theodore: ted teddy theo theodor tudor fyodor
theresa: terry tess tessa resi therese teresa
therese: resi
thomas: tom tommy thom tomas tomasz tommaso tam massey
tiffany: tiff
timothy: tim timmy
tobias: toby tobi
tomasz: tomek
torsten: thorsten
tracy: tracey
tristan: tris
tyrone: ty
ulrich: uli ulli ueli utz
ulrike: uli rike ulla
ursula: ulla uschi ursel sula
valentina: tina val valya
valentine: val valentin
valerie: val valeria
vanessa: nessa ness
vasily: vasya basil
vera: veronica
verena: vreni
veronica: ronnie vera roni veronika nica
veronika: vroni
victor: vic viktor vittorio
victoria: vicky tori vic vickie viktoria vita vittoria
vincent: vince vin vinnie vinny vincenzo vicente
vincenzo: enzo
viola: vi
violet: vi letty
virginia: ginny ginger gina
vivian: viv vivien vivienne
vladimir: vlad vova volodya wladimir waldemar
vladislav: vlad slava
vyacheslav: slava
wallace: wally
walter: walt wally wat gualterio walther
wanda: wandzia
wendy: wen
werner: werni
wilfred: wilf will fred wilfried
wilfried: willi fred
wilhelm: willi willy will helmut wim
wilhelmina: mina billie minnie willa wilma minna
william: bill billy will willie willy liam wilhelm guillaume guillermo willem gwilym
wilma: willy
winifred: win winnie freda
winston: win
wladyslaw: wladek
wojciech: wojtek
wolfgang: wolf wolfi wulf
yolanda: yoli
yuri: yura
yvonne: vonnie evonne
yevgeny: zhenya
zachary: zach zack zac zak zachariah
zbigniew: zbyszek
zoe: zoey
"""


def _formal_names(table: str) -> dict[str, tuple[str, ...]]:
    formal: dict[str, list[str]] = {}
    for line in table.strip().splitlines():
        name, _, short_forms = line.partition(":")
        for word in (name, *short_forms.split()):
            known = formal.setdefault(word, [])
            if name not in known:
                known.insert(0 if word == name else len(known), name)
    return {word: tuple(names) for word, names in formal.items()}


FORMAL_NAMES = _formal_names(_TABLE)
