//! Which language a post is in.
//!
//! Three sources, the cheap and sure one first: function words that only Dutch
//! or only English has, the letters (by [`whichlang`](https://docs.rs/whichlang),
//! sixteen languages), and the platform's word. Platforms call short Dutch posts
//! German or Afrikaans, and whichlang guesses where there are few letters, so
//! neither alone decides.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::Model;
use crate::lexicon::{Lexicon, LexiconEntry, hash_of};
use crate::token::{Token, TokenKind, Tokens};

/// What the scorer makes of the language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Language {
    /// BCP 47; `und` if there is nothing to tell it by.
    pub(crate) name: &'static str,
    /// Share of English, 0–1, if the model can read it; the rest is Dutch.
    pub(crate) english: Option<f32>,
}

/// Words of Dutch that neither English, German, French nor Spanish writes so,
/// most frequent first; with Flemish and chat spellings.
const DUTCH: &str = "het een niet ik je dat van voor maar ook met zijn nog wel naar heb deze bij \
    geen jullie hebben moet moeten kan zo uit aan zou weer heel gewoon omdat mijn mij ons onze \
    deze dit wordt worden werd gaat gaan doen doet toch meer veel altijd nooit niks alles iets \
    iemand niemand waar waarom wanneer wie hoe welke hij zij ze wij jij jou jouw hun hen haar ik \
    hem dus dan toen daar hier eens echt goed goede slecht slechte nieuwe eerste laatste vandaag \
    gisteren morgen bijna sinds tijdens zonder tussen tegen onder boven achter binnen buiten \
    zeker misschien eigenlijk blijkbaar helaas graag bedankt dank weken dagen uur jaar keer \
    krijg krijgen kreeg gekregen komt komen kwam gekomen zegt zeggen zei gezegd wil willen wilde \
    weet weten wist kun kunt kunnen kon zal zullen zult mag mogen besteld bestelling bezorgd \
    bezorging pakket klantenservice klant klanten winkel geld prijs duur goedkoop mooi mooie \
    leuk leuke lekker lekkere fijn fijne blij snel snelle langzaam kapot wacht wachten staat \
    staan zit zitten ligt liggen iedereen elke ieder alle alleen samen steeds vaak soms nou \
    joh hoor ofzo enzo idd mss ff wa da nie ge gij ne uw u't 't 'n m'n z'n d'r zeer erg vond \
    vind vinden vindt gevonden maak maakt maken gemaakt laat laten heeft hebt had hadden \
    geweest waren bent ben jaren mensen";

/// Words of English that Dutch, German, French and Spanish don't write so.
const ENGLISH: &str = "the and you for this that with have are not but my your they what just of it \
    it's i'm to be been being from at or an as by his she her our their them there here when \
    where why who how which would could should will won't can't don't didn't doesn't isn't wasn't \
    does did has had having than then too very really about into out up down over after before \
    again more most some any all only even still never always every everyone nothing something \
    anyone someone i've i'll you're we're they're let's get got getting go going goes gone come \
    coming came make makes made making take takes took thanks thank please great good bad worst \
    better love hate day days week weeks time today tomorrow yesterday because if like know \
    think want need use used new first last people service customer delivery order ordered \
    waiting money price store shop were these those much many so happy no one u ur im dont cant \
    gonna wanna";

/// Words of the languages that are most like Dutch and English to a reader of
/// letters, and that neither of the two writes so.
const FOREIGN: &[&str] = &[
    "ich und nicht das ist ein eine einen der den dem mit auf für auch sich wie noch nur \
        aber wenn oder hat habe haben wir ihr sie es sind war wird werden kann zum zur vom beim \
        sehr schon mehr immer wieder kein keine mein meine nach bei seit über danke leider",
    "nie ek het julle hulle jy vir baie wees hierdie daardie ons dit word sal gaan my",
    "le les des est et je tu nous vous ils elle une pas pour dans sur avec ce cette mais \
        que qui sont très trop c'est j'ai n'est d'un merci toujours jamais livraison commande \
        jour bien plus mon ma mes votre chez tout",
    "el los las es y yo no una por para con del pero que muy como está esta este mi tu su \
        se lo al más gracias nunca siempre todo pedido servicio",
];

/// Which lists have a word, as bits.
const DUTCH_ONLY: i8 = 1;
const ENGLISH_ONLY: i8 = 2;
const FOREIGN_ONLY: i8 = 4;

/// The lists of function words, as one table from word to bits.
static LISTS: LazyLock<Lexicon> = LazyLock::new(|| {
    let foreign = FOREIGN.iter().map(|&words| (FOREIGN_ONLY, words));
    let lists = [(DUTCH_ONLY, DUTCH), (ENGLISH_ONLY, ENGLISH)];
    let mut entries: BTreeMap<u32, i8> = BTreeMap::new();
    for (bit, words) in lists.into_iter().chain(foreign) {
        for word in words.split_whitespace() {
            *entries.entry(hash_of(word)).or_default() |= bit;
        }
    }
    let entries = entries.into_iter().map(|(hash, bits)| LexiconEntry {
        hash,
        valences: [bits, 0, 0],
    });
    Lexicon::new(&entries.collect::<Vec<_>>())
});

