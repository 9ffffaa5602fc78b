//! Words that name an aspect: beginnings of words, in Dutch and English.
//!
//! Dutch writes compounds in one word, so that few whole words repeat; the
//! beginnings do: *bezorgkosten*, *bezorger*, *bezorgd*. The list is this
//! project's own. The model learns how far to trust a cue of each aspect.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mention::Aspect;

use crate::hash::word_hash;
use crate::lexicon::{Lexicon, LexiconEntry, hash_of};

/// Shortest and longest beginning that is looked up, bytes. A shorter word counts
/// as its own beginning.
const BYTES: std::ops::RangeInclusive<usize> = 3..=9;

/// Beginnings of words by aspect; one with `$` is the whole word.
const CUES: &[(Aspect, &str)] = &[
    (
        Aspect::Delivery,
        "bezorg lever verzend verzond verstuur pakket pakje pakke$ pakske koerier track onderweg thuisbezo \
         brievenbus vertraging vertraag deliver shipp shipment courier parcel package dispatch arriv delay \
         late$ laat$",
    ),
    (
        Aspect::Price,
        "prijs prijz duur$ dure$ duurder goedko kost$ kosten$ euro korting tarief tarieve afzet woeker opslag \
         aanbieding betaalbaar verhog price pricing expens cheap cost discount overpriced fee$ fees$ afford",
    ),
    (
        Aspect::Quality,
        "kwalite kapot stuk$ defect gebroken scheur smaak smaakt lekker vies$ bedorven slijt materiaal \
         stevig versleten krimp verkleur schimmel beschadig quality broke broken defect faulty taste tasty \
         damaged flimsy sturdy durable",
    ),
    (
        Aspect::Service,
        "klantenserv klantend service helpdesk personeel medewerk bediening behulpz onbeleefd onvriende \
         vriendelijk wachtrij telefon antwoord reactie reageer gebeld bellen$ chatbot chat$ wachtmuziek staff \
         support helpful rude$ respon reply$ agent",
    ),
    (
        Aspect::Returns,
        "retour terugst terugge terugbeta ruilen$ omruil geruild herroep return refund exchange",
    ),
    (
        Aspect::Payment,
        "betaal$ betalen$ betaling betaald ideal$ incasso factuur facture rekening afgeschreven afschrij \
         creditcard tikkie klarna aanmaning pinnen$ pinnet pay$ payment paid$ invoice billing charged billed",
    ),
    (
        Aspect::App,
        "app$ apps$ website site$ webshop inlog ingelog login crash update wachtwoord account scherm knop \
         storing laadt$ laden$ bug$ bugs$ offline password log$ glitch interface",
    ),
    (
        Aspect::Stock,
        "voorraad uitverkocht leverbaar schappen$ schap$ leeg$ lege$ tekort nalever stock$ restock sold$ shelf \
         shelves unavailable available",
    ),
    (
        Aspect::Ethics,
        "milieu duurzaam plastic kinderarb uitbuit discrimin racis klimaat staking staak ontsla vakbond dieren \
         dierenl greenwash fraude belasting ethic sustainab climate child racist exploit sweatshop union$ layoff",
    ),
    (
        Aspect::Privacy,
        "privacy datalek gegevens$ persoonsgeg avg$ gdpr cookie toestemming gehackt hack phishing spam \
         camera data$ leak breach tracking$ personal$",
    ),
    (
        Aspect::Store,
        "winkel filiaal kassa parkeer openingst paskamer vestiging zelfscan toilet rijen$ rij$ balie store$ \
         stores$ shop$ checkout parking branch queue",
    ),
    (
        Aspect::Advert,
        "reclame advert spotje campagne influenc folder sponsor nieuwsbrief commercial clickbait ad$ ads$ \
         promo marketing campaign newsletter billboard",
    ),
];

/// Mark of a beginning and of a whole word beside the number of the aspect.
const BEGINNING: i8 = 0;
const WHOLE: i8 = 1;

static TABLE: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut entries = BTreeMap::new();
    for (number, (_, cues)) in (1_i8..).zip(CUES) {
        for cue in cues.split_whitespace() {
            let (cue, mark) = match cue.strip_suffix('$') {
                Some(cue) => (cue, WHOLE),
                None => (cue, BEGINNING),
            };
            entries.insert(hash_of(cue), [number, mark, 0]);
        }
    }
    let entries = entries.into_iter();
    let entries = entries.map(|(hash, valences)| LexiconEntry { hash, valences });
    Lexicon::new(&entries.collect::<Vec<_>>())
});

/// The aspects that a word names, one bit each in the order of [`Aspect::ALL`].
pub(crate) fn of_word(word: &[u8]) -> u16 {
    let mut found = 0;
    for length in *BYTES.start()..=word.len().min(*BYTES.end()) {
        if let Some([number, mark, _]) = TABLE.find(word_hash(&word[..length]))
            && (mark == BEGINNING || length == word.len())
        {
            found |= 1 << (number - 1);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_follows_the_order_of_the_aspects() {
        let listed: Vec<Aspect> = CUES.iter().map(|(aspect, _)| *aspect).collect();
        assert_eq!(listed, Aspect::ALL);
    }

    #[test]
    fn every_cue_is_short_enough_to_be_found() {
        for cue in CUES.iter().flat_map(|(_, cues)| cues.split_whitespace()) {
            let word = cue.trim_end_matches('$');
            assert!(of_word(word.as_bytes()) > 0, "{cue}");
        }
    }

    #[test]
    fn compounds_are_found_by_their_beginning() {
        assert_eq!(of_word(b"bezorgkosten"), 1);
        assert_eq!(of_word(b"appel"), 0);
    }
}
