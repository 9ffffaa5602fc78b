//! Following the topics, each on a thread of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka::{Record, Tail, admin};
use mention::{EventTime, Topic};
use service::tasks::{self, Thread};
use service::{Context, Error, clock};

use crate::{Metrics, Store};

/// Longest wait for a record: a request to stop is seen this fast.
const STEP: Duration = Duration::from_millis(50);
/// How often pages are told of counts, and metrics of verdicts, at most.
const TELL: Duration = Duration::from_secs(2);
/// How much of the scored topic is read again at the start: the hour that is shown and the
/// lateness of a quarter of an hour.
const BACK_MS: i64 = 75 * EventTime::MINUTE_MS;

/// What the threads that read share.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) settings: service::Settings,
    pub(crate) store: Arc<Store>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) context: Context,
}

impl Reader {
    /// Starts a thread for each topic.
    ///
    /// # Errors
    /// The topics aren't there, or the system gives no thread.
    pub(crate) fn start(&self) -> Result<Vec<Thread<Result<(), Error>>>, Error> {
        let topics = [
            Topic::Spikes,
            Topic::Feedback,
            Topic::Scored,
            Topic::Care,
            Topic::Insight,
        ];
        let connection = &self.settings.connection;
        let names = topics.map(|topic| connection.topic(topic));
        let partitions = admin::partitions(connection, &names, self.settings.patience)?;
        let threads = topics.into_iter().zip(partitions);
        let threads = threads.map(|(topic, partitions)| {
            let reader = self.clone();
            tasks::thread(thread_name(topic), move || {
                let result = reader.follow(topic, partitions);
                // One that ends early ends the console: its pages would grow old unseen.
                reader.context.shutdown.request();
                result
            })
        });
        threads.collect()
    }

    fn follow(&self, topic: Topic, partitions: i32) -> Result<(), Error> {
        let part = self.context.health.enter(thread_name(topic));
        part.set(false, "reading what there is");
        let Some(tail) = self.open(topic, partitions)? else {
            return Ok(());
        };
        // What was read and not told yet; at first that there is nothing.
        let mut told: Option<Instant> = None;
        let mut has_news = true;
        while !self.context.shutdown.is_requested() {
            if let Some(record) = tail.next(STEP)? {
                self.take(topic, &record);
                has_news = true;
            }
            part.tick();
            let is_time = told.is_none_or(|told| told.elapsed() > TELL);
            if has_news && is_time && tail.has_caught_up() {
                part.set(true, "running");
                self.tell(topic);
                (told, has_news) = (Some(Instant::now()), false);
            }
        }
        Ok(())
    }

    /// Opens the topic; a broker that is busy at the start is asked again. None if stopping
    /// is asked for meanwhile.
    fn open(&self, topic: Topic, partitions: i32) -> Result<Option<Tail>, Error> {
        let connection = &self.settings.connection;
        let name = connection.topic(topic);
        let deadline = Instant::now() + self.settings.patience;
        loop {
            let opened = if topic == Topic::Scored {
                let since = clock::now().plus_millis(-BACK_MS);
                Tail::open_since(connection, &name, partitions, since)
            } else {
                Tail::open(connection, std::slice::from_ref(&name), partitions)
            };
            match opened {
                Err(fault) if fault.is_passing() && Instant::now() < deadline => {
                    tracing::warn!(error = %fault, "the topic isn't open yet");
                }
                opened => return Ok(Some(opened?)),
            }
            if self.context.shutdown.is_requested() {
                return Ok(None);
            }
            std::thread::sleep(STEP);
        }
    }

    fn take(&self, topic: Topic, record: &Record<'_>) {
        let key = record.key().unwrap_or_default();
        match topic {
            Topic::Spikes => {
                if let Err(error) = self.store.take_spike(key, record.value()) {
                    self.unreadable(topic, record, &error.to_string());
                }
            }
            Topic::Feedback => self.take_feedback(key, record),
            Topic::Care => {
                if let Err(error) = self.store.take_conversation(key, record.value()) {
                    self.unreadable(topic, record, &error.to_string());
                }
            }
            Topic::Insight => {
                if let Err(error) = self.store.take_insight(key, record.value()) {
                    self.unreadable(topic, record, &error.to_string());
                }
            }
            _ => self.store.take_scored(record.value()),
        }
    }

    fn take_feedback(&self, key: &[u8], record: &Record<'_>) {
        let spike = String::from_utf8_lossy(key);
        if record.value().is_empty() {
            return self.store.take_feedback(&spike, None);
        }
        match mention::parse_feedback(record.value()) {
            Ok(feedback) if feedback.spike == spike => {
                self.store.take_feedback(&spike, Some(feedback));
            }
            Ok(_) => self.unreadable(Topic::Feedback, record, "the key isn't the spike's id"),
            Err(rejection) => self.unreadable(Topic::Feedback, record, &rejection.detail),
        }
    }

    /// Nobody's page fails for a record that can't be read; it is counted and told.
    fn unreadable(&self, topic: Topic, record: &Record<'_>, why: &str) {
        self.metrics.unreadable(topic.name());
        let (partition, offset) = (record.partition(), record.offset());
        tracing::warn!(
            topic = topic.name(),
            partition,
            offset,
            error = why,
            "record passed over"
        );
    }

    /// Tells pages of counts, and metrics of the rest. Only once all that was there has been
    /// read: a count of half of the verdicts would look like one that fell.
    fn tell(&self, topic: Topic) {
        if matches!(topic, Topic::Scored | Topic::Care | Topic::Insight) {
            return self.store.counted();
        }
        let state = self.store.read();
        let spikes = i64::try_from(state.len()).unwrap_or(i64::MAX);
        self.metrics.spikes.set(spikes);
        let outcomes = state.outcomes();
        drop(state);
        self.metrics.show(outcomes);
    }
}

/// Names of threads are cut by the system after 15 letters.
const fn thread_name(topic: Topic) -> &'static str {
    match topic {
        Topic::Spikes => "console-spikes",
        Topic::Feedback => "console-replies",
        Topic::Care => "console-care",
        Topic::Insight => "console-trends",
        _ => "console-scored",
    }
}
