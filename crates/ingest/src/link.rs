//! From the mentions of a brand to those that are told for the first time, each with its
//! thread and its group of copies.
//!
//! A brand's mentions come from all partitions of the raw input; here they are in one, so
//! that what is told twice, answered or copied is found whoever sent it.

use std::collections::BTreeMap;
use std::sync::Arc;

use mention::{Event, Mention, Record, Rejection, Role, Topic, heartbeat};
use serde::Serialize;
use service::changelog::{DAMAGED_STAMP, Entries, Format, STAMP_KEY, check_partitions, entry};
use service::metrics::IntCounter;
use service::{Input, Item, Outbox, Plan, Stage};

use crate::LINK;
use crate::clusters::{Clusters, Found};
use crate::everywhere::{Everywhere, What, edit_of};
use crate::metrics::Metrics;
use crate::posts::{Known, Posts, Told, hash};
use crate::sketch::Sketch;
use crate::stage::deleted;
use crate::watermark::Watermark;

const POSTS: &str = "posts/";
const CLUSTERS: &str = "clusters/";
const FORMAT: Format = Format(1);

/// The stage that leaves out duplicates and finds threads and copies.
#[derive(Debug)]
pub struct LinkStage {
    metrics: Arc<Metrics>,
    partitions: BTreeMap<i32, Memory>,
}

/// What is remembered of one partition.
#[derive(Debug, Default)]
struct Memory {
    posts: Posts,
    clusters: Clusters,
    time: Watermark,
    /// Partitions the input has.
    of: i32,
    /// Entries of the changelog, until the partition is ours.
    restored: Entries,
}

/// Members that are added to a mention.
#[derive(Serialize)]
struct Added<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<Group>,
}

#[derive(Serialize)]
struct Group {
    id: String,
    size: u64,
}

impl LinkStage {
    /// A stage that remembers nothing yet.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            metrics,
            partitions: BTreeMap::new(),
        }
    }

    fn everywhere(&mut self, input: &Input<'_>, everywhere: &Everywhere, out: &mut Outbox) {
        let memory = self.partitions.entry(input.partition).or_default();
        let platform = everywhere.platform;
        if let What::Read { partition, of } = *everywhere.what() {
            let reached = memory.time.beat(partition, of, everywhere.observed_at);
            if let Some(reached) = reached {
                out.push(&item(input, None, heartbeat(reached).as_bytes()));
            }
            return;
        }
        let [found, unknown] = &self.metrics.deletions;
        let (gone, counter) = match everywhere.what() {
            What::Post(id) => (memory.posts.delete_post(platform, id), found),
            What::Author(author) => (memory.posts.delete_author(platform, author), found),
            What::Edited { post, brands } => (
                memory.posts.keep_brands(platform, post, brands),
                &self.metrics.edits[1],
            ),
            // Told above.
            What::Read { .. } => return,
        };
        if gone.is_empty() && !matches!(everywhere.what(), What::Edited { .. }) {
            count(input, unknown);
        }
        for Known { id, brand, .. } in &gone {
            count(input, counter);
            let value = deleted(id, brand, platform, everywhere.observed_at);
            out.push(&item(input, Some(brand.as_bytes()), &value));
        }
    }

    /// An edit that names a brand for the first time is its first mention, as far as the
    /// edit tells all that a mention needs.
    fn edit(&mut self, input: &Input<'_>, edit: &[u8], out: &mut Outbox) -> Result<(), Rejection> {
        let Record::Mention(mention) = mention::parse(edit)? else {
            return Ok(());
        };
        let memory = self.partitions.entry(input.partition).or_default();
        let posts = &memory.posts;
        let is_known = posts.knows(mention.platform, &mention.id, &mention.brand);
        let created = as_created(edit).filter(|_| !is_known);
        let Some(created) = created else {
            out.push(&item(input, input.key, edit));
            return Ok(());
        };
        let of_created = Input {
            value: &created,
            ..*input
        };
        if let Record::Mention(mention) = mention::parse(&created)? {
            count(input, &self.metrics.edits[0]);
            self.create(&of_created, &mention, out);
        }
        Ok(())
    }

    fn create(&mut self, input: &Input<'_>, mention: &Mention<'_>, out: &mut Outbox) {
        let memory = self.partitions.entry(input.partition).or_default();
        if !mention.canary {
            memory.time.mention(mention.created_at, input.stamped_at);
        }
        let platform = mention.platform.index();
        let root = match memory.posts.create(mention) {
            Told::Duplicate => return count(input, &self.metrics.duplicates[platform]),
            Told::New => None,
            Told::InThread(root) => Some(root),
        };
        if mention.in_reply_to.is_some() {
            let is_known = root.is_some() || mention.root.is_some();
            count(input, &self.metrics.roots[usize::from(!is_known)]);
        }
        let found = memory.group(mention);
        if found.is_some_and(|found| found.size > 1) {
            count(input, &self.metrics.copies[platform]);
        }
        let added = Added {
            root: root.as_deref(),
            cluster: found.map(|found| Group {
                id: format!("{:016x}", found.id),
                size: found.size,
            }),
        };
        let of = item(input, input.key, &[]);
        out.push_with(&of, |bytes| append(input.value, &added, bytes));
    }
}

impl Memory {
    /// The copies that a mention belongs to. Brands answer many with one text, and who
    /// repeats a post says so: neither is asked about.
    fn group(&mut self, mention: &Mention<'_>) -> Option<Found> {
        let role = mention.author.as_ref().and_then(|author| author.role);
        let is_asked = mention.cluster.is_none()
            && mention.repost_of.is_none()
            && !mention.canary
            && !matches!(role, Some(Role::Brand | Role::Staff));
        let sketch = is_asked.then(|| Sketch::of(&mention.text)).flatten()?;
        let brand = hash(&[mention.brand.as_bytes()]);
        let parts = [&*mention.brand, mention.platform.as_str(), &*mention.id];
        let id = hash(&parts.map(str::as_bytes));
        Some(self.clusters.put(brand, id, mention.created_at, sketch))
    }

