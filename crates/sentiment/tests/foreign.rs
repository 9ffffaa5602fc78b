//! Texts in other languages never count as negative, and Dutch and English ones
//! are told from them.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use mention::Abstention;
use sentiment::{Model, Post, Scorer};

/// Complaints in languages that the model doesn't read.
const FOREIGN: &[&str] = &[
    "Das Paket ist schon wieder nicht angekommen, der Kundenservice ist eine Katastrophe",
    "Nie wieder bestelle ich dort, absolut schlechter Service und keine Antwort auf meine Mails",
    "Ich warte seit drei Wochen auf meine Bestellung und niemand geht ans Telefon!",
    "Leider schon nach zwei Tagen kaputt, sehr enttäuscht",
    "Le colis n'est jamais arrivé et le service client ne répond pas, c'est honteux",
    "Très déçue de ma commande, la qualité est vraiment mauvaise",
    "Je ne commanderai plus jamais chez vous, quelle horreur",
    "El pedido llegó roto y nadie contesta al teléfono, una vergüenza",
    "Pésimo servicio, llevo tres semanas esperando mi paquete",
    "O produto chegou quebrado e o atendimento é horrível, nunca mais compro",
    "Il pacco non è mai arrivato e il servizio clienti è terribile",
    "Kargom hala gelmedi, müşteri hizmetleri berbat, bir daha asla",
    "Paketet kom aldrig fram och kundtjänsten är helt värdelös",
    "Посылка так и не пришла, ужасный сервис",
    "配達がまだ来ない、最悪のサービスです",
    "快递一直没到，客服太差了",
    "الطلب لم يصل وخدمة العملاء سيئة جدا",
];

const DUTCH: &[&str] = &[
    "Schandalig, weer geen pakket",
    "wat een drama bij de klantenservice",
    "top geregeld!",
    "Lekker bezig hoor 👏",
    "Waar blijft m'n bestelling??",
    "Ik ben klaar met dit bedrijf",
    "Amai, da's snel geleverd, merci!",
    "Kwil mijn geld terug",
    "Waardeloos",
    "Bedankt voor de snelle reactie",
    "Prijs weer verhoogd",
    "In de winkel was het een bende",
    "App doet het niet meer sinds de update",
    "Blij mee",
    "Never again, wat een slechte service hebben jullie",
    "@zonnewinkel is er een storing?",
];

const ENGLISH: &[&str] = &[
    "Where is my order??",
    "Terrible service",
    "Love it!",
    "worst app ever",
    "Thanks for the quick reply",
    "My parcel is late again",
    "Great prices, friendly staff",
    "Is the store open on Sunday?",
    "Still waiting...",
    "@sunnyshop your website is down",
    "Broken after two days",
    "Never ordering here again",
];

fn scorer() -> Scorer {
    Scorer::new(Arc::new(Model::embedded().unwrap()))
}

#[test]
fn foreign_texts_never_count_as_negative() {
    let mut scorer = scorer();
    for text in FOREIGN {
        let score = scorer.score(&Post::new(text));
        let unsupported = Some(Abstention::UnsupportedLanguage);
        assert_eq!(score.abstained, unsupported, "{text}: {}", score.lang);
        assert!(!score.is_negative());
        assert!(score.aspects.is_empty(), "{text}");
    }
}

/// Too short to name the language: they still never count as negative.
const FOREIGN_SHORT: &[&str] = &[
    "Sehr schlecht!",
    "Nie wieder",
    "Muy malo",
    "Très déçu",
    "Pessimo servizio",
    "Çok kötü",
    "最悪",
    "ужас",
    "Völlig kaputt",
    "C'est nul",
];

#[test]
fn short_foreign_texts_never_count_as_negative() {
    let mut scorer = scorer();
    for text in FOREIGN_SHORT {
        let score = scorer.score(&Post::new(text));
        assert!(!score.is_negative(), "{text}: {score:?}");
    }
}

#[test]
fn short_dutch_and_english_texts_are_recognised() {
    let mut scorer = scorer();
    let mut wrong = Vec::new();
    for (lang, texts) in [("nl", DUTCH), ("en", ENGLISH)] {
        for text in texts {
            let told = scorer.score(&Post::new(text)).lang;
            if told.as_str() != lang {
                wrong.push((text, told));
            }
        }
    }
    assert!(wrong.len() <= 1, "{wrong:?}");
}

#[test]
fn a_wrong_word_of_the_platform_does_not_hide_a_complaint() {
    let mut scorer = scorer();
    for hint in ["de", "af", "und", "zxx", ""] {
        let text = "Ik wacht al drie weken op mijn pakket en niemand neemt op, schandalig";
        let score = scorer.score(&Post {
            lang: Some(hint),
            ..Post::new(text)
        });
        assert_eq!(score.lang.as_str(), "nl", "{hint}");
        assert!(score.is_negative(), "{hint}");
    }
}

#[test]
fn posts_in_both_languages_are_read_in_both() {
    let mut scorer = scorer();
    for text in [
        "Bestelling kwam drie dagen te laat and the customer service was terrible, never again",
        "wat een slechte app, it keeps crashing every time and nobody from support answers",
    ] {
        let score = scorer.score(&Post::new(text));
        assert!(score.is_negative(), "{text}: {score:?}");
    }
    let score = scorer.score(&Post::new(
        "echt een hele fijne winkel, I love this place so much",
    ));
    assert_eq!(score.label, mention::Label::Positive);
}
