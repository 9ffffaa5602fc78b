//! The words of the pages, in English and Dutch.

use mention::{ClosedBecause, SpikeKind};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Dutch.
    Nl,
}

impl Lang {
    /// The language of that code.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::En),
            "nl" => Some(Self::Nl),
            _ => None,
        }
    }

    /// The code, as in the attribute `lang`.
    pub(crate) const fn code(self) -> &'static str {
        self.or("en", "nl")
    }

    /// The one of the two that is in this language.
    pub(crate) const fn or<'a>(self, english: &'a str, dutch: &'a str) -> &'a str {
        match self {
            Self::En => english,
            Self::Nl => dutch,
        }
    }

    /// The best language for an `Accept-Language` header: the one of ours with the highest
    /// weight, the first of equals; English if it names none.
    pub(crate) fn accepted(header: &str) -> Self {
        let mut best = (Self::En, 0.0);
        // Nobody speaks more languages than this; a header may be long.
        for part in header.split(',').take(20) {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight = weight.trim().parse::<f64>().unwrap_or(0.0);
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let lang = Self::from_code(&primary.to_ascii_lowercase());
            if let Some(lang) = lang.filter(|_| weight > best.1) {
                best = (lang, weight);
            }
        }
        best.0
    }

    /// A count with its thousands set apart.
    pub fn number(self, count: u64) -> String {
        let digits = count.to_string();
        let mut out = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push_str(self.or(",", "."));
            }
            out.push(digit);
        }
        out
    }

    /// A large count as people say it: `41 thousand`, two digits at most.
    pub(crate) fn about(self, count: u64) -> String {
        match count {
            0..10_000 => self.number(count),
            10_000..1_000_000 => format!("{} {}", count / 1_000, self.or("thousand", "duizend")),
            _ => {
                let (whole, tenth) = (count / 1_000_000, count / 100_000 % 10);
                let point = self.or(".", ",");
                format!("{whole}{point}{tenth} {}", self.or("million", "miljoen"))
            }
        }
    }

    /// A part of one as a percentage without decimals.
    pub(crate) fn percent(self, part: f64) -> String {
        format!("{:.0}{}", part * 100.0, self.or("%", "\u{a0}%"))
    }

    /// A number with one decimal.
    pub fn decimal(self, value: f64) -> String {
        format!("{value:.1}").replace('.', self.or(".", ","))
    }
}

/// A word for a severity of 1 to 5.
pub(crate) const fn severity(lang: Lang, severity: u8) -> &'static str {
    match severity {
        0 | 1 => lang.or("notable", "opvallend"),
        2 => lang.or("raised", "verhoogd"),
        3 => lang.or("serious", "ernstig"),
        4 => lang.or("severe", "zwaar"),
        _ => lang.or("crisis", "crisis"),
    }
}

/// What a spike is called.
pub(crate) const fn kind(lang: Lang, kind: SpikeKind) -> &'static str {
    match kind {
        SpikeKind::ComplaintWave => lang.or("Wave of complaints", "Golf klachten"),
        SpikeKind::ViralThread => lang.or("A post that spreads", "Bericht dat rondgaat"),
        SpikeKind::Influencer => lang.or("Large account", "Groot account"),
        SpikeKind::Coordinated => lang.or("Copies in step", "Kopieën in de maat"),
        SpikeKind::Campaign => lang.or("More mentions, usual mood", "Drukte, gewone stemming"),
        SpikeKind::PlatformShift => lang.or("Platform changed", "Platform veranderde"),
        SpikeKind::InputFault => lang.or("Missing data", "Ontbrekende gegevens"),
    }
}

/// What a spike says of its brand, in a sentence that stands alone.
pub(crate) fn headline(lang: Lang, kind: SpikeKind, brand: &str, is_open: bool) -> String {
    let (english, dutch) = match (kind, is_open) {
        (SpikeKind::ComplaintWave, true) => (
            "Complaints about {} are rising",
            "Klachten over {} nemen toe",
        ),
        (SpikeKind::ComplaintWave, false) => {
            ("Complaints about {} rose", "Klachten over {} namen toe")
        }
        (SpikeKind::ViralThread, true) => (
            "A negative post about {} is spreading",
            "Een negatief bericht over {} gaat rond",
        ),
        (SpikeKind::ViralThread, false) => (
            "A negative post about {} spread",
            "Een negatief bericht over {} ging rond",
        ),
        (SpikeKind::Influencer, _) => (
            "A large account is negative about {}",
            "Een groot account is negatief over {}",
        ),
        (SpikeKind::Coordinated, _) => (
            "Copies of one text about {}",
            "Kopieën van één tekst over {}",
        ),
        (SpikeKind::Campaign, _) => (
            "More mentions of {} in the usual mood",
            "Meer berichten over {} in de gewone stemming",
        ),
        (SpikeKind::PlatformShift, _) => (
            "A platform changed for {} and others at once",
            "Een platform veranderde voor {} en andere tegelijk",
        ),
        (SpikeKind::InputFault, _) => (
            "Mentions of {} are missing or came late",
            "Berichten over {} ontbreken of kwamen te laat",
        ),
    };
    lang.or(english, dutch).replace("{}", brand)
}

