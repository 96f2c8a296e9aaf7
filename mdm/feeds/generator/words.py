"""Ordinary names and words, put together for this project; no list is copied from elsewhere."""

WOMEN = (
    "Abigail Agnes Alexandra Alice Alison Amanda Amelia Amy Andrea Angela Anita Anna Anne Barbara "
    "Beatrice Bettina Birgit Brenda Bridget Camille Carla Carmen Carolin Caroline Catherine "
    "Cecilia Charlotte Chloe Christina Claire Claudia Cynthia Daniela Deborah Diana Dorothy Edith "
    "Eleanor Elena Elizabeth Ella Emily Emma Esther Eva Evelyn Fiona Florence Frances Frieda "
    "Gabriele Gemma Georgia Gloria Grace Greta Hannah Harriet Heather Heidi Helen Hilary Ingrid "
    "Irene Isabel Jacqueline Jane Janet Jennifer Jessica Joan Johanna Josephine Judith Julia Karen "
    "Karin Katherine Kathleen Kerstin Kimberly Laura Lena Linda Lisa Louise Lucy Lydia Madeleine "
    "Margaret Maria Marlene Martha Mary Melissa Michelle Miriam Monica Nadia Nancy Naomi Natalie "
    "Nicole Nina Olivia Pamela Patricia Paula Penelope Petra Priya Rachel Rebecca Renate Rosa Ruth "
    "Sabine Samantha Sandra Sarah Silke Simone Sofia Sophie Stephanie Susan Sylvia Tanja Teresa "
    "Theresa Ursula Valerie Vanessa Veronica Victoria Virginia Wendy Yasmin Yvonne Zoe"
).split()

MEN = (
    "Aaron Adam Adrian Alan Albert Alexander Alfred Amir Andreas Andrew Anthony Arthur Axel "
    "Benedikt Benjamin Bernard Boris Bradley Brian Bruno Cameron Carlos Charles Christian "
    "Christopher Clemens Colin Connor Craig Daniel David Dennis Dieter Dominic Donald Douglas "
    "Edgar Edward Emil Eric Ernest Ethan Eugene Felix Florian Francis Frank Frederick Gareth Gavin "
    "George Gerald Gerhard Gordon Graham Gregory Guy Hans Harold Harry Heinrich Henry Herbert "
    "Holger Howard Hugh Ian Isaac Jack Jacob James Jason Jeffrey Jens Jeremy Joachim John Jonathan "
    "Joseph Joshua Juan Julian Jürgen Karl Keith Kenneth Kevin Klaus Lars Laurence Leo Leonard "
    "Louis Lukas Malcolm Marcus Mario Martin Matthew Matthias Max Michael Mohammed Nathan Neil "
    "Nicholas Nigel Norman Oliver Oscar Otto Patrick Paul Peter Philip Raj Ralf Ralph Raymond "
    "Reinhard Richard Robert Roger Roland Ronald Rüdiger Rupert Ryan Samuel Scott Sean Sebastian "
    "Simon Stefan Stephen Stuart Terence Theodore Thomas Timothy Tobias Trevor Uwe Victor Vincent "
    "Walter Werner William Wolfgang Xavier Zachary"
).split()

NICKNAMES = dict(
    pair.split(":")
    for pair in (
        "Abigail:Abby Alexandra:Alex Amanda:Mandy Angela:Angie Barbara:Barb Catherine:Cathy "
        "Christina:Tina Cynthia:Cindy Deborah:Debbie Dorothy:Dot Eleanor:Ellie Elizabeth:Liz "
        "Frances:Fran Gabriele:Gabi Jacqueline:Jackie Janet:Jan Jennifer:Jen Jessica:Jess "
        "Josephine:Jo Judith:Judy Katherine:Kate Kathleen:Kathy Kimberly:Kim Madeleine:Maddie "
        "Margaret:Peggy Martha:Marty Melissa:Mel Natalie:Nat Pamela:Pam Patricia:Pat "
        "Penelope:Penny Rebecca:Becky Samantha:Sam Sandra:Sandy Stephanie:Steph Susan:Sue "
        "Teresa:Terry Theresa:Tess Valerie:Val Veronica:Ronnie Victoria:Vicky Virginia:Ginny "
        "Albert:Bert Alexander:Alex Alfred:Fred Andrew:Andy Anthony:Tony Arthur:Art Benjamin:Ben "
        "Bernard:Bernie Bradley:Brad Charles:Charlie Christopher:Chris Daniel:Dan David:Dave "
        "Dominic:Dom Donald:Don Douglas:Doug Edward:Ted Ernest:Ernie Eugene:Gene Frederick:Fred "
        "Gerald:Gerry Gregory:Greg Harold:Hal Heinrich:Heinz Henry:Harry Jacob:Jake James:Jim "
        "Jeffrey:Jeff Jeremy:Jerry Joachim:Jochen John:Jack Jonathan:Jon Joseph:Joe Joshua:Josh "
        "Kenneth:Ken Laurence:Larry Leonard:Len Matthew:Matt Michael:Mike Nathan:Nate "
        "Nicholas:Nick Patrick:Pat Philip:Phil Raymond:Ray Richard:Dick Robert:Bob Ronald:Ron "
        "Samuel:Sam Sebastian:Basti Stephen:Steve Terence:Terry Theodore:Theo Thomas:Tom "
        "Timothy:Tim Victor:Vic Vincent:Vince Walter:Walt William:Bill Wolfgang:Wolf Zachary:Zach"
    ).split()
)