    fn restore(&mut self, of: i32) -> Result<Option<i64>, String> {
        let entries = &std::mem::take(&mut self.restored);
        self.of = of;
        let Some(stamp) = entries.get(STAMP_KEY) else {
            return Ok(None);
        };
        let (next, partitions, time) = decode_stamp(stamp).ok_or(DAMAGED_STAMP)?;
        check_partitions(partitions, of)?;
        let of_kind = |prefix: &'static str| {
            let all = entries.into_iter();
            let own = all.filter(move |(key, _)| key.starts_with(prefix.as_bytes()));
            own.filter_map(|(_, value)| FORMAT.strip(value))
        };
        self.time = time;
        self.posts.read(of_kind(POSTS))?;
        self.clusters.read(of_kind(CLUSTERS))?;
        Ok(Some(next))
    }

    fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        let mut push = |key: &[u8], value: &[u8]| {
            let value = FORMAT.before(value);
            out.push(&entry(Topic::LinkState, partition, key, Some(&value)));
        };
        let key = |kind: &str, slot: u64| format!("{kind}{slot}").into_bytes();
        self.posts
            .write(|slot, bytes| push(&key(POSTS, slot), bytes));
        self.clusters
            .write(|slot, bytes| push(&key(CLUSTERS, slot), bytes));
        let (next, of) = (next.to_le_bytes(), self.of.to_le_bytes());
        let stamp = [next.as_slice(), &of, &self.time.to_bytes()].concat();
        push(STAMP_KEY, &stamp);
    }
}

/// Offset, partitions, and how far time has come, which older stamps don't tell.
fn decode_stamp(bytes: &[u8]) -> Option<(i64, i32, Watermark)> {
    let (next, rest) = FORMAT.offset_and_state(bytes)?;
    let (partitions, time) = rest.split_first_chunk()?;
    let time = match time {
        [] => Watermark::default(),
        time => Watermark::from_bytes(time)?,
    };
    let partitions = i32::from_le_bytes(*partitions);
    Some((next, partitions, time))
}

impl Stage for LinkStage {
    fn plan(&self) -> Plan {
        Plan {
            name: LINK,
            input: Topic::Matched,
            outputs: &[Topic::Mentions],
            changelog: Some(Topic::LinkState),
        }
    }

    fn restore(&mut self, partition: i32, key: &[u8], value: Option<&[u8]>) {
        let memory = self.partitions.entry(partition).or_default();
        memory.restored.put(key, value);
    }

    fn assigned(&mut self, partition: i32, of: i32) -> Result<Option<i64>, String> {
        self.partitions.entry(partition).or_default().restore(of)
    }

    fn revoked(&mut self, partition: i32) {
        self.partitions.remove(&partition);
    }

    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        if let Some(everywhere) = Everywhere::from_json(input.value) {
            self.everywhere(input, &everywhere, out);
            return Ok(());
        }
        if let Some(edit) = edit_of(input.value) {
            return self.edit(input, edit, out);
        }
        let mention = match mention::parse(input.value)? {
            Record::Mention(mention) => mention,
            Record::Heartbeat(_) => {
                out.push(&item(input, None, input.value));
                return Ok(());
            }
        };
        if mention.event == Event::Create {
            self.create(input, &mention, out);
            return Ok(());
        }
        let memory = self.partitions.entry(input.partition).or_default();
        let is_told = mention.event == Event::Delete
            && !memory
                .posts
                .delete(mention.platform, &mention.id, &mention.brand);
        if is_told {
            count(input, &self.metrics.duplicates[mention.platform.index()]);
        } else {
            out.push(&item(input, input.key, input.value));
        }
        Ok(())
    }

    fn snapshot(&mut self, partition: i32, next: i64, out: &mut Outbox) {
        if let Some(memory) = self.partitions.get_mut(&partition) {
            memory.snapshot(partition, next, out);
        }
    }
}

/// What is read again only to rebuild the state was counted before.
fn count(input: &Input<'_>, counter: &IntCounter) {
    if !input.is_replay {
        counter.inc();
    }
}

/// An edit as the post that it made; `None` if it doesn't tell text and time.
fn as_created(edit: &[u8]) -> Option<Vec<u8>> {
    let mut members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(edit).ok()?;
    let is_whole = ["text", "created_at"]
        .iter()
        .all(|member| members.contains_key(*member));
    members.remove("event");
    members.remove("observed_at");
    is_whole.then(|| serde_json::to_vec(&members).ok())?
}

/// The record with members added at its end.
fn append(record: &[u8], added: &Added<'_>, out: &mut Vec<u8>) {
    // Names, numbers and texts always have a JSON.
    let members = serde_json::to_vec(added).unwrap_or_default();
    let body = record.trim_ascii_end().strip_suffix(b"}");
    match (body, members.as_slice()) {
        (Some(body), [b'{', members @ ..]) if members != b"}" => {
            out.extend_from_slice(body);
            out.push(b',');
            out.extend_from_slice(members);
        }
        _ => out.extend_from_slice(record),
    }
}

/// In the partition of the same number, with the timestamp of the raw record.
const fn item<'a>(input: &Input<'a>, key: Option<&'a [u8]>, value: &'a [u8]) -> Item<'a> {
    Item {
        topic: Topic::Mentions,
        partition: Some(input.partition),
        stamped_at: Some(input.stamped_at),
        key,
        value: Some(value),
    }
}
