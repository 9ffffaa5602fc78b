//! Filling the slots of a text.
//!
//! `{merk}` the brand, `{product}` a thing it sells, `{kleding}` a garment, `{stad}` a
//! town in the Netherlands, `{stadbe}` one in Flanders, `{dag}` a weekday, `{dagen}` a
//! number, `{prijs}` an amount in euros, `{bezorger}` an invented carrier, `{naam}` the
//! first name an employee signs with; in English texts `{thing}`, `{day}` and `{number}`.

use mention::Platform;

use crate::brand::Brand;
use crate::rng::Rng;

const TOWNS: &[&str] = &[
    "Utrecht",
    "Groningen",
    "Tilburg",
    "Zwolle",
    "Nijmegen",
    "Almere",
    "Leiden",
    "Den Bosch",
    "Haarlem",
    "Apeldoorn",
    "Venlo",
    "Breda",
    "Middelburg",
    "Hoorn",
    "Amersfoort",
    "Leeuwarden",
    "Rotterdam",
    "Deventer",
    "Assen",
    "Eindhoven",
];
const FLEMISH_TOWNS: &[&str] = &[
    "Gent",
    "Mechelen",
    "Leuven",
    "Hasselt",
    "Antwerpen",
    "Kortrijk",
    "Turnhout",
    "Aalst",
];
const DAYS: &[&str] = &[
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
];
const NUMBERS: &[&str] = &[
    "twee", "drie", "vier", "vijf", "zes", "acht", "3", "4", "5", "6",
];
const ENGLISH_DAYS: &[&str] = &["Monday", "Tuesday", "Thursday", "Friday", "Saturday"];
const ENGLISH_NUMBERS: &[&str] = &["two", "three", "four", "five", "3", "4", "6"];
const CARRIERS: &[&str] = &["Kwikzak", "Doosvogel", "Bezorgbij", "Pakraaf"];
const FIRST_NAMES: &[&str] = &["Noor", "Jip", "Fenna", "Mees", "Bram"];

/// `template` with a word in every slot; an unknown slot is left as it stands.
pub(crate) fn fill(template: &str, brand: &Brand, platform: Platform, rng: &mut Rng) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((slot, after)) = behind.split_once('}') else {
            filled.push('{');
            rest = behind;
            break;
        };
        push_word(&mut filled, slot, brand, platform, rng);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn push_word(filled: &mut String, slot: &str, brand: &Brand, platform: Platform, rng: &mut Rng) {
    let one_of = |words: &[&'static str], rng: &mut Rng| words[rng.index(words.len())];
    match slot {
        "merk" => filled.push_str(&brand_name(brand, platform, rng)),
        "product" => filled.push_str(one_of(brand.products, rng)),
        "kleding" => filled.push_str(one_of(brand.garments, rng)),
        "stad" => filled.push_str(one_of(TOWNS, rng)),
        "stadbe" => filled.push_str(one_of(FLEMISH_TOWNS, rng)),
        "dag" => filled.push_str(one_of(DAYS, rng)),
        "dagen" => filled.push_str(one_of(NUMBERS, rng)),
        "prijs" => filled.push_str(&price(rng)),
        "bezorger" => filled.push_str(one_of(CARRIERS, rng)),
        "thing" => filled.push_str(one_of(brand.things, rng)),
        "day" => filled.push_str(one_of(ENGLISH_DAYS, rng)),
        "number" => filled.push_str(one_of(ENGLISH_NUMBERS, rng)),
        "naam" => filled.push_str(one_of(FIRST_NAMES, rng)),
        unknown => filled.push_str(&format!("{{{unknown}}}")),
    }
}

/// The brand as people write it: its account where there is one to call.
fn brand_name(brand: &Brand, platform: Platform, rng: &mut Rng) -> String {
    let calls_accounts = matches!(
        platform,
        Platform::X | Platform::Bluesky | Platform::Instagram | Platform::Tiktok
    );
    match rng.below(10) {
        0..5 if calls_accounts => format!("@{}", brand.slug),
        5..8 if calls_accounts => brand.slug.to_owned(),
        _ => brand.name.to_owned(),
    }
}

/// 12,95 to 249,95, small amounts more often; sometimes a round one.
fn price(rng: &mut Rng) -> String {
    let top = if rng.chance(700) { 79 } else { 249 };
    let euros = rng.between(12, top);
    if rng.chance(400) {
        euros.to_string()
    } else {
        format!("{euros},95")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::{PLUIMVOS, ZEEGROEN};
    use crate::texts::Category;

    #[test]
    fn no_text_of_the_pool_keeps_a_slot() {
        let mut rng = Rng::new(1);
        for entry in Category::ALL.iter().flat_map(|one| one.entries()) {
            let text = fill(entry.text, &PLUIMVOS, Platform::X, &mut rng);
            assert!(!text.contains(['{', '}']), "{text}");
        }
    }

    #[test]
    fn what_is_no_slot_stays() {
        let mut rng = Rng::new(1);
        let mut fill = |text| fill(text, &ZEEGROEN, Platform::Forum, &mut rng);
        assert_eq!(fill("{merk} is {wat}"), "Zeegroen is {wat}");
        assert_eq!(fill("open {"), "open {");
    }
}