/// What to do now, most urgent first.
pub(crate) const fn advice(lang: Lang, kind: SpikeKind) -> [&'static str; 3] {
    match kind {
        SpikeKind::ComplaintWave => [
            lang.or(
                "Read the examples below: is there one cause?",
                "Lees de voorbeelden hieronder: is er één oorzaak?",
            ),
            lang.or(
                "Warn the team that owns the cause.",
                "Waarschuw het team dat over de oorzaak gaat.",
            ),
            lang.or(
                "Publish one answer to point everybody to; largest reach first.",
                "Plaats één antwoord om naar te verwijzen; grootste bereik eerst.",
            ),
        ],
        SpikeKind::ViralThread | SpikeKind::Influencer => [
            lang.or(
                "Open the post and read it whole.",
                "Open het bericht en lees het helemaal.",
            ),
            lang.or(
                "Answer that one post, in public, with a person's name.",
                "Beantwoord dat ene bericht, openbaar, met een naam eronder.",
            ),
            lang.or(
                "Tell communications before it is shared further.",
                "Licht communicatie in voordat het verder gedeeld wordt.",
            ),
        ],
        _ => advice_on_notes(lang, kind),
    }
}

/// What to do about what calls nobody.
const fn advice_on_notes(lang: Lang, kind: SpikeKind) -> [&'static str; 3] {
    match kind {
        SpikeKind::Coordinated => [
            lang.or(
                "Nobody is called for this: copies count once.",
                "Hiervoor wordt niemand gebeld: kopieën tellen één keer.",
            ),
            lang.or(
                "Look whether ordinary customers complain as well.",
                "Kijk of er ook gewone klanten klagen.",
            ),
            lang.or(
                "Report the accounts to the platform if they are fake.",
                "Meld de accounts bij het platform als ze vals zijn.",
            ),
        ],
        SpikeKind::Campaign => [
            lang.or(
                "Nobody is called for this: the mood is as usual.",
                "Hiervoor wordt niemand gebeld: de stemming is gewoon.",
            ),
            lang.or(
                "Expect more questions than usual.",
                "Reken op meer vragen dan anders.",
            ),
            lang.or(
                "Announce campaigns ahead with [[event]].",
                "Kondig campagnes vooraf aan met [[event]].",
            ),
        ],
        SpikeKind::PlatformShift => [
            lang.or(
                "Nobody is called for this: other brands changed too.",
                "Hiervoor wordt niemand gebeld: andere merken veranderden ook.",
            ),
            lang.or(
                "Look at the platform's own status page.",
                "Kijk op de statuspagina van het platform.",
            ),
            lang.or(
                "Look whether the brand itself is named as the cause.",
                "Kijk of het merk zelf als oorzaak genoemd wordt.",
            ),
        ],
        // Missing data; kinds that call somebody have their own.
        _ => [
            lang.or(
                "Silence isn't calm: what is missing can't alarm.",
                "Stilte is geen rust: wat ontbreekt, geeft geen alarm.",
            ),
            lang.or(
                "Look at the connection to the source.",
                "Kijk naar de verbinding met de bron.",
            ),
            lang.or(
                "Look at the platform itself until it is back.",
                "Kijk op het platform zelf tot het terug is.",
            ),
        ],
    }
}

/// The runbook of a kind of spike; those that call nobody have none of their own.
pub(crate) fn runbook(kind: SpikeKind, platform: &str) -> &'static str {
    match kind {
        SpikeKind::ViralThread => "viral-thread.md",
        SpikeKind::Influencer => "influencer-negative.md",
        SpikeKind::InputFault => "source-silent.md",
        _ if platform != mention::Spike::ALL_PLATFORMS => "single-platform-spike.md",
        _ => "negative-spike.md",
    }
}

/// Why a spike is over.
pub(crate) const fn closed(lang: Lang, because: Option<ClosedBecause>) -> &'static str {
    match because {
        Some(ClosedBecause::Recovered) => lang.or("back to the usual", "weer als vanouds"),
        Some(ClosedBecause::NewNormal) => {
            lang.or("it had become the usual", "het was gewoon geworden")
        }
        Some(ClosedBecause::InputSilent) => lang.or("the input fell silent", "de invoer viel stil"),
        Some(ClosedBecause::Noted) => lang.or("noted after the fact", "achteraf opgemerkt"),
        None => lang.or("over", "voorbij"),
    }
}