/// Words of a post by language.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    words: f32,
    dutch: f32,
    english: f32,
    foreign: f32,
}

/// Tells the language of a post from its tokens, its text and the platform's hint.
pub(crate) fn identify(tokens: &Tokens, text: &str, hint: Option<&str>, model: &Model) -> Language {
    let hint = hint.map(primary).filter(|hint| !hint.is_empty());
    let counts = count(tokens);
    if counts.words < 1.0 {
        return wordless(hint);
    }
    let sure = counts.dutch.max(counts.english) >= 2.0;
    if sure && counts.foreign * 2.0 <= counts.dutch.max(counts.english) {
        return mixture(counts.dutch, counts.english);
    }
    weigh(counts, tokens, by_letters(text), hint, model)
}

/// The language part of a BCP 47 tag: `nl` of `nl-BE`.
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or_default()
}

fn words(tokens: &Tokens) -> impl Iterator<Item = &Token> {
    let is_word = |token: &&Token| matches!(token.kind, TokenKind::Word);
    tokens.list().iter().filter(is_word)
}

fn count(tokens: &Tokens) -> Counts {
    let mut counts = Counts::default();
    for token in words(tokens) {
        counts.words += 1.0;
        match LISTS.find(token.hash) {
            Some([DUTCH_ONLY, ..]) => counts.dutch += 1.0,
            Some([ENGLISH_ONLY, ..]) => counts.english += 1.0,
            Some([FOREIGN_ONLY, ..]) => counts.foreign += 1.0,
            _ => {}
        }
    }
    counts
}

/// Emoji alone are read in either language.
fn wordless(hint: Option<&str>) -> Language {
    match hint {
        Some("nl") => pure(0.0),
        Some("en") => pure(1.0),
        _ => Language {
            name: "und",
            english: Some(0.5),
        },
    }
}

const fn pure(english: f32) -> Language {
    Language {
        name: if english > 0.5 { "en" } else { "nl" },
        english: Some(english),
    }
}

/// Both languages count if each has two words and a quarter of the evidence.
fn mixture(dutch: f32, english: f32) -> Language {
    let share = english / (dutch + english);
    let name = pure(share).name;
    let mixed = dutch >= 2.0 && english >= 2.0 && (0.25..=0.75).contains(&share);
    Language {
        name,
        english: Some(if mixed { share } else { share.round() }),
    }
}

/// Weighs all sources where function words alone don't decide. The letters of a
/// few words say little; the weights were set on the training texts.
fn weigh(
    counts: Counts,
    tokens: &Tokens,
    letters: &'static str,
    hint: Option<&str>,
    model: &Model,
) -> Language {
    let by_letters = (counts.words / 4.0).clamp(0.6, 1.6);
    let (opinion_dutch, opinion_english) = opinions(tokens, model);
    let of = |name: &str, function_words: f32, opinion_words: f32| {
        let letters = if letters == name { by_letters } else { 0.0 };
        let hinted = if hint == Some(name) { 1.0 } else { 0.0 };
        function_words + 0.7 * opinion_words + letters + hinted
    };
    let dutch = of("nl", counts.dutch, opinion_dutch);
    let english = of("en", counts.english, opinion_english);
    let foreign_letters = !matches!(letters, "nl" | "en");
    let foreign_hint = hint.is_some_and(|hint| !matches!(hint, "nl" | "en" | "und" | "af" | "qme"));
    let foreign = counts.foreign
        + if foreign_letters { by_letters } else { 0.0 }
        + if foreign_hint { 0.8 } else { 0.0 };
    if foreign > dutch.max(english) {
        return Language {
            name: if foreign_letters { letters } else { "und" },
            english: None,
        };
    }
    pure(if english > dutch { 1.0 } else { 0.0 })
}

/// Words that only the Dutch, or only the English lexicons have.
fn opinions(tokens: &Tokens, model: &Model) -> (f32, f32) {
    let mut found = (0.0, 0.0);
    for token in words(tokens) {
        let dutch = model.dutch().lexicon.find(token.hash).is_some();
        let english = model.english().lexicon.find(token.hash).is_some();
        match (dutch, english) {
            (true, false) => found.0 += 1.0,
            (false, true) => found.1 += 1.0,
            _ => {}
        }
    }
    found
}

/// The BCP 47 name of the language that the letters suggest.
fn by_letters(text: &str) -> &'static str {
    match whichlang::detect_language(text) {
        whichlang::Lang::Nld => "nl",
        whichlang::Lang::Eng => "en",
        whichlang::Lang::Ara => "ar",
        whichlang::Lang::Cmn => "zh",
        whichlang::Lang::Deu => "de",
        whichlang::Lang::Fra => "fr",
        whichlang::Lang::Hin => "hi",
        whichlang::Lang::Ita => "it",
        whichlang::Lang::Jpn => "ja",
        whichlang::Lang::Kor => "ko",
        whichlang::Lang::Por => "pt",
        whichlang::Lang::Rus => "ru",
        whichlang::Lang::Spa => "es",
        whichlang::Lang::Swe => "sv",
        whichlang::Lang::Tur => "tr",
        whichlang::Lang::Vie => "vi",
    }
}