FAMILIES = (
    "Abbott Adler Albrecht Andersson Archer Armstrong Bailey Barker Barnes Bauer Becker Bell "
    "Bennett Berger Bishop Black Boateng Bradley Brandt Brooks Brown Burke Burton Campbell Carlson "
    "Carter Castillo Chapman Chen Clark Cole Collins Cooper Costa Cruz Davies Delgado Diaz "
    "Dietrich Doyle Dubois Duncan Edwards Ellis Engel Evans Farrell Fischer Fleming Foster Fox "
    "Frank Fraser Friedrich Fuchs Garcia Gibson Gomez Gordon Graf Graham Grant Gray Green Griffin "
    "Gruber Gupta Haas Hahn Hall Hamilton Hansen Harper Harris Hartmann Hayes Heller Henderson "
    "Hernandez Herrmann Hoffmann Holmes Horn Howard Huber Hughes Hunt Ibrahim Ivanov Jackson "
    "Jansen Jenkins Johansson Johnson Jones Jung Kaiser Kaufmann Keller Kelly Kennedy Khan Kim "
    "King Klein Knight Koch Kowalski König Krause Krüger Kumar Lambert Lang Larsen Lee Lehmann "
    "Lewis Lopez Lorenz Maier Marshall Martin Martinez Mason Mayer Mehta Meyer Miller Mitchell "
    "Moore Morgan Morris Müller Murphy Murray Neumann Nguyen Novak Nowak Okafor Olsen Ortiz "
    "Osborne Owen Palmer Parker Patel Pearson Peters Petrov Pfeiffer Phillips Pohl Porter Powell "
    "Price Quinn Ramirez Reed Reid Reynolds Richter Riley Roberts Robinson Rodriguez Rogers Romano "
    "Rossi Roth Russell Ryan Santos Sauer Schäfer Schmidt Schneider Scholz Schreiber Schubert "
    "Schulz Schwarz Scott Shah Shaw Silva Simmons Simon Singh Smith Sommer Stein Stewart Stone "
    "Sullivan Suzuki Tanaka Taylor Thomas Thompson Torres Turner Vogel Wagner Walker Wallace Walsh "
    "Wang Ward Watson Weber Weiss Wells White Williams Wilson Winkler Winter Wolf Wood Wright Wu "
    "Yilmaz Young Zhang Ziegler Zimmermann"
).split()

FAMILY_STARTS = (
    "Ander Arn Ash Bald Bart Beck Berg Birk Blen Brad Bran Brig Brom Burn Cald Car Chat Clay Cran "
    "Crom Dal Darn Den Dor Drum Dun Eber Eck Ed Elm Eng Falk Far Fen Finn Fors Gal Gar Glen God "
    "Grim Gud Hal Ham Hart Hazel Hein Hend Her Hol Hor Ing Jar Kal Kel Ken Kirk Kron Lam Lang Lind "
    "Lock Lud Lund Mal Mar Mel Mid Mont Mor Nor Nyg Oak Oder Os Pem Pen Pres Rad Ral Ram Red Ren "
    "Rich Rock Ros Rud Sal San Sax Sel Shel Sig Sker Sol Staf Stan Stern Stock Straf Sund Sut Tal "
    "Thor Til Tor Tre Ul Val Wal War Wein West Whit Wil Win Wolf Wy Yar Zell"
).split()
FAMILY_ENDS = (
    "bach baum beck berg bert borg bourne brand bridge brook burg burn by cott croft dale den der "
    "dorf feld field ford gard gate ham hardt hart haus hoff holm hurst ing kamp land lein ley lin "
    "man mann mark mere more mund ner quist rick ridge rod sen shaw son stad stead stein stock "
    "stone strom ström ter thal thorpe ton vall wald ward way well wick wig win wood worth"
).split()

