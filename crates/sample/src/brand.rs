//! The two invented brands.

/// A brand and what it sells.
#[derive(Debug)]
pub(crate) struct Brand {
    pub(crate) slug: &'static str,
    /// As people write it where they can't call the account.
    pub(crate) name: &'static str,
    /// Things, each with the article *de*, so that a text may say *de*, *die* or *deze*.
    pub(crate) products: &'static [&'static str],
    /// Things in English, each countable.
    pub(crate) things: &'static [&'static str],
    /// Garments, with the article *de* as well.
    pub(crate) garments: &'static [&'static str],
    /// Whether the texts that name Pluimvos or its wares suit this brand.
    pub(crate) takes_every_text: bool,
    /// Mentions in 1,000 of Pluimvos's.
    pub(crate) volume_permille: u64,
    /// Number of authors who write about it now and then, on each platform.
    pub(crate) authors: u64,
    /// Whether it answers its customers.
    pub(crate) answers: bool,
}

/// The webshop for house, garden and clothes that the week is about.
pub(crate) const PLUIMVOS: Brand = Brand {
    slug: "pluimvos",
    name: "Pluimvos",
    products: &[
        "tuinstoel",
        "hanglamp",
        "plantenbak",
        "loungebank",
        "vloerlamp",
        "deken",
        "parasol",
        "spiegel",
        "geurkaars",
        "theepot",
        "bijzettafel",
        "vaas",
        "wandklok",
        "buitenlamp",
        "hangmat",
        "barkruk",
        "sprei",
        "tuinslang",
        "wasmand",
        "lantaarn",
        "vuurkorf",
        "regenton",
        "kapstok",
        "poef",
        "leeslamp",
        "schommelstoel",
        "kweekkas",
        "fruitschaal",
    ],
    things: &[
        "garden chair",
        "floor lamp",
        "planter",
        "parasol",
        "mirror",
        "blanket",
        "hammock",
        "bar stool",
        "side table",
        "raincoat",
        "watering can",
        "wall clock",
        "rocking chair",
        "lantern",
    ],
    garments: &[
        "trui",
        "regenjas",
        "jurk",
        "blouse",
        "sjaal",
        "tuinbroek",
        "winterjas",
        "pyjama",
        "muts",
        "linnen broek",
        "bodywarmer",
    ],
    takes_every_text: true,
    volume_permille: 1_000,
    authors: 1_500,
    answers: true,
};

/// A small shop for soap and towels, so that a list of brands has a second, quiet line.
pub(crate) const ZEEGROEN: Brand = Brand {
    slug: "zeegroen",
    name: "Zeegroen",
    products: &[
        "handzeep",
        "badjas",
        "handdoek",
        "bodylotion",
        "toilettas",
        "badmat",
        "scrub",
        "shampoo",
        "zeepschaal",
        "douchegel",
    ],
    things: &[
        "bathrobe",
        "towel",
        "soap bar",
        "bath mat",
        "toiletry bag",
        "body lotion",
    ],
    garments: &["badjas", "kimono", "pyjama"],
    takes_every_text: false,
    volume_permille: 55,
    authors: 120,
    answers: false,
};
