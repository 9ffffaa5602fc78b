//! The formats, by name, and telling them apart.

use serde_json::Value;

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Events of Bluesky's Jetstream.
    Jetstream,
    /// Events of Mastodon's streaming API, and statuses of its REST API.
    Mastodon,
    /// Activities of ActivityStreams 2.0.
    ActivityStreams,
    /// Posts and compliance events of the X API, version 2.
    X,
    /// Things and listings as Reddit has them.
    Reddit,
    /// A row of a table of reviews.
    Reviews,
    /// A row of Brandwatch's export.
    Brandwatch,
    /// A row of Meltwater's export.
    Meltwater,
    /// A row of Talkwalker's export.
    Talkwalker,
    /// A CloudEvents envelope around any of the others.
    CloudEvents,
    /// The project's own mention.
    Mention,
    /// Any JSON object, by the mapping in the configuration.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 12] = [
        Self::Jetstream,
        Self::Mastodon,
        Self::ActivityStreams,
        Self::X,
        Self::Reddit,
        Self::Reviews,
        Self::Brandwatch,
        Self::Meltwater,
        Self::Talkwalker,
        Self::CloudEvents,
        Self::Mention,
        Self::Json,
    ];

    /// The name in the header `ophef-format`, in the configuration and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jetstream => "jetstream",
            Self::Mastodon => "mastodon",
            Self::ActivityStreams => "activitystreams",
            Self::X => "x",
            Self::Reddit => "reddit",
            Self::Reviews => "reviews",
            Self::Brandwatch => "brandwatch",
            Self::Meltwater => "meltwater",
            Self::Talkwalker => "talkwalker",
            Self::CloudEvents => "cloudevents",
            Self::Mention => "mention",
            Self::Json => "json",
        }
    }

    /// Whether its records are rows of a table.
    #[must_use]
    pub const fn is_table(self) -> bool {
        matches!(
            self,
            Self::Reviews | Self::Brandwatch | Self::Meltwater | Self::Talkwalker
        )
    }

    /// The format of that name in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.as_str().eq_ignore_ascii_case(name))
    }

    /// What a JSON value looks like, by members that only this format has; `None` if
    /// it could be anything.
    #[must_use]
    pub fn of_json(value: &Value) -> Option<Self> {
        if let Some(list) = value.as_array() {
            return list.first().and_then(Self::of_json);
        }
        let has = |name: &str| value.get(name).is_some();
        let is_text = |name: &str| value.get(name).is_some_and(Value::is_string);
        let within = |name: &str, inner: &str| value.get(name).and_then(|v| v.get(inner)).is_some();
        let found = if is_text("specversion") {
            Self::CloudEvents
        } else if has("did") && has("kind") && has("time_us") {
            Self::Jetstream
        } else if has("brand") || value["event"] == "heartbeat" || is_author_gone(value) {
            Self::Mention
        } else if is_mastodon(value) {
            Self::Mastodon
        } else if has("@context") || (is_text("type") && has("actor") && has("object")) {
            Self::ActivityStreams
        } else if is_reddit(value) {
            Self::Reddit
        } else if is_x(value) || within("data", "author_id") {
            Self::X
        } else if is_text("id") && is_text("text") && is_text("created_at") {
            // Platform or not: all that a mention without a brand needs.
            Self::Mention
        } else {
            return None;
        };
        Some(found)
    }

    /// Whose table it is, by the columns, folded as [`crate::table`] does it.
    #[must_use]
    pub(crate) fn of_columns(columns: &[String]) -> Self {
        let has = |name: &str| columns.iter().any(|column| column == name);
        if has("queryname") || (has("pagetype") && has("fulltext")) {
            Self::Brandwatch
        } else if has("hitsentence")
            || (has("openingtext") && (has("headline") || has("inputname")))
        {
            Self::Meltwater
        } else if has("contentsnippet") || has("searchindexed") || has("extraauthorattributesid") {
            Self::Talkwalker
        } else {
            Self::Reviews
        }
    }
}

/// Our own deletion of all that an account posted.
fn is_author_gone(value: &Value) -> bool {
    value["event"] == "delete" && value["platform"].is_string() && value["author"].is_object()
}

fn is_mastodon(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    let is_event = value.get("event").is_some_and(Value::is_string) && has("payload");
    is_event || (has("account") && has("content") && has("visibility"))
}

fn is_reddit(value: &Value) -> bool {
    let kind = value.get("kind").and_then(Value::as_str);
    let is_thing = matches!(kind, Some("Listing" | "t1" | "t3")) && value.get("data").is_some();
    let is_bare = value.get("subreddit").is_some() && value.get("created_utc").is_some();
    is_thing || is_bare
}

/// Posts come in `data`, alone or in a list; a compliance event is one member of it.
fn is_x(value: &Value) -> bool {
    let Some(data) = value.get("data") else {
        // An answer without results.
        return value.pointer("/meta/result_count").is_some();
    };
    let first = data.get(0).unwrap_or(data);
    let is_post = first.get("edit_history_tweet_ids").is_some()
        || (first.get("text").is_some() && first.get("id").is_some());
    is_post || crate::x::is_compliance(first)
}
