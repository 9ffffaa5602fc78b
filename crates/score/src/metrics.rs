//! What the scoring service counts.

use mention::{Abstention, EventTime, Label, Score};
use service::clock;
use service::metrics::{IntCounter, IntCounterVec, IntGaugeVec, Latency, RegisterError, Registry};

/// Languages with a label of their own; all others count as `other`.
const LANGUAGES: [&str; 2] = ["nl", "en"];

/// Metrics of the service. Every label is a closed set.
#[derive(Debug)]
pub struct Metrics {
    /// `ophef_scores_total{lang,label}` by language and label.
    scores: [[IntCounter; 3]; LANGUAGES.len() + 1],
    /// `ophef_scores_abstained_total{reason}`: scores that say nothing.
    abstained: IntCounterVec,
    /// `ophef_scores_kept_total`: records that carried a score already.
    pub(crate) kept: IntCounter,
    /// `ophef_times_clamped_total`: creation times moved back to the Kafka timestamp.
    pub(crate) clamped: IntCounter,
    /// `ophef_event_to_scored_seconds`: from a mention's writing to Kafka until
    /// its score can be read.
    latency: Latency,
    /// When the records that aren't committed yet were written to Kafka.
    uncommitted: Vec<EventTime>,
    /// Hashed id of the mention that waits longest for the commit, if it is one.
    oldest: Option<u64>,
    /// `ophef_model_info{role,model}`: 1 for the model that scores, `role="first"`, and
    /// for the one behind it, `role="second"`.
    models: IntGaugeVec,
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// [`RegisterError`] if another scoring service of this process has.
    pub fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let scores = registry.counters(
            "ophef_scores_total",
            "Mentions scored, by language and most probable class.",
            &["lang", "label"],
        )?;
        let none: [&str; 0] = [];
        let of_lang =
            |lang: &str| Label::ALL.map(|label| scores.with_label_values(&[lang, label.as_str()]));
        let count = |name, help| {
            let counters = registry.counters(name, help, &[])?;
            Ok::<_, RegisterError>(counters.with_label_values(&none))
        };
        Ok(Self {
            scores: [
                of_lang(LANGUAGES[0]),
                of_lang(LANGUAGES[1]),
                of_lang("other"),
            ],
            abstained: registry.counters(
                "ophef_scores_abstained_total",
                "Scores that say nothing, by reason; they count as not negative.",
                &["reason"],
            )?,
            kept: count(
                "ophef_scores_kept_total",
                "Records that carried a score already and passed through.",
            )?,
            clamped: count(
                "ophef_times_clamped_total",
                "Creation times more than five minutes ahead, moved to the Kafka timestamp.",
            )?,
            latency: registry.latency(
                "ophef_event_to_scored_seconds",
                "From the writing of a mention to Kafka until its score can be read.",
            )?,
            uncommitted: Vec::new(),
            oldest: None,
            models: registry.int_gauges(
                "ophef_model_info",
                "1 for the model that scores (role first) and for the one behind it (second).",
                &["role", "model"],
            )?,
        })
    }

    pub(crate) fn scored(&self, score: &Score<'_>) {
        let lang = LANGUAGES
            .iter()
            .position(|&lang| lang == score.lang.as_str());
        self.scores[lang.unwrap_or(LANGUAGES.len())][score.label as usize].inc();
        if let Some(reason) = score.abstained {
            self.abstained.with_label_values(&[name_of(reason)]).inc();
        }
    }

    /// Names a model that scores.
    pub(crate) fn uses(&self, role: &str, model: &str) {
        self.models.with_label_values(&[role, model]).set(1);
    }

    /// A record was stepped over; `mention` gives its hashed id. It is asked for only
    /// where nothing waits yet, since hashing every id would cost more than it tells.
    pub(crate) fn stepped(&mut self, stamped_at: EventTime, mention: impl FnOnce() -> Option<u64>) {
        if self.uncommitted.is_empty() {
            self.oldest = mention();
        }
        self.uncommitted.push(stamped_at);
    }

    pub(crate) fn committed(&mut self) {
        let mut oldest = self.oldest.take();
        for stamped_at in self.uncommitted.drain(..) {
            let seconds = clock::seconds_since(stamped_at);
            match oldest.take() {
                Some(mention) => self.latency.observe_of(seconds, mention),
                None => self.latency.observe(seconds),
            }
        }
    }

    /// What was stepped over is done again, and counted then.
    pub(crate) fn aborted(&mut self) {
        self.uncommitted.clear();
        self.oldest = None;
    }
}

const fn name_of(reason: Abstention) -> &'static str {
    match reason {
        Abstention::UnsupportedLanguage => "unsupported_language",
        Abstention::TooShort => "too_short",
        Abstention::NoEvidence => "no_evidence",
        Abstention::Contradictory => "contradictory",
        Abstention::Other => "other",
    }
}
