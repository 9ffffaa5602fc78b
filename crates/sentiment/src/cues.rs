//! Words that name an aspect: beginnings of words, in Dutch and English.
//!
//! Dutch writes compounds in one word, so that few whole words repeat; the
//! beginnings do: *bezorgkosten*, *bezorger*, *bezorgd*. The list is this
//! project's own. The model learns how far to trust a cue of each aspect.

use std::sync::LazyLock;

use mention::Aspect;

use crate::hash::{GOLDEN, upper};

/// Beginnings of words by aspect; one with `$` is the whole word.
const CUES: &[(Aspect, &str)] = &[
    (
        Aspect::Delivery,
        "bezorg lever verzend verzond verstuur pakket pakje pakke$ pakske koerier track onderweg thuisbez \
         brievenb vertragi vertraag deliver shipp shipment courier parcel package dispatch arriv delay \
         late$ laat$",
    ),
    (
        Aspect::Price,
        "prijs prijz duur$ dure$ duurder goedko kost$ kosten$ euro korting tarief tarieve afzet woeker opslag \
         aanbiedi betaalba verhog price pricing expens cheap cost discount overpric fee$ fees$ afford",
    ),
    (
        Aspect::Quality,
        "kwalite kapot stuk$ defect gebroken scheur smaak smaakt lekker vies$ bedorven slijt materiaa \
         stevig verslete krimp verkleur schimmel beschadi quality broke broken defect faulty taste tasty \
         damaged flimsy sturdy durable",
    ),
    (
        Aspect::Service,
        "klantens klantend service helpdesk personee medewerk bedienin behulpz onbeleef onvriend \
         vriendel wachtrij telefon antwoord reactie reageer gebeld bellen$ chatbot chat$ wachtmuz staff \
         support helpful rude$ respon reply$ agent",
    ),
    (
        Aspect::Returns,
        "retour terugst terugge terugbet ruilen$ omruil geruild herroep return refund exchange",
    ),
    (
        Aspect::Payment,
        "betaal$ betalen$ betaling betaald ideal$ incasso factuur facture rekening afgeschr afschrij \
         creditca tikkie klarna aanmanin pinnen$ pinnet pay$ payment paid$ invoice billing charged billed",
    ),
    (
        Aspect::App,
        "app$ apps$ website site$ webshop inlog ingelog login crash update wachtwoo account scherm knop \
         storing laadt$ laden$ bug$ bugs$ offline password log$ glitch interfac",
    ),
    (
        Aspect::Stock,
        "voorraad uitverko leverbaa schappen$ schap$ leeg$ lege$ tekort nalever stock$ restock sold$ shelf \
         shelves unavaila availabl",
    ),
    (
        Aspect::Ethics,
        "milieu duurzaam plastic kinderar uitbuit discrimi racis klimaat staking staak ontsla vakbond dieren \
         dierenl greenwas fraude belastin ethic sustaina climate child racist exploit sweatsho union$ layoff",
    ),
    (
        Aspect::Privacy,
        "privacy datalek gegevens$ persoons avg$ gdpr cookie toestemm gehackt hack phishing spam \
         camera data$ leak breach tracking$ personal$",
    ),
    (
        Aspect::Store,
        "winkel filiaal kassa parkeer openings paskamer vestigin zelfscan toilet rijen$ rij$ balie store$ \
         stores$ shop$ checkout parking branch queue",
    ),
    (
        Aspect::Advert,
        "reclame advert spotje campagne influenc folder sponsor nieuwsbr commerci clickbai ad$ ads$ \
         promo marketin campaign newslett billboar",
    ),
];

/// The cues that begin with the same letters.
#[derive(Debug, Clone, Copy, Default)]
struct Cue {
    /// The letters, in the order of their bytes; 0 marks an empty slot.
    letters: u64,
    /// Aspects of words that begin so.
    beginning: u16,
    /// Aspects of the word that is no longer.
    whole: u16,
}

/// An open-addressed table of cues. Few words begin as a cue does, so the first
/// two letters are looked up before anything else.
#[derive(Debug)]
struct Table {
    slots: Vec<Cue>,
    beginnings: Vec<bool>,
}

/// log2 of the number of slots, four times the number of cues.
const BITS: u32 = 11;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        slots: vec![Cue::default(); 1 << BITS],
        beginnings: vec![false; 1 << 16],
    };
    for (number, (_, cues)) in CUES.iter().enumerate() {
        for cue in cues.split_whitespace() {
            table.insert(cue, 1 << number);
        }
    }
    table
});

impl Table {
    fn insert(&mut self, cue: &str, aspect: u16) {
        let word = cue.trim_end_matches('$').as_bytes();
        let mut block = [0; 8];
        block[..word.len()].copy_from_slice(word);
        let letters = u64::from_le_bytes(block);
        self.beginnings[first_two(letters)] = true;
        let at = self.slot(letters);
        let slot = &mut self.slots[at];
        slot.letters = letters;
        if cue.ends_with('$') {
            slot.whole |= aspect;
        } else {
            slot.beginning |= aspect;
        }
    }

    /// Where these letters are, or would be. Most slots are empty, so the search ends.
    fn slot(&self, letters: u64) -> usize {
        let mask = (1 << BITS) - 1;
        let mut at = (upper(letters.wrapping_mul(GOLDEN)) >> (32 - BITS)) as usize;
        while self.slots[at].letters != 0 && self.slots[at].letters != letters {
            at = (at + 1) & mask;
        }
        at
    }
}

const fn first_two(letters: u64) -> usize {
    (letters & 0xFFFF) as usize
}

/// The aspects that a word names, one bit each in the order of [`Aspect::ALL`].
/// `block` is its first eight bytes, `length` how many bytes it has.
pub(crate) fn of_word(block: u64, length: usize) -> u16 {
    let mut found = 0;
    if length < 2 || !TABLE.beginnings[first_two(block)] {
        return found;
    }
    for n in 2..=length.min(8) {
        let letters = block & (u64::MAX >> (64 - 8 * n));
        let cue = &TABLE.slots[TABLE.slot(letters)];
        found |= cue.beginning;
        if n == length {
            found |= cue.whole;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(word: &str) -> u16 {
        let mut block = [0; 8];
        let first = word.len().min(8);
        block[..first].copy_from_slice(&word.as_bytes()[..first]);
        of_word(u64::from_le_bytes(block), word.len())
    }

    #[test]
    fn the_list_follows_the_order_of_the_aspects() {
        let listed: Vec<Aspect> = CUES.iter().map(|(aspect, _)| *aspect).collect();
        assert_eq!(listed, Aspect::ALL);
    }

    #[test]
    fn every_cue_is_found() {
        for (number, (_, cues)) in CUES.iter().enumerate() {
            for cue in cues.split_whitespace() {
                let word = cue.trim_end_matches('$');
                assert!(word.len() <= 8, "{cue}");
                assert!(named(word) >> number & 1 == 1, "{cue}");
                assert!(
                    cue.ends_with('$') || named(&format!("{word}x")) != 0,
                    "{cue}"
                );
            }
        }
    }

    #[test]
    fn compounds_are_found_by_their_beginning() {
        assert_eq!(named("bezorgkosten"), 1);
        assert_eq!(named("appel"), 0);
        assert_eq!(named("a"), 0);
    }
}
