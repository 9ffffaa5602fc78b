//! What can be found.

/// A piece of a text that is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Where it begins, bytes.
    pub start: usize,
    /// Where it ends, bytes.
    pub end: usize,
}

/// What a piece of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number; not the public lines 0800 and 0900.
    Phone,
    /// An account number (ISO 13616) whose check digits fit.
    Iban,
    /// A Dutch citizen service number whose check digit fits.
    Bsn,
    /// A payment card's number whose check digit fits.
    Card,
    /// A Dutch or Belgian postcode, with the number of the house if that follows.
    Postcode,
    /// A street with the number of the house.
    Address,
    /// The number of an order, a parcel, a booking, a customer.
    Order,
    /// A Dutch or Belgian licence plate.
    Plate,
    /// A person's name.
    Name,
    /// `@name`.
    Handle,
    /// The address of a page, or what follows its host.
    Link,
    /// Another number so long that it may name somebody.
    Number,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Email,
        Self::Phone,
        Self::Iban,
        Self::Bsn,
        Self::Card,
        Self::Postcode,
        Self::Address,
        Self::Order,
        Self::Plate,
        Self::Name,
        Self::Handle,
        Self::Link,
        Self::Number,
    ];

    /// Its name, in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::Bsn => "bsn",
            Self::Card => "card",
            Self::Postcode => "postcode",
            Self::Address => "address",
            Self::Order => "order",
            Self::Plate => "plate",
            Self::Name => "name",
            Self::Handle => "handle",
            Self::Link => "link",
            Self::Number => "number",
        }
    }

    /// What stands in its place in a stored text. That of a handle is a handle itself,
    /// so that a scorer still sees that somebody is spoken to.
    #[must_use]
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Email => "[email]",
            Self::Phone => "[phone]",
            Self::Iban => "[iban]",
            Self::Bsn => "[bsn]",
            Self::Card => "[card]",
            Self::Postcode => "[postcode]",
            Self::Address => "[address]",
            Self::Order => "[order]",
            Self::Plate => "[plate]",
            Self::Name => "[name]",
            Self::Handle => "@user",
            Self::Link => "[link]",
            Self::Number => "[number]",
        }
    }
}
