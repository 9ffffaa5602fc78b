//! What is asked of `ophef forget`.

use clap::Args;
use mention::Platform;

use super::brokers;

/// Options of `ophef forget`.
#[derive(Debug, Args)]
#[group(id = "whom", required = true, multiple = true, args = ["author", "post"])]
pub(crate) struct Forget {
    /// An account, by its platform and the id that it has there; may be given several times
    ///
    /// The id as the source gives it: on Bluesky `did:plc:…`, on X the number, on Mastodon
    /// `HOST/NUMBER` from the streaming API and the address of the account from
    /// `ActivityPub`. Where you know only the name that records carry, `KEY.` and 32
    /// hexadecimal digits, give that.
    #[arg(long, value_name = "PLATFORM/ID", value_parser = place)]
    pub(crate) author: Vec<Place>,
    /// A post, by its platform and the id that it has there or on its records
    #[arg(long, value_name = "PLATFORM/ID", value_parser = place)]
    pub(crate) post: Vec<Place>,
    /// Kafka to work on, host:port, comma-separated [default: from the configuration]
    #[arg(long, value_name = "BROKERS", value_parser = brokers)]
    pub(crate) brokers: Option<String>,
}

/// Something that has an id on a platform.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which platform.
    pub(crate) platform: Platform,
    /// The id there, personal data.
    pub(crate) id: String,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/…", self.platform.as_str())
    }
}

fn place(text: &str) -> Result<Place, String> {
    let wanted = "isn't PLATFORM/ID, such as bluesky/did:plc:… or x/12345";
    let (name, id) = text.split_once('/').ok_or(wanted)?;
    let platform = super::platform(name)?;
    let id = id.trim().to_owned();
    (!id.is_empty())
        .then_some(Place { platform, id })
        .ok_or_else(|| wanted.to_owned())
}
