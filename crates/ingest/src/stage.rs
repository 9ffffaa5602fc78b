//! From what a source sent to mentions of brands.

use std::sync::Arc;

use brands::{Matcher, Scratch};
use decode::{
    AuthorGone, Change, Deletion, Event, Format, Ignored, Options, Post, PostId, Raw, Room,
};
use mention::{EventTime, HEADER_SOURCE, Platform, Reason, Rejection, Role, Topic, heartbeat};
use service::{Input, Item, Outbox, Plan, Stage};

use crate::NAME;
use crate::beats::{self, Assigned};
use crate::everywhere::{Everywhere, edit};
use crate::metrics::{Kind, Metrics};
use crate::outgoing::{Outgoing, Writing};
use crate::privacy::Privacy;

/// The stage that reads what sources send. It keeps no state between records.
#[derive(Debug)]
pub struct IngestStage {
    options: Options,
    matcher: Matcher,
    privacy: Arc<dyn Privacy>,
    keep_urls: bool,
    metrics: Arc<Metrics>,
    scratch: Scratch,
    /// Partitions of every topic.
    partitions: i32,
    /// Partitions of the input that are ours.
    pub(crate) assigned: Assigned,
    /// What the record at hand gave so far: counted once it isn't rejected any more.
    tally: Vec<Tally>,
}

#[derive(Debug, Clone, Copy)]
enum Tally {
    Event(Format, Kind),
    Ignored(Ignored),
    Mentions(Platform, usize),
}

impl IngestStage {
    /// A stage that looks for the brands of `matcher`.
    #[must_use]
    pub fn new(
        options: Options,
        matcher: Matcher,
        privacy: Arc<dyn Privacy>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            options,
            matcher,
            privacy,
            keep_urls: false,
            metrics,
            scratch: Scratch::default(),
            partitions: 1,
            assigned: Assigned::default(),
            tally: Vec::new(),
        }
    }

    /// The same with the addresses of posts in their mentions.
    #[must_use]
    pub fn with_urls(self, keep_urls: bool) -> Self {
        Self { keep_urls, ..self }
    }

    fn take(
        &mut self,
        input: &Input<'_>,
        format: Format,
        event: &Event<'_>,
        out: &mut Outbox,
    ) -> Result<(), Rejection> {
        let kind = match event {
            Event::Post(_) => Kind::Post,
            Event::Delete(_) => Kind::Delete,
            Event::AuthorGone(_) => Kind::AuthorGone,
            Event::Heartbeat(_) => Kind::Heartbeat,
            Event::Ignored(_) => Kind::Ignored,
        };
        match event {
            Event::Post(post) => self.take_post(input, post, out)?,
            Event::Delete(deletion) => self.delete(input, deletion, out)?,
            Event::AuthorGone(gone) => self.author_gone(input, gone, out),
            Event::Heartbeat(at) if is_own_heartbeat(input) => {
                let read = Everywhere::read(input.partition, self.partitions, *at);
                self.tell_everywhere(input, &read, out);
            }
            Event::Heartbeat(at) => {
                let value = heartbeat(*at);
                mention::parse(value.as_bytes())?;
                out.push(&Item {
                    partition: Some(input.partition),
                    ..item(input, None, value.as_bytes())
                });
            }
            Event::Ignored(reason) => self.tally.push(Tally::Ignored(*reason)),
        }
        self.tally.push(Tally::Event(format, kind));
        Ok(())
    }

    fn take_post(
        &mut self,
        input: &Input<'_>,
        post: &Post<'_>,
        out: &mut Outbox,
    ) -> Result<(), Rejection> {
        let id = post.id.as_ref();
        let id = id.ok_or_else(|| Rejection::new(Reason::MissingField, "id"))?;
        let platform = post.platform.unwrap_or(Platform::Other);
        let writing = Writing {
            privacy: &*self.privacy,
            keep_urls: self.keep_urls,
            received_at: input.stamped_at,
        };
        let handle = post.handle.as_deref();
        let owners = handle.map_or(&[][..], |handle| self.matcher.owners(handle));
        let is_own = |slug: &str| owners.iter().any(|&brand| self.matcher.slug(brand) == slug);
        // A brand that the source names isn't looked for.
        if let Some(brand) = post.brand.as_deref() {
            let mention = writing.mention(post, id, brand);
            let value = written(mention, is_own(brand))?;
            out.push(&item(input, Some(brand.as_bytes()), &value));
            self.tally.push(Tally::Mentions(platform, 1));
            return Ok(());
        }
        // An edit without a text tells of reactions.
        let is_edit = post.change == Change::Update && post.text.is_some();
        let found = find(&self.matcher, post, &mut self.scratch);
        for &brand in &found {
            let slug = self.matcher.slug(brand);
            let mention = writing.mention(post, id, slug);
            let value = written(mention, is_own(slug))?;
            let value = if is_edit { edit(&value) } else { value };
            out.push(&item(input, Some(slug.as_bytes()), &value));
        }
        if is_edit {
            let slugs = found.iter().map(|&brand| self.matcher.slug(brand));
            self.tell_of_edit(input, post, id, &slugs.collect::<Vec<_>>(), out);
        }
        self.tally.push(Tally::Mentions(platform, found.len()));
        Ok(())
    }

    /// What a post was about before is known where its mentions are remembered: each
    /// partition takes back those of brands that it isn't about any more.
    fn tell_of_edit(
        &self,
        input: &Input<'_>,
        post: &Post<'_>,
        id: &PostId<'_>,
        brands: &[&str],
        out: &mut Outbox,
    ) {
        let platform = post.platform.unwrap_or(Platform::Other);
        let at = post.observed_at.unwrap_or(input.stamped_at);
        for id in self.stored_names(platform, id) {
            let brands = brands.iter().map(|&slug| slug.to_owned()).collect();
            let edited = Everywhere::edited(platform, id, brands, at);
            self.tell_everywhere(input, &edited, out);
        }
    }

    /// Every name that a post may be stored by: under each key, where it is hashed.
    fn stored_names(&self, platform: Platform, id: &PostId<'_>) -> Vec<String> {
        if id.is_hashed() {
            self.privacy.pseudonyms(platform, &id.name)
        } else {
            vec![id.name.as_str().to_owned()]
        }
    }

    /// A deletion names no brand as a rule: every partition looks whether it has mentions
    /// of the post.
    fn delete(
        &self,
        input: &Input<'_>,
        deletion: &Deletion<'_>,
        out: &mut Outbox,
    ) -> Result<(), Rejection> {
        let platform = deletion.platform.unwrap_or(Platform::Other);
        let writing = Writing {
            privacy: &*self.privacy,
            keep_urls: false,
            received_at: input.stamped_at,
        };
        let id = writing.id(platform, &deletion.id);
        let at = deletion.observed_at.unwrap_or(input.stamped_at);
        match deletion.brand.as_deref() {
            Some(brand) => {
                let value = deleted(&id, brand, platform, at);
                mention::parse(&value)?;
                out.push(&item(input, Some(brand.as_bytes()), &value));
            }
            None => {
                for id in self.stored_names(platform, &deletion.id) {
                    self.tell_everywhere(input, &Everywhere::post(platform, id, at), out);
                }
            }
        }
        Ok(())
    }

    fn author_gone(&self, input: &Input<'_>, gone: &AuthorGone<'_>, out: &mut Outbox) {
        let platform = gone.platform.unwrap_or(Platform::Other);
        let at = gone.observed_at.unwrap_or(input.stamped_at);
        let names = if gone.is_pseudonym {
            vec![gone.author.as_str().to_owned()]
        } else {
            self.privacy.pseudonyms(platform, &gone.author)
        };
        for author in names {
            self.tell_everywhere(input, &Everywhere::author(platform, author, at), out);
        }
    }

    fn tell_everywhere(&self, input: &Input<'_>, what: &Everywhere, out: &mut Outbox) {
        let value = what.to_json();
        for partition in 0..self.partitions {
            out.push(&Item {
                partition: Some(partition),
                ..item(input, None, &value)
            });
        }
    }
}

