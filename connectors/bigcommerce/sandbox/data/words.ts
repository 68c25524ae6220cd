type Words = readonly [string, ...string[]]

const words = (text: string): Words => text.split(' ') as [string, ...string[]] // split never yields an empty array

export const qualities = words(
  'Amber Arctic Autumn Birch Bold Bright Calm Cedar Classic Clear Coastal Copper Crisp Dusty Early Eastern Ember Evening Fern Field Fine Frosted Gentle Golden Grand Hazel Heron Honest Iron Ivory Lake Linen Lunar Maple Meadow Misty Morning Mossy Narrow Nordic Northern Oak Olive Open Pale Pearl Pine Plain Quiet River Rustic Sage Salt Silver Slate Smoky Soft Solid Southern Steady Still Stone Summer Swift Tidal Velvet Warm Western Wild Winter',
)

export const materials = words(
  'Bamboo Brass Canvas Ceramic Clay Copper Cork Cotton Enamel Felt Glass Granite Hemp Jute Leather Linen Marble Oak Paper Porcelain Rattan Silk Slate Steel Stoneware Suede Teak Tin Walnut Wool',
)

export const things = words(
  'Apron Armchair Backpack Basin Basket Bench Blanket Bookend Bottle Bowl Box Bracelet Broom Brush Bucket Candle Canister Carafe Chair Clock Coaster Colander Cushion Desk Dish Drawer Easel Flask Fork Frame Glass Hammock Hanger Hook Jar Jug Kettle Knife Ladder Lamp Lantern Mat Mirror Mug Notebook Ottoman Pan Pitcher Planter Plate Pouch Rack Rug Sconce Scoop Shelf Spoon Stand Stool Strap Table Teapot Throw Tote Towel Tray Trivet Trunk Vase Wallet',
)

export const colours = words('Black White Sand Forest Navy Rust Ochre Plum')
export const sizes = words('Small Medium Large')

export const firstNames = words(
  'Ada Alan Amina Anna Aron Beatriz Boris Carla Chen Clara Dana Daniel Diego Elena Emil Fatima Felix Grace Hanna Hugo Ines Ivan Jana Jonas Karim Kira Lars Leila Luca Maja Marco Mei Mila Nadia Niko Nora Olga Omar Paula Pavel Priya Rafael Rosa Samir Sara Sofia Tariq Tessa Vera Yusuf',
)

export const lastNames = words(
  'Abbott Acosta Ahmed Andersen Bauer Becker Bianchi Brandt Castro Chung Costa Dahl Diallo Dubois Egan Farah Fischer Fontana Garcia Greene Haas Hansen Horvat Ito Jansen Kaya Keller Kovac Larsen Lehmann Lopez Marino Meyer Molina Nagy Novak Okafor Olsen Park Petrov Quinn Ramos Rossi Sato Silva Singh Torres Vogel Weiss Zhang',
)

export const companyNames = words('Alder Beacon Cobalt Drift Elm Foundry Grove Harbor Juniper Kestrel Lumen Mason')
export const streets = words('Alder Bridge Canal Chapel Church Elm Garden Harbor High Hill Lake Main Market Mill Park')
export const modes = words('everyday seasonal outdoor studio travel kitchen garden heritage workshop compact')

type Place = readonly [
  city: string,
  state: string,
  postalCode: string,
  country: string,
  countryCode: string,
  /** In hundredths of a percent. */
  taxRate: number,
]

/** Places that fit together. */
export const places: readonly [Place, ...Place[]] = [
  ['Austin', 'Texas', '78701', 'United States', 'US', 825],
  ['Portland', 'Oregon', '97205', 'United States', 'US', 0],
  ['Denver', 'Colorado', '80202', 'United States', 'US', 881],
  ['Atlanta', 'Georgia', '30303', 'United States', 'US', 890],
  ['Toronto', 'Ontario', 'M5H 2N2', 'Canada', 'CA', 1300],
  ['Leeds', 'West Yorkshire', 'LS1 4AP', 'United Kingdom', 'GB', 2000],
  ['Melbourne', 'Victoria', '3000', 'Australia', 'AU', 1000],
  ['Köln', 'Nordrhein-Westfalen', '50667', 'Germany', 'DE', 1900],
]

export const comments: Words = [
  'Please ring twice, the bell is faint.',
  'Leave it with the neighbour on the ground floor.',
  'No paper invoice, thank you.',
  'It is a present: no prices in the parcel, please.',
]

/** Sentences that product descriptions are put together from. */
export const sentences: Words = [
  'Made in small runs by a workshop that has kept to the same pattern for three generations.',
  'The surface is finished by hand, so no two pieces look quite alike.',
  'Wipe clean with a damp cloth and let it dry in the open air.',
  'It ships in a box of recycled board, with paper instead of plastic around every part.',
  'A quiet piece that finds its place in a narrow hall as well as in a large room.',
  'The edges are rounded and sanded three times, which is felt more than it is seen.',
  'Tested for ten thousand uses before the first one left the bench.',
  'Spare parts are kept for ten years and can be ordered one by one.',
  'The colour deepens in the first months and then stays as it is.',
  'Light enough to carry with one hand, firm enough to last through many moves.',
  'Goes well with the other pieces of the series, and does not insist on them.',
  'Measured, cut and put together under one roof, from delivery of the raw stock to the last check.',
  'Please note that small marks are part of the material and no reason for complaint.',
  'Our own favourite for mornings that start too early.',
  'Packed flat; two screws and five minutes are all it takes.',
  'Comes with a leaflet in four languages — “care & repair”, as we call it.',
]