TOWN_STARTS = (
    "Alder Amber Apple Ash Barn Beacon Birch Black Bram Bridge Bright Broad Brook Bur Carl Castle "
    "Cedar Cherry Clear Cliff Cold Coven Cross Dark Deer Dun East Elder Elm Fair Fern Fox Frost "
    "Glen Gold Grand Green Hamp Harbor Haver Hawk Hazel Heather Hill Holly Iron Ivy Kings Lake "
    "Lark Laurel Lime Long Maple Marsh Meadow Mill Mont New North Oak Old Olive Orchard Otter Park "
    "Pine Plum Port Quarry Queens Raven Red River Rock Rose Rush Salt Sand Shel Silver South "
    "Spring Stan Stone Summer Swan Thorn Timber Trent Upper Vale Walnut Water West Whit Wild "
    "Willow Wind Winter Wood York"
).split()
TOWN_ENDS = (
    "bank borough bourne bridge brook burgh bury by chester cliff combe cott cross dale den don "
    "ford gate grove ham haven head heath hill holm hurst lake land leigh ley marsh mead mere "
    "mills minster moor mouth ness over pool port ridge shaw side stead stoke stone thorpe ton "
    "vale view ville water well wick wood worth"
).split()

SIDES = "North South East West Upper Lower Great Little".split()

STREETS = (
    "Abbey Acorn Albert Amber Aspen Baker Bank Bay Beech Bell Birch Bishop Bluff Bridge Brook "
    "Canal Castle Cedar Chapel Charles Cherry Chestnut Church Clay College Commerce Cooper Copper "
    "Court Crescent Crown Dock Duke East Elm Fairview Farm Fern Ferry Forest Fountain Franklin "
    "Front Garden Garfield George Grange Grant Green Grove Harbor Harrison Hazel Hickory High "
    "Highland Hill Holly Industrial Iron Ivy Jackson Jefferson Juniper King Lake Laurel Liberty "
    "Lincoln Linden Locust Madison Magnolia Main Maple Market Meadow Mill Monroe Mulberry Myrtle "
    "North Oak Olive Orchard Park Pearl Pine Pleasant Poplar Prince Prospect Queen Railway Ridge "
    "River Rose School Second Silver South Spring Spruce Station Summit Sycamore Third Tower Union "
    "Valley Victoria View Vine Walnut Washington Water West Willow Winter Wood York"
).split()

ADJECTIVES = (
    "Amber Apex Atlantic Azure Blue Bold Bright Bronze Central Clear Cobalt Continental Copper "
    "Coral Crimson Crystal Eastern Emerald Evergreen First Frontier Global Golden Grand Granite "
    "Green Grey Harbor Imperial Iron Ivory Jade Liberty Lunar Marble Meridian Metro Modern "
    "National Noble Northern Oceanic Olympic Onyx Pacific Pioneer Polar Premier Prime Quantum "
    "Rapid Red Regal Royal Ruby Sapphire Scarlet Silver Solar Southern Sterling Summit Superior "
    "Swift Titan Triton Twin United Urban Velvet Verdant Vertex Vital Western"
).split()
NOUNS = (
    "Anchor Arrow Atlas Beacon Bear Bridge Canyon Castle Cedar Circle Compass Creek Crest Crown "
    "Delta Dome Eagle Elm Falcon Field Forge Fox Gate Glacier Grove Hammer Harbor Harvest Hawk "
    "Haven Helix Hill Horizon Island Key Lake Lantern Leaf Lion Lotus Maple Mesa Mill Mountain Oak "
    "Orchard Orbit Otter Path Peak Pearl Pine Plain Point Prairie Quarry Raven Reef Ridge River "
    "Rock Rose Sail Shield Shore Sky Spring Star Stone Stream Summit Swan Tide Tower Trail Valley "
    "Vista Wave Wheel Willow Wind Wing Wolf Wood"
).split()

SYLLABLE_STARTS = (
    "Ab Al Am An Ar As Ax Ba Be Bo Bra Ca Ce Cla Co Cy Da De Do Dra Du El Em En Ex Fa Fi Flo Ga Ge "
    "Go Gra Ha He Hy In Io Ja Jo Ka Ke Ko Kry La Le Li Lo Lu Ma Me Mi Mo Na Ne No Nu Ob Om Or Pa "
    "Pe Pra Pri Qua Ra Re Ri Ro Ru Sa Se Si So Spe Sta Sy Ta Te Ti To Tra Tri Ul Ur Va Ve Vi Vo Wa "
    "We Xa Xe Ya Ze Zo"
).split()
SYLLABLE_MIDDLES = (
    "ba bi bo ca ce co da de di do fa fi ga ge ki la le li lo lu ma me mi mo na ne ni no pa pe pi "
    "ra re ri ro sa se si so ta te ti to va ve vi vo xa za ze"
).split()
SYLLABLE_ENDS = (
    "ban bel bex bis bor cast cor crest cyn dale dan dex dor dyne far fex fin gen gon kan kor lan "
    "lex lin lis lon lum lux lyn mak mar mex mid mond mont nal nar nex nis nor nox pax pel plex "
    "por quin ran rel ren ric rin ris ron rum san sel sen sol son tak tan tec tek tel ten tex tin "
    "tis tol ton tor tris tron val van vek ven vex via vin vis von wel wyn zar zen zon"
).split()