impl Stage for IngestStage {
    fn plan(&self) -> Plan {
        Plan {
            name: NAME,
            input: Topic::Raw,
            outputs: &[Topic::Matched],
            changelog: None,
        }
    }

    fn assigned(&mut self, partition: i32, of: i32) -> Result<Option<i64>, String> {
        self.partitions = of;
        self.assigned.insert(partition);
        Ok(None)
    }

    fn revoked(&mut self, partition: i32) {
        self.assigned.remove(partition);
    }

    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        let headers = |name: &str| input.headers.get(name);
        let room = Room::default();
        let raw = Raw::with_headers(input.value, &headers).with_room(&room);
        let format = decode::detect(&raw, &self.options)?;
        let events = decode::decode_as(format, &raw, &self.options)?;
        self.tally.clear();
        for event in &events {
            self.take(input, format, event, out)?;
        }
        for tally in &self.tally {
            match *tally {
                Tally::Event(format, kind) => self.metrics.event(format, kind),
                Tally::Ignored(reason) => self.metrics.ignored(reason),
                Tally::Mentions(platform, 0) => self.metrics.unmatched(platform),
                Tally::Mentions(platform, count) => self.metrics.mentions(platform, count),
            }
        }
        Ok(())
    }
}

fn is_own_heartbeat(input: &Input<'_>) -> bool {
    input.headers.get(HEADER_SOURCE) == Some(beats::SOURCE.as_bytes())
}

/// The brands that a post is about.
fn find(matcher: &Matcher, post: &Post<'_>, scratch: &mut Scratch) -> smallvec::SmallVec<[u32; 2]> {
    let descriptions = post.media.iter().filter_map(mention::Media::alt);
    let texts = [post.title.as_deref(), post.text.as_deref()];
    let texts: Vec<&str> = texts.into_iter().flatten().chain(descriptions).collect();
    let tags: Vec<&str> = post.tags.iter().map(mention::Text::as_str).collect();
    let mentioned: Vec<&str> = post.mentioned.iter().map(mention::Text::as_str).collect();
    let post = brands::Post {
        texts: &texts,
        tags: &tags,
        handle: post.handle.as_deref(),
        mentioned: &mentioned,
        lang: post.lang.as_deref(),
    };
    matcher.find(&post, scratch)
}

/// A mention as it is written, if the contract takes it.
fn written(mut mention: Outgoing<'_>, is_own: bool) -> Result<Vec<u8>, Rejection> {
    if let (true, Some(author)) = (is_own, &mut mention.author) {
        author.role.get_or_insert(Role::Brand);
    }
    let value = serde_json::to_vec(&mention)
        .map_err(|error| Rejection::new(Reason::BadField, error.to_string()))?;
    mention::parse(&value)?;
    Ok(value)
}

/// A deletion in the contract's words.
pub(crate) fn deleted(id: &str, brand: &str, platform: Platform, at: EventTime) -> Vec<u8> {
    let mention = serde_json::json!({
        "id": id,
        "brand": brand,
        "platform": platform,
        "event": "delete",
        "observed_at": at,
    });
    mention.to_string().into_bytes()
}

const fn item<'a>(input: &Input<'_>, key: Option<&'a [u8]>, value: &'a [u8]) -> Item<'a> {
    Item {
        topic: Topic::Matched,
        partition: None,
        stamped_at: Some(input.stamped_at),
        key,
        value: Some(value),
    }
}
