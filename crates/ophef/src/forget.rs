//! `ophef forget`: somebody asks to be forgotten.
//!
//! The request is an event like any other, on the topic of raw input, so that it goes the
//! way that deletions by the sources go. What lies on topics can't be changed; how long it
//! stays there is read from Kafka and told.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context as _;
use kafka::admin;
use kafka::{Connection, Delivery, Outgoing, Sink};
use mention::{EventTime, HEADER_FORMAT, HEADER_SOURCE, Topic};
use serde_json::json;

use crate::cli::{Forget, Place};
use crate::run;

/// Who writes, in headers and in the client's name.
const NAME: &str = "forget";
/// How long Kafka may take to answer at first.
const PATIENCE: Duration = Duration::from_secs(10);
/// Topics that hold somebody's posts and let them go in time.
const KEPT: [Topic; 4] = [Topic::Raw, Topic::Matched, Topic::Mentions, Topic::Scored];

/// Asks `ingest` to forget accounts and posts, and says what becomes of it.
///
/// # Errors
/// Kafka can't be reached, the topic of raw input isn't there, or the output can't be
/// written.
pub(crate) fn run(args: &Forget, settings: &settings::Settings) -> anyhow::Result<()> {
    let connection = run::connection(settings);
    let raw = connection.topic(Topic::Raw);
    admin::partitions(&connection, std::slice::from_ref(&raw), PATIENCE)?;
    let now = service::clock::now();
    let instance = &settings.kafka.instance;
    let mut sink = Sink::connect(&connection, Delivery::AtLeastOnce, NAME, instance)?;
    let authors = args.author.iter().map(|place| (place, author(place, now)));
    let posts = args.post.iter().map(|place| (place, post(place, now)));
    for (place, value) in authors.chain(posts) {
        let key = format!("{}/{}", place.platform.as_str(), place.id);
        let outgoing = Outgoing {
            topic: Topic::Raw,
            partition: None,
            key: Some(key.as_bytes()),
            value: Some(value.as_bytes()),
            stamped_at: None,
        };
        let headers = [(HEADER_FORMAT, "mention"), (HEADER_SOURCE, NAME)];
        let headers = headers.map(|(name, value)| (name, value.as_bytes()));
        sink.send_with(&outgoing, headers)?;
    }
    sink.flush()?;
    let text = told(args, &raw, &bound(&connection, now));
    io::stdout()
        .write_all(text.as_bytes())
        .context("it is written to Kafka; what becomes of it can't be printed")
}

/// Whether it is the name that an author is stored by: a key's name, a dot, 32
/// hexadecimal digits.
fn is_pseudonym(id: &str) -> bool {
    let is_key = |key: &str| redact::Key::new(key, &[0; redact::MIN_KEY_BYTES]).is_ok();
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    id.split_once('.')
        .is_some_and(|(key, hash)| is_key(key) && hash.len() == 32 && hash.bytes().all(is_digit))
}

fn author(place: &Place, now: EventTime) -> String {
    let field = if is_pseudonym(&place.id) {
        "pseudonym"
    } else {
        "id"
    };
    let gone = json!({
        "event": "delete",
        "platform": place.platform,
        "author": {field: place.id},
        "observed_at": now,
    });
    gone.to_string()
}

fn post(place: &Place, now: EventTime) -> String {
    let gone = json!({
        "event": "delete",
        "platform": place.platform,
        "id": place.id,
        "observed_at": now,
    });
    gone.to_string()
}

/// When the last record that is written by now goes, as a sentence.
fn bound(connection: &Connection, now: EventTime) -> String {
    let mut names: Vec<String> = KEPT.map(|topic| connection.topic(topic)).into();
    let dead = KEPT.iter().filter(|topic| topic.has_dead_letters());
    names.extend(dead.map(|topic| connection.dead_topic(*topic)));
    let kept = match admin::kept_ms(connection, &names) {
        Ok(kept) => kept,
        Err(error) => {
            return format!("How long that is couldn't be read ({error}); see docs/privacy.md.");
        }
    };
    let for_ever: Vec<&str> = names
        .iter()
        .zip(&kept)
        .filter_map(|(name, kept)| kept.is_none().then_some(name.as_str()))
        .collect();
    if !for_ever.is_empty() {
        let names = for_ever.join(", ");
        return format!("That is never for {names}: set `retention.ms` there.");
    }
    let longest = kept.into_iter().flatten().max().unwrap_or_default();
    let longest = i64::try_from(longest).unwrap_or(i64::MAX);
    let last = now.plus_millis(longest);
    format!("As they are set now, the last of them goes by {last}.")
}

fn told(args: &Forget, raw: &str, bound: &str) -> String {
    let count = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    let whom = [(args.author.len(), "author"), (args.post.len(), "post")];
    let whom = whom
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, one)| count(number, one));
    let whom = whom.collect::<Vec<_>>().join(" and ");
    format!(
        "{whom} to be forgotten: written to {raw}.\n\n\
         Where `ophef run ingest` runs, the mentions that it remembers (the last 65,536 of each\n\
         partition) are deleted within seconds: from the counts, examples and threads of every\n\
         brand. `ophef_ingest_deletions_total` counts them.\n\n\
         Records on the topics can't be changed; they go when they have been kept for as long\n\
         as their topic says. {bound}\n\
         Examples of spikes that are over (redacted texts, hashed ids) stay as long as\n\
         ophef.spikes.v1 keeps them, and corrections that bring a text until they are deleted.\n\n\
         What such an account posts from now on is read as before.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_told_from_an_id() {
        let name = "k1.bc9333621aa95d4fc7b63ba09a03bcd9";
        assert!(is_pseudonym(name));
        for id in [
            "42",
            "did:plc:abc",
            &name[..34],
            &name.to_uppercase(),
            &name.replace('.', "-"),
            &format!("keyistoolong{name}"),
            "mastodon.example/bc9333621aa95d4fc7b63ba09a03bcd9",
        ] {
            assert!(!is_pseudonym(id), "{id}");
        }
    }
}
