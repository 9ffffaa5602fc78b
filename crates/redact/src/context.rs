//! What the words before a number say about it.

/// Longest word that is looked up, bytes.
pub(crate) const WORD_MAX: usize = 32;

/// A word in lower case, or as much of it as can be a word that is looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lower {
    bytes: [u8; WORD_MAX],
    length: usize,
}

impl Lower {
    /// Of a word without punctuation around it; a longer one is none that is known.
    pub(crate) fn of(word: &str) -> Self {
        let mut lower = Self {
            bytes: [0; WORD_MAX],
            length: 0,
        };
        if word.len() <= WORD_MAX {
            lower.bytes[..word.len()].copy_from_slice(word.as_bytes());
            lower.bytes.make_ascii_lowercase();
            lower.length = word.len();
        }
        lower
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// How sure a word makes us that an identifier follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Announced {
    /// Only with "number" after it: "case", "account".
    Faintly,
    /// "order", "parcel": of five digits or more.
    Likely,
    /// "order number": of four characters or more with a digit.
    Surely,
    /// "booking reference": letters alone will do.
    AsCode,
}

/// What the words before the present one announce. Each is forgotten after a few words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Context {
    phone: u8,
    bsn: u8,
    plate: u8,
    address: u8,
    order: Option<Announced>,
    fillers: u8,
}

/// Words between "call me" and the number, at most.
const REACH: u8 = 5;
/// Words such as "number", "is", "with" between an order and its number, at most.
const FILLERS_MAX: u8 = 4;

impl Context {
    /// Passes over a word, given without the punctuation around it and in lower case.
    pub(crate) fn pass(&mut self, word: &str) {
        for left in [
            &mut self.phone,
            &mut self.bsn,
            &mut self.plate,
            &mut self.address,
        ] {
            *left = left.saturating_sub(1);
        }
        if announces_phone(word) {
            self.phone = REACH;
        }
        match word {
            "bsn"
            | "bsn-nummer"
            | "bsnnummer"
            | "burgerservicenummer"
            | "sofinummer"
            | "sofi-nummer"
            | "citizen" => self.bsn = REACH,
            "kenteken" | "kentekens" | "nummerplaat" | "kentekenplaat" | "plaat" | "plate"
            | "plates" | "licence" | "license" | "registration" => self.plate = REACH,
            "adres" | "address" | "postcode" | "woon" | "wonen" | "woonadres" | "bezorgadres"
            | "afleveradres" | "zipcode" => self.address = REACH,
            _ => {}
        }
        self.pass_order(word);
    }

    fn pass_order(&mut self, word: &str) {
        if let Some(announced) = order_word(word) {
            // "Booking reference" is a code, and stays one after the second word.
            self.order = self.order.max(Some(announced));
            self.fillers = 0;
            return;
        }
        let Some(announced) = self.order else { return };
        self.fillers += 1;
        let is_number = matches!(
            word,
            "nummer" | "nr" | "no" | "number" | "num" | "#" | "id" | "code" | "nrs"
        );
        if is_number {
            self.order = Some(announced.max(Announced::Surely));
        }
        let is_filler = is_number
            || matches!(
                word,
                "" | "is" | "was" | "met" | "with" | "mijn" | "my" | "het" | "the" | "="
            );
        if !is_filler || self.fillers > FILLERS_MAX {
            self.order = None;
        }
    }

    pub(crate) const fn has_phone(&self) -> bool {
        self.phone > 0
    }

    pub(crate) const fn has_bsn(&self) -> bool {
        self.bsn > 0
    }

    pub(crate) const fn has_plate(&self) -> bool {
        self.plate > 0
    }

    pub(crate) const fn has_address(&self) -> bool {
        self.address > 0
    }

    pub(crate) const fn order(&self) -> Option<Announced> {
        self.order
    }
}

fn announces_phone(word: &str) -> bool {
    matches!(
        word,
        "bel"
            | "bellen"
            | "gebeld"
            | "belt"
            | "tel"
            | "telefoon"
            | "telefoonnummer"
            | "telnr"
            | "mobiel"
            | "mobile"
            | "gsm"
            | "nummer"
            | "number"
            | "app"
            | "appen"
            | "whatsapp"
            | "phone"
            | "telephone"
            | "call"
            | "ring"
            | "text"
            | "cell"
            | "landline"
            | "vast"
            | "bereikbaar"
            | "reach"
            | "sms"
            | "tel.nr"
            | "06-nummer"
    )
}

/// What a word says about the identifier after it. Dutch writes such words as one:
/// `bestelnummer`, `orderbevestigingsnr`.
fn order_word(word: &str) -> Option<Announced> {
    match word {
        "order" | "orders" | "bestelling" | "bestellingen" | "pakket" | "pakketje" | "zending"
        | "retour" | "ticket" | "factuur" | "invoice" | "parcel" | "package" | "shipment"
        | "tracking" | "trace" | "barcode" | "return" | "klacht" => Some(Announced::Likely),
        "case" | "account" | "dossier" | "zaak" | "customer" | "klant" | "lid" | "polis"
        | "policy" | "member" | "membership" | "serial" | "contract" => Some(Announced::Faintly),
        "ref" | "referentie" | "kenmerk" | "referentienummer" | "trackingcode"
        | "trackandtrace" | "track&trace" | "ordernr" | "bestelnr" | "klantnr" | "ticketnr"
        | "factuurnr" | "orderno" | "orderid" | "casenr" | "zaaknr" | "dossiernr" => {
            Some(Announced::Surely)
        }
        "boekingscode" | "reserveringscode" | "boeking" | "reservering" | "booking"
        | "reservation" | "reference" | "confirmation" | "pnr" | "bevestigingscode" => {
            Some(Announced::AsCode)
        }
        _ => {
            let base = word
                .strip_suffix("nummer")
                .or_else(|| word.strip_suffix("nummers"))?;
            let is_other = matches!(
                base.trim_end_matches('-'),
                "" | "telefoon"
                    | "tel"
                    | "mobiel"
                    | "06"
                    | "gsm"
                    | "bsn"
                    | "huis"
                    | "rug"
                    | "serie"
                    | "burgerservice"
                    | "sofi"
                    | "lijn"
                    | "vlucht"
                    | "trein"
                    | "rekening"
                    | "0900"
            );
            (!is_other).then_some(Announced::Surely)
        }
    }
}
