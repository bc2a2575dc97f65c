"""Subjects a picture can show, as plain text tables: one subject a line.

A line reads ``name emoji size stance [weight] : synonyms``. The emoji is a figure of the colour
emoji font that the training data is drawn with ("-" where the renderer draws the whole figure).
Size runs from 1 (a mouse) to 5 (a house); the stance says where the subject belongs: ``ground``,
``water``, ``air`` (flies or stands) or ``sky`` (hangs there). The weight is the sampling frequency
within the training data where it differs from that of the category.
"""

from __future__ import annotations

CATEGORY_WEIGHTS: dict[str, float] = {
    "animal": 4.0,
    "bird": 3.0,
    "bug": 2.0,
    "water animal": 2.5,
    "person": 4.0,
    "fantasy": 5.0,
    "vehicle": 1.5,
    "building": 1.5,
    "plant": 1.2,
    "food": 0.4,
    "thing": 0.5,
    "sky": 1.2,
}

TABLES: dict[str, str] = {
    "animal": """
fox 🦊 2 ground 8 : vixen, fox cub
bear 🐻 4 ground 7 : bear cub, grizzly, brown bear
wolf 🐺 3 ground 6 : wolf cub, coyote, werewolf
rabbit 🐇 2 ground 8 : bunny, hare, bunny rabbit
dog 🐕 2 ground 8 : puppy, pup, hound, doggy, terrier, spaniel, labrador
poodle 🐩 2 ground 2 :
cat 🐈 2 ground 8 : kitten, kitty, tomcat, tabby, pussycat
black cat 🐈‍⬛ 2 ground 3 : black kitten
lion 🦁 4 ground 6 : lioness, lion cub
tiger 🐅 4 ground 5 : tiger cub
leopard 🐆 4 ground 3 : cheetah, panther, jaguar, lynx
panda 🐼 4 ground 5 : panda bear
koala 🐨 2 ground :
polar bear 🐻‍❄️ 4 ground : white bear
raccoon 🦝 2 ground : racoon
badger 🦡 2 ground :
skunk 🦨 2 ground 2 :
otter 🦦 2 ground 4 : weasel, ferret, mink, stoat
beaver 🦫 2 ground :
hedgehog 🦔 1 ground 7 : porcupine, echidna
mouse 🐁 1 ground 7 : field mouse, shrew, dormouse, vole
rat 🐀 1 ground 2 :
hamster 🐹 1 ground 3 : guinea pig, gerbil
squirrel 🐿️ 1 ground 6 : chipmunk, marmot, meerkat
mole - 1 ground 4 :
frog 🐸 1 ground 6 : toad, tree frog, tadpole
turtle 🐢 2 ground 6 : tortoise, terrapin
lizard 🦎 1 ground 2 : gecko, newt, salamander, chameleon, iguana
snake 🐍 2 ground 3 : serpent, python, cobra, viper
crocodile 🐊 3 ground 3 : alligator, croc
horse 🐎 4 ground 6 : mare, stallion, racehorse
pony 🐴 3 ground 4 : foal, colt
donkey 🫏 3 ground : mule
zebra 🦓 4 ground :
cow 🐄 4 ground 4 : calf, cattle
ox 🐂 4 ground 2 : bull, buffalo, yak
bison 🦬 4 ground 1.5 :
pig 🐖 3 ground 5 : piglet, hog, piggy
boar 🐗 3 ground 2 : wild boar, warthog
sheep 🐑 2 ground 5 : lamb, ewe
ram 🐏 3 ground 2 :
goat 🐐 3 ground 4 : kid goat, billy goat
deer 🦌 4 ground 5 : stag, reindeer, fawn, doe, elk
moose 🫎 4 ground 2 :
camel 🐫 4 ground : dromedary
llama 🦙 3 ground : alpaca
giraffe 🦒 5 ground 4 :
elephant 🐘 5 ground 6 :
mammoth 🦣 5 ground 2 :
rhino 🦏 5 ground 2.5 : rhinoceros
hippo 🦛 4 ground 2.5 : hippopotamus
kangaroo 🦘 3 ground : wallaby, joey
monkey 🐒 2 ground 5 : chimp, chimpanzee, ape, lemur
gorilla 🦍 4 ground 2 :
orangutan 🦧 3 ground 2 :
sloth 🦥 2 ground :
dinosaur 🦕 5 ground 5 : brontosaurus, long neck, dino
tyrannosaurus 🦖 5 ground 3 : t rex, trex
bat 🦇 1 air 3 :
""",
    "bird": """
owl 🦉 2 air 8 : owlet, barn owl
eagle 🦅 3 air : hawk, falcon, vulture
bird 🐦 1 air 5 : robin, sparrow, swallow, starling, wren, bluebird, nightingale, \
canary, finch, woodpecker, hummingbird
crow 🐦‍⬛ 1 air : raven, blackbird, magpie, jackdaw
duck 🦆 2 water 4 : mallard, drake
duckling 🐤 1 ground 2 :
chick 🐥 1 ground 3 : baby bird, baby chick
hen 🐔 2 ground 2 : chicken
rooster 🐓 2 ground : cock, cockerel
turkey 🦃 2 ground 1.5 :
goose 🪿 2 ground : gander, gosling
swan 🦢 2 water : cygnet
dove 🕊️ 1 air : pigeon, white dove
parrot 🦜 2 air : parakeet, macaw, budgie, cockatoo
peacock 🦚 3 ground :
flamingo 🦩 3 ground : stork, heron, crane bird, ostrich, emu, pelican
penguin 🐧 2 ground 6 : puffin, auk
""",
    "bug": """
butterfly 🦋 1 air 5 : moth, firefly, dragonfly
bee 🐝 1 air 4 : bumblebee, honeybee, wasp, hornet
ladybird 🐞 1 ground 3 : ladybug
beetle 🪲 1 ground : bug, cockroach
ant 🐜 1 ground 3 : termite
caterpillar 🐛 1 ground 3 : inchworm, grub
worm 🪱 1 ground 1.5 : earthworm
snail 🐌 1 ground 5 : slug
spider 🕷️ 1 ground 3 : tarantula
cricket 🦗 1 ground : grasshopper
scorpion 🦂 1 ground 1 :
""",
    "water animal": """
fish 🐟 1 water 5 : trout, salmon, herring, minnow, carp, cod
tropical fish 🐠 1 water 3 : clownfish, goldfish, angelfish
pufferfish 🐡 1 water : blowfish, puffer
shark 🦈 4 water :
whale 🐋 5 water 5 : humpback, blue whale
spouting whale 🐳 5 water 2 : little whale
dolphin 🐬 3 water 4 : porpoise
seal 🦭 3 water 3 : sea lion, walrus
octopus 🐙 3 water 4 : kraken
squid 🦑 2 water : cuttlefish
jellyfish 🪼 2 water :
crab 🦀 1 ground 4 : hermit crab
lobster 🦞 1 ground : crayfish
shrimp 🦐 1 water 1.5 : prawn
""",
    "person": """
girl 👧🏼 3 ground 9 : daughter, sister, little girl, schoolgirl, granddaughter, niece, lass
boy 👦🏽 3 ground 9 : son, brother, little boy, schoolboy, grandson, nephew, lad
child 🧒🏾 3 ground 6 : kid, youngster, toddler, orphan
baby 👶🏼 2 ground 3 : infant, newborn
woman 👩🏽 4 ground 5 : mother, mum, mom, mama, aunt, lady, wife, queen mother, mommy
man 👨🏼 4 ground 5 : father, dad, papa, uncle, husband, gentleman, neighbour, neighbor, daddy, \
tailor, cobbler, cowboy, merchant, postman, traveller, woodcutter
old woman 👵🏼 4 ground 5 : grandmother, grandma, granny, nana, old lady
old man 👴🏾 4 ground 5 : grandfather, grandpa, granddad, hermit
princess 👸🏼 3 ground 7 : young princess
queen - 4 ground 4 : empress
prince 🤴🏽 3 ground 5 : young prince
king - 4 ground 5 : emperor, ruler
knight - 4 ground 7 : warrior, paladin
guard 💂🏼 4 ground 2 : guardsman, soldier, sentry
farmer 🧑🏼‍🌾 4 ground 4 : peasant, shepherd, shepherdess, gardener, miller
cook 🧑🏾‍🍳 4 ground 3 : chef, baker
teacher 🧑🏽‍🏫 4 ground 2 : schoolteacher, professor, librarian
doctor 🧑🏾‍⚕️ 4 ground 2 : nurse, vet
scientist 🧑🏼‍🔬 4 ground 2 : inventor, chemist
painter 🧑🏽‍🎨 4 ground 2 : artist
singer 🧑🏾‍🎤 4 ground 1.5 : musician, rock star, bard
pilot 🧑🏽‍✈️ 4 ground 2 : captain, airman
astronaut 🧑🏼‍🚀 4 ground 4 : spaceman, cosmonaut, space explorer
firefighter 🧑🏽‍🚒 4 ground 2 : fireman
police officer 👮🏽 4 ground 2 : policeman, policewoman, constable, officer, police
builder 👷🏾 4 ground 2 : workman, carpenter, blacksmith
detective 🕵🏼 4 ground 2 : spy, inspector
pirate - 4 ground 5 : buccaneer, pirate captain
sailor - 4 ground 4 : fisherman, seaman, lighthouse keeper, mariner
ninja 🥷🏼 4 ground 2 : thief, robber, burglar, bandit
dancer 💃🏽 4 ground 2 : ballerina
runner 🏃🏼 4 ground 1 : jogger
clown 🤡 3 ground 2 : jester, juggler, acrobat
""",
    "fantasy": """
dragon 🐲 5 ground 11 : wyrm, wyvern, small dragon, baby dragon, little dragon, dragon hatchling
sea serpent 🐉 5 ground 2 : sea dragon, chinese dragon, sea monster
unicorn 🦄 4 ground 7 : pegasus
wizard 🧙🏼‍♂️ 4 ground 7 : sorcerer, magician, warlock, merlin, mage, enchanter
witch 🧙🏽‍♀️ 4 ground 5 : sorceress, enchantress
fairy 🧚🏽 2 air 6 : pixie, sprite, tooth fairy
elf 🧝🏼 3 ground 4 :
dwarf - 3 ground 3 : gnome, goblin, leprechaun
mermaid 🧜🏼‍♀️ 3 water 5 : siren
merman 🧜🏽‍♂️ 3 water 2 :
genie 🧞 4 air 2 : djinn
vampire 🧛🏻 4 ground 1.5 :
troll 🧌 5 ground 3 : giant, ogre, orc
monster 👹 4 ground 3 : beast, demon
ghost 👻 3 air 5 : spirit, spook, phantom
robot 🤖 3 ground 8 : android, automaton
alien 👽 3 ground 4 : martian, extraterrestrial
skeleton 💀 4 ground 1.5 : skull
angel 👼🏽 3 air 2 : cherub
superhero 🦸🏽 4 ground 3 : superheroine
santa 🎅🏼 4 ground 3 : santa claus, father christmas, saint nicholas
snowman ⛄ 3 ground 4 :
scarecrow - 3 ground 2 :
teddy bear 🧸 1 ground 4 : teddy, stuffed bear, plush bear
""",
    "vehicle": """
boat ⛵ 4 water 5 : sailboat, sailing boat, yacht, sailing ship
ship 🚢 5 water 3 : steamer, ferry, ocean liner, steamship
pirate ship - 5 water 3 : galleon
canoe 🛶 3 water : rowboat, rowing boat, raft, kayak
car 🚗 3 ground 3 : automobile
taxi 🚕 3 ground 0.8 : cab
bus 🚌 4 ground : coach, school bus
fire engine 🚒 4 ground : fire truck
police car 🚓 3 ground 0.8 :
ambulance 🚑 4 ground 0.8 :
truck 🚚 4 ground : lorry, van
tractor 🚜 4 ground 2 : digger
race car 🏎️ 3 ground 1 : racing car
motorcycle 🏍️ 3 ground 0.8 : motorbike
scooter 🛴 2 ground 0.8 :
bicycle 🚲 3 ground 2 : bike, tricycle
train 🚂 5 ground 3 : steam train, locomotive, railway
tram 🚋 4 ground 0.8 : streetcar
airplane ✈️ 5 sky 2 : plane, aeroplane, jet, aircraft
helicopter 🚁 4 sky :
rocket 🚀 4 air 4 : spaceship, spacecraft, rocket ship, starship
flying saucer 🛸 4 sky 2 : ufo
balloon 🎈 1 air 3 :
hot air balloon - 5 sky 3 : airship, zeppelin
parachute 🪂 4 sky 0.8 :
sled 🛷 2 ground : sledge, sleigh, toboggan
submarine - 4 water 2 :
""",
    "building": """
house 🏡 5 ground 3 : shop, store, toyshop, bookshop, cottage, hut, cabin, farmhouse, bungalow
old house 🏚️ 5 ground : haunted house, ruin, shack, abandoned house
castle 🏰 5 ground 4 : palace, fortress
lighthouse - 5 ground 5 : light house
tower - 5 ground 3 : turret, watchtower
windmill - 5 ground 3 : mill
church ⛪ 5 ground : chapel, cathedral
school 🏫 5 ground : schoolhouse
hospital 🏥 5 ground 0.7 :
factory 🏭 5 ground 0.8 :
japanese castle 🏯 5 ground 0.7 : pagoda, temple
tent ⛺ 3 ground 2 : camp
circus tent 🎪 5 ground 1.5 : circus
ferris wheel 🎡 5 ground : big wheel
carousel 🎠 3 ground : merry go round
fountain ⛲ 4 ground :
well - 3 ground : wishing well
fence - 2 ground 1 : gate
""",
    "plant": """
tree 🌳 5 ground 4 : oak, beech, old tree, apple tree
pine tree 🌲 5 ground 3 : fir, fir tree, spruce, evergreen
palm tree 🌴 5 ground 2 : palm
christmas tree 🎄 4 ground 2 :
cactus 🌵 3 ground : cacti
sunflower 🌻 2 ground 2 :
tulip 🌷 2 ground 1.5 :
rose 🌹 2 ground 1.5 :
daisy 🌼 1 ground 1.5 : blossom, chamomile
flower 🌸 1 ground 2.5 : cherry blossom, bluebell
bouquet 💐 1 ground 0.8 : bunch of flowers
hibiscus 🌺 1 ground 0.7 :
clover 🍀 1 ground : four leaf clover, shamrock
mushroom 🍄 1 ground 3 : toadstool
seedling 🌱 1 ground 1.5 : seed, sprout, sapling, beanstalk
leaf 🍁 1 ground : maple leaf, autumn leaf
wheat 🌾 2 ground 0.7 : corn field, grain, straw
potted plant 🪴 2 ground 0.7 : houseplant
""",
    "food": """
apple 🍎 1 ground 2 :
green apple 🍏 1 ground 0.5 :
pear 🍐 1 ground :
tangerine 🍊 1 ground : mandarin, orange fruit
lemon 🍋 1 ground :
banana 🍌 1 ground 1 :
grapes 🍇 1 ground :
strawberry 🍓 1 ground 1 : berry, raspberry
cherry 🍒 1 ground :
blueberry 🫐 1 ground : blackberry
peach 🍑 1 ground :
pineapple 🍍 1 ground :
watermelon 🍉 1 ground : melon
coconut 🥥 1 ground :
carrot 🥕 1 ground 1.5 : parsnip
potato 🥔 1 ground : turnip
corn 🌽 1 ground : maize
tomato 🍅 1 ground :
cabbage 🥬 1 ground : lettuce
broccoli 🥦 1 ground :
pumpkin 🎃 1 ground 2 : jack o lantern, squash
acorn 🌰 1 ground : nut, chestnut, walnut, hazelnut
bread 🍞 1 ground 1 : loaf, toast
croissant 🥐 1 ground 0.5 :
pretzel 🥨 1 ground 0.5 :
cheese 🧀 1 ground 1 :
egg 🥚 1 ground 2 :
pancake 🥞 1 ground :
cake 🎂 1 ground 2 : birthday cake
cupcake 🧁 1 ground : muffin, bun
pie 🥧 1 ground 1 : tart, apple pie
cookie 🍪 1 ground 1 : biscuit, gingerbread
doughnut 🍩 1 ground : donut
candy 🍬 1 ground : sweet, toffee
lollipop 🍭 1 ground :
chocolate 🍫 1 ground :
ice cream 🍦 1 ground 1 :
honey 🍯 1 ground 1 : honey pot, jam
soup 🍲 1 ground : stew, porridge
pizza 🍕 1 ground :
teapot 🫖 1 ground 1 : kettle
cup ☕ 1 ground 1 : mug, coffee, cocoa
milk 🥛 1 ground :
""",
    "thing": """
lantern 🏮 1 ground 4 : lamp, paper lantern
candle 🕯️ 1 ground 2 :
light bulb 💡 1 ground 0.7 : bulb
torch 🔦 1 ground 0.8 : flashlight
campfire - 2 ground 3 : bonfire
flame 🔥 2 ground 2 : fire, fireplace
book 📖 1 ground 3 : storybook, open book, diary, spellbook
books 📚 1 ground :
letter ✉️ 1 ground 2 : envelope
scroll 📜 1 ground : parchment
map 🗺️ 1 ground 2 : treasure map
key 🗝️ 1 ground 3 : old key
lock 🔒 1 ground : padlock
door 🚪 4 ground 1.5 : doorway
window 🪟 3 ground 0.7 :
bed 🛏️ 3 ground :
chair 🪑 2 ground : stool
sofa 🛋️ 3 ground 0.7 : couch
ladder 🪜 3 ground 0.8 :
basket 🧺 1 ground 1.5 :
bucket 🪣 1 ground : pail
broom 🧹 2 ground : broomstick
crown 👑 1 ground 2 : tiara
ring 💍 1 ground :
gem 💎 1 ground 2 : diamond, jewel, crystal, ruby, emerald
coin 🪙 1 ground : gold coin, penny
treasure chest - 2 ground 3 : treasure, chest
money bag 💰 1 ground 0.8 : bag of gold
sword 🗡️ 2 ground 2 : dagger, blade
shield 🛡️ 2 ground 1.5 : armour, armor
bow 🏹 2 ground 1 : bow and arrow, arrow
axe 🪓 1 ground 0.8 :
hammer 🔨 1 ground 0.8 :
wand 🪄 1 ground 1.5 : magic wand
crystal ball 🔮 1 ground : orb
potion 🧪 1 ground : test tube, flask
mirror 🪞 2 ground : looking glass
clock 🕰️ 2 ground 1.5 :
alarm clock ⏰ 1 ground 1 :
bell 🔔 1 ground 1.5 :
drum 🥁 1 ground :
trumpet 🎺 1 ground :
violin 🎻 1 ground : fiddle
guitar 🎸 2 ground : lute, ukulele
piano 🎹 3 ground 0.7 : keyboard
flute 🪈 1 ground 0.7 : whistle, recorder
gift 🎁 1 ground 2 : present, parcel, box, package
kite 🪁 2 sky 2 :
ball ⚽ 1 ground 2 : football, soccer ball
basketball 🏀 1 ground 0.8 :
doll 🪆 1 ground : puppet
yarn 🧶 1 ground : wool, ball of wool
umbrella ☂️ 2 ground 2 : parasol
hat 🎩 1 ground 1 : top hat
backpack 🎒 1 ground 1 : bag, rucksack, satchel
boot 🥾 1 ground : shoe, slipper
sock 🧦 1 ground :
mitten 🧤 1 ground : glove
scarf 🧣 1 ground :
dress 👗 2 ground 0.7 : gown
glasses 👓 1 ground 0.6 : spectacles
compass 🧭 1 ground 1.5 :
telescope 🔭 2 ground 1.5 : spyglass
magnet 🧲 1 ground 0.6 :
camera 📷 1 ground 0.8 :
telephone ☎️ 1 ground 0.8 : phone
television 📺 2 ground 0.7 : screen
computer 💻 1 ground 0.7 : laptop
gear ⚙️ 1 ground 0.8 : cog
anchor ⚓ 2 ground 1.5 :
bottle 🍼 1 ground 0.7 : baby bottle, message in a bottle
shell 🐚 1 ground 2 : seashell
coral 🪸 2 ground 1 : reef
feather 🪶 1 ground 1 :
nest 🪺 1 ground 1.5 : bird nest
bone 🦴 1 ground 0.8 :
rock 🪨 2 ground 1 : stone, boulder, pebble
log 🪵 2 ground 0.8 : wood pile, firewood
heart ❤️ 1 air 1 :
medal 🏅 1 ground 0.8 : prize
trophy 🏆 1 ground 1 :
flag 🚩 3 ground 1 : banner
""",
    "sky": """
sun 🌞 3 sky 2.5 : sunshine
moon 🌝 3 sky 2.5 : full moon
crescent moon 🌙 3 sky 2 : new moon, half moon
star ⭐ 1 sky 5 : little star
shooting star ☄️ 2 sky 2 : comet, falling star, meteor
planet 🪐 4 sky 2 : saturn
earth 🌍 4 sky 1.5 : globe
cloud ☁️ 3 sky 2 : little cloud
thundercloud ⛈️ 3 sky 1 : thunder, storm cloud
lightning ⚡ 2 sky 1 : lightning bolt
rainbow 🌈 5 sky 1.5 :
snowflake ❄️ 1 sky 1.5 :
wave 🌊 4 water 1 : tide
tornado 🌪️ 5 ground 1 : whirlwind
volcano 🌋 5 ground 1 :
""",
}
