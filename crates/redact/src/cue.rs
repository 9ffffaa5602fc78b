//! What tells of a person without a list of names: who stands to somebody, what they work as,
//! what they did, and how surnames end.

use crate::context::Lower;

/// Whose somebody is: before kin, this tells that a name may follow.
pub(crate) fn is_possessive(lower: &str) -> bool {
    matches!(
        lower,
        "mijn"
            | "mn"
            | "m'n"
            | "onze"
            | "zijn"
            | "haar"
            | "hun"
            | "jouw"
            | "my"
            | "our"
            | "his"
            | "her"
            | "their"
            | "your"
    )
}

/// Kin and acquaintances, whose names stand beside what they are: "mijn zoon Bram".
pub(crate) fn is_kin(lower: &str) -> bool {
    matches!(
        lower,
        "man"
            | "vrouw"
            | "zoon"
            | "zoontje"
            | "dochter"
            | "dochtertje"
            | "moeder"
            | "vader"
            | "broer"
            | "broertje"
            | "zus"
            | "zusje"
            | "oma"
            | "opa"
            | "oom"
            | "tante"
            | "neef"
            | "nicht"
            | "vriend"
            | "vriendin"
            | "buurmeisje"
            | "buurjongen"
            | "huisgenoot"
            | "schoonmoeder"
            | "schoonvader"
            | "husband"
            | "wife"
            | "son"
            | "daughter"
            | "mother"
            | "father"
            | "mum"
            | "mom"
            | "dad"
            | "brother"
            | "sister"
            | "gran"
            | "grandma"
            | "grandad"
            | "uncle"
            | "aunt"
            | "nephew"
            | "niece"
            | "cousin"
            | "friend"
            | "neighbour"
            | "neighbor"
            | "boyfriend"
            | "girlfriend"
            | "flatmate"
    )
}

/// People at work, whose names stand beside their work: "monteur Stefan".
pub(crate) fn is_worker(lower: &str) -> bool {
    matches!(
        lower,
        "medewerker"
            | "medewerkster"
            | "bezorger"
            | "bezorgster"
            | "chauffeur"
            | "collega"
            | "monteur"
            | "verkoper"
            | "verkoopster"
            | "kassamedewerker"
            | "kassamedewerkster"
            | "teamleider"
            | "filiaalmanager"
            | "filiaalhouder"
            | "bedrijfsleider"
            | "conducteur"
            | "conductrice"
            | "postbode"
            | "receptionist"
            | "receptioniste"
            | "stagiair"
            | "stagiaire"
            | "leidinggevende"
            | "contactpersoon"
            | "driver"
            | "agent"
            | "employee"
            | "colleague"
            | "courier"
            | "postman"
            | "cashier"
            | "supervisor"
            | "technician"
            | "assistant"
            | "waiter"
            | "waitress"
            | "stewardess"
            | "nurse"
            | "hairdresser"
    )
}

/// What only people do: said of a given name, it is somebody's. `next` is the word after it.
pub(crate) fn is_deed(next: &str) -> bool {
    matches!(
        Lower::of(next).as_str(),
        "zei"
            | "zegt"
            | "zegde"
            | "beloofde"
            | "belooft"
            | "belde"
            | "belt"
            | "hielp"
            | "helpt"
            | "vertelde"
            | "vertelt"
            | "verzekerde"
            | "antwoordde"
            | "reageerde"
            | "hing"
            | "mailde"
            | "schreef"
            | "schrijft"
            | "vroeg"
            | "weigerde"
            | "wist"
            | "snapte"
            | "begreep"
            | "gooide"
            | "lachte"
            | "schreeuwde"
            | "said"
            | "says"
            | "promised"
            | "promises"
            | "told"
            | "helped"
            | "helps"
            | "called"
            | "answered"
            | "replied"
            | "refused"
            | "assured"
            | "asked"
            | "knew"
            | "understood"
            | "hung"
            | "laughed"
            | "shouted"
            | "wrote"
            | "explained"
            | "sorted"
            | "fixed"
    )
}

/// How a text goes on behind the name of somebody who works somewhere, in lower case.
const PLACES: [&str; 21] = [
    " van de klantenservice",
    " van klantenservice",
    " van de helpdesk",
    " van de webcare",
    " van de afdeling",
    " van de receptie",
    " van de balie",
    " van de kassa",
    " van het callcenter",
    " van het serviceteam",
    " van de servicedesk",
    " aan de telefoon",
    " aan de lijn",
    " aan de kassa",
    " aan de balie",
    " from customer service",
    " from customer support",
    " from your team",
    " from support",
    " on the phone",
    " in customer service",
];

/// Whether what follows a word says that it is somebody at work, or who spoke for a company.
pub(crate) fn is_at_work(rest: &str) -> bool {
    PLACES.iter().any(|place| {
        let start = rest.get(..place.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(place))
    })
}

/// Ends of surnames that hardly any other word has, by letters in lower case: Frisian and
/// Dutch, Scandinavian, Slavic, Turkish, Spanish and Portuguese, German, Surinamese.
const ENDS: [&str; 38] = [
    "stra", "tma", "stera", "sma", "ema", "inga", "enga", "tsen", "dsen", "rsen", "lsen", "nsen",
    "ssen", "sson", "nson", "mans", "elink", "sink", "link", "eijer", "ski", "ska", "wicz", "czyk",
    "ović", "ovic", "evic", "enko", "oğlu", "oglu", "demir", "tekin", "guez", "ndez", "veira",
    "mann", "singh", "persad",
];
/// Beginnings of surnames, a capital after them.
const BEGINNINGS: [&str; 4] = ["Mc", "Mac", "O'", "O’"];
/// Shortest surname that is told by its end, letters.
const SURNAME_MIN: usize = 5;

/// Whether a word with a capital looks like nothing but a surname.
pub(crate) fn is_surname(word: &str) -> bool {
    let begins = BEGINNINGS.iter().any(|beginning| {
        let rest = word.strip_prefix(beginning);
        rest.is_some_and(|rest| rest.starts_with(char::is_uppercase) && rest.len() > 2)
    });
    if begins {
        return true;
    }
    if word.chars().count() < SURNAME_MIN || !word.chars().skip(1).all(char::is_lowercase) {
        return false;
    }
    let lower = word.to_lowercase();
    ENDS.iter()
        .any(|end| lower.ends_with(end) && lower.len() > end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_are_told_by_their_ends_and_beginnings() {
        for word in [
            "Hoekstra",
            "Postma",
            "Janssen",
            "Eriksson",
            "Kowalski",
            "Yıldızoğlu",
            "Rodriguez",
            "Hermans",
            "O'Brien",
            "McArthur",
            "Zimmermann",
        ] {
            assert!(is_surname(word), "{word}");
        }
        for word in [
            "Utrecht", "Friday", "Station", "Service", "Center", "MACBOOK", "Mac", "Ski",
            "Alaska1", "iPhone", "Zwolle",
        ] {
            assert!(!is_surname(word), "{word}");
        }
    }
}