/// A platform by the name it gives itself; names that aren't known stay as they are.
pub(crate) fn platform(lang: Lang, name: &str) -> &str {
    match name {
        mention::Spike::ALL_PLATFORMS => lang.or("all platforms", "alle platforms"),
        "x" => "X",
        "instagram" => "Instagram",
        "tiktok" => "TikTok",
        "facebook" => "Facebook",
        "youtube" => "YouTube",
        "pinterest" => "Pinterest",
        "linkedin" => "LinkedIn",
        "reddit" => "Reddit",
        "threads" => "Threads",
        "bluesky" => "Bluesky",
        "mastodon" => "Mastodon",
        "reviews" => lang.or("review sites", "reviewsites"),
        "forum" => lang.or("forums", "forums"),
        "news" => lang.or("news sites", "nieuwssites"),
        "other" => lang.or("other", "overig"),
        other => other,
    }
}

/// What a dimension of drivers asks.
pub(crate) fn dimension(lang: Lang, name: &str) -> &str {
    match name {
        "platform" => lang.or("Where", "Waar"),
        "kind" => lang.or("What people do", "Wat mensen doen"),
        "aspect" => lang.or("About what", "Waarover"),
        "language" => lang.or("Language", "Taal"),
        "author_tier" => lang.or("Size of the account", "Grootte van het account"),
        "thread" => lang.or("Conversation", "Gesprek"),
        "term" => lang.or("Word", "Woord"),
        other => other,
    }
}

/// A value of a dimension.
pub(crate) fn value<'a>(lang: Lang, dimension: &str, value: &'a str) -> &'a str {
    match (dimension, value) {
        ("platform", name) => platform(lang, name),
        ("term", _) => value,
        (_, "other") => lang.or("other", "overig"),
        (_, "none") => lang.or("nothing named", "niets genoemd"),
        (_, "unknown") => lang.or("unknown", "onbekend"),
        ("language", "nl") => lang.or("Dutch", "Nederlands"),
        ("language", "en") => lang.or("English", "Engels"),
        ("language", "und") => lang.or("can't be told", "niet te zeggen"),
        ("author_tier", "nano") => lang.or("up to 10,000 followers", "tot 10.000 volgers"),
        ("author_tier", "micro") => lang.or("10,000 to 100,000", "10.000 tot 100.000"),
        ("author_tier", "macro") => lang.or("100,000 to a million", "100.000 tot een miljoen"),
        ("author_tier", "mega") => lang.or("over a million", "meer dan een miljoen"),
        ("aspect", name) => aspect_named(lang, name),
        ("kind", name) => post(lang, name),
        _ => value,
    }
}

/// What people talk about.
pub(crate) fn aspect(lang: Lang, aspect: mention::Aspect) -> &'static str {
    value(lang, "aspect", aspect.as_str())
}

fn aspect_named(lang: Lang, name: &str) -> &str {
    match name {
        "delivery" => lang.or("delivery", "bezorging"),
        "price" => lang.or("price", "prijs"),
        "quality" => lang.or("quality", "kwaliteit"),
        "service" => lang.or("service", "service"),
        "returns" => lang.or("returns", "retouren"),
        "payment" => lang.or("payment", "betaling"),
        "app" => lang.or("app and site", "app en site"),
        "stock" => lang.or("stock", "voorraad"),
        "ethics" => lang.or("ethics", "ethiek"),
        "privacy" => lang.or("privacy", "privacy"),
        "store" => lang.or("store", "winkel"),
        "advert" => lang.or("adverts", "reclame"),
        other => other,
    }
}

fn post(lang: Lang, name: &str) -> &str {
    match name {
        "complaint" => lang.or("complain", "klagen"),
        "review" => lang.or("review", "beoordelen"),
        "remark" => lang.or("remark", "opmerken"),
        "question" => lang.or("ask", "vragen"),
        "praise" => lang.or("praise", "prijzen"),
        "news" => lang.or("news", "nieuws"),
        "promo" => lang.or("advertise", "adverteren"),
        "webcare" => lang.or("answer as a brand", "als merk antwoorden"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_highest_weight_is_taken() {
        for (header, lang) in [
            ("", Lang::En),
            ("nl", Lang::Nl),
            ("nl-BE,nl;q=0.9,en;q=0.8", Lang::Nl),
            ("en-GB, nl;q=0.9", Lang::En),
            ("fr, nl;q=0.5, en;q=0.7", Lang::En),
            ("de,fr;q=0.3", Lang::En),
            ("nl;q=nonsense", Lang::En),
        ] {
            assert_eq!(Lang::accepted(header), lang, "{header}");
        }
    }

    #[test]
    fn numbers_are_written_as_people_of_the_language_do() {
        assert_eq!(Lang::En.number(1_234_567), "1,234,567");
        assert_eq!(Lang::Nl.number(1_234), "1.234");
        assert_eq!(Lang::Nl.number(999), "999");
        assert_eq!(Lang::En.about(41_300), "41 thousand");
        assert_eq!(Lang::Nl.about(2_350_000), "2,3 miljoen");
        assert_eq!(Lang::Nl.percent(0.624), "62\u{a0}%");
    }
}
