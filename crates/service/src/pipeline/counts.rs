//! What every stage counts.

use std::collections::BTreeMap;

use kafka::Source;
use mention::{EventTime, Reason};

use crate::clock;
use crate::metrics::{GaugeVec, Histogram, IntCounter, IntCounterVec, IntGaugeVec};
use crate::{Context, Error};

/// Values of `event` in `ophef_rebalances_total`.
const REBALANCES: [&str; 3] = ["assigned", "revoked", "lost"];

/// Metrics of one stage; `stage` is its name. All partitions are bounded by the
/// topic, all other labels are closed sets.
#[derive(Debug)]
pub(crate) struct Counts {
    /// `ophef_records_consumed_total{stage}`: records stepped over.
    pub(crate) consumed: IntCounter,
    /// `ophef_records_missed_total{stage}`: records deleted before they were read.
    pub(crate) missed: IntCounter,
    /// `ophef_records_repeated_total{stage}`: records that the client delivered again.
    pub(crate) repeated: IntCounter,
    /// `ophef_records_produced_total{stage}`: records written, snapshots included.
    pub(crate) produced: IntCounter,
    /// `ophef_dead_letters_total{stage,reason}`: records rejected.
    dead: BTreeMap<Reason, IntCounter>,
    /// `ophef_commits_total{stage,outcome="committed"}`.
    pub(crate) committed: IntCounter,
    /// `ophef_commits_total{stage,outcome="aborted"}`: taken back and done again.
    pub(crate) aborted: IntCounter,
    /// `ophef_commit_duration_seconds{stage}`: how long a commit takes.
    pub(crate) commit_seconds: Histogram,
    /// `ophef_rebalances_total{stage,event}`: `assigned`, `revoked` or `lost`.
    rebalances: [IntCounter; REBALANCES.len()],
    /// `ophef_restored_records_total{stage}`: changelog entries read back.
    pub(crate) restored: IntCounter,
    /// `ophef_restore_duration_seconds{stage}`: how long the last restore took.
    pub(crate) restore_seconds: GaugeVec,
    /// `ophef_partition_lag_records{stage,partition}`: records not yet stepped over.
    lag: IntGaugeVec,
    /// `ophef_partition_record_age_seconds{stage,partition}`: age of the last
    /// record stepped over, from its writing to Kafka to the commit.
    age: GaugeVec,
    stage: &'static str,
}

impl Counts {
    /// The metrics of `stage`, registered by the first stage of the process.
    pub(crate) fn register(context: &Context, stage: &'static str) -> Result<Self, Error> {
        let families = context.families()?;
        families.announce(stage);
        let count = |vec: &IntCounterVec| vec.with_label_values(&[stage]);
        let dead = |reason: Reason| {
            let labels = [stage, reason.as_str()];
            (reason, families.dead.with_label_values(&labels))
        };
        Ok(Self {
            consumed: count(&families.consumed),
            missed: count(&families.missed),
            repeated: count(&families.repeated),
            produced: count(&families.produced),
            dead: Reason::ALL.into_iter().map(dead).collect(),
            committed: families.commits.with_label_values(&[stage, "committed"]),
            aborted: families.commits.with_label_values(&[stage, "aborted"]),
            commit_seconds: families.commit_seconds.with_label_values(&[stage]),
            rebalances: REBALANCES
                .map(|event| families.rebalances.with_label_values(&[stage, event])),
            restored: count(&families.restored),
            restore_seconds: families.restore_seconds.clone(),
            lag: families.lag.clone(),
            age: families.age.clone(),
            stage,
        })
    }

    pub(crate) fn rejected(&self, reason: Reason) {
        if let Some(counter) = self.dead.get(&reason) {
            counter.inc();
        }
    }

    pub(crate) fn rebalanced(&self, event: &str) {
        let known = REBALANCES.iter().position(|&known| known == event);
        if let Some(known) = known {
            self.rebalances[known].inc();
        }
    }

    pub(crate) fn set_restore_seconds(&self, seconds: f64) {
        self.restore_seconds
            .with_label_values(&[self.stage])
            .set(seconds);
    }

    /// Lag and age of a partition whose next record is `next`.
    pub(crate) fn partition(
        &self,
        source: &Source,
        partition: i32,
        next: i64,
        last: Option<EventTime>,
    ) {
        let number = partition.to_string();
        let labels = [self.stage, number.as_str()];
        if let Some(end) = source.end_of(partition) {
            self.lag.with_label_values(&labels).set((end - next).max(0));
        }
        if let Some(last) = last {
            self.age
                .with_label_values(&labels)
                .set(clock::seconds_since(last));
        }
    }

    /// A partition that isn't ours any more is exported by its new owner.
    pub(crate) fn forget(&self, partition: i32) {
        let number = partition.to_string();
        let labels = [self.stage, number.as_str()];
        // Not there if it was never exported.
        let _ = self.lag.remove_label_values(&labels);
        let _ = self.age.remove_label_values(&labels);
    }
}

/// The metric families behind [`Counts`], shared by the stages of a process.
#[derive(Debug, Clone)]
pub(crate) struct Families {
    consumed: IntCounterVec,
    missed: IntCounterVec,
    repeated: IntCounterVec,
    produced: IntCounterVec,
    dead: IntCounterVec,
    commits: IntCounterVec,
    commit_seconds: crate::metrics::HistogramVec,
    rebalances: IntCounterVec,
    restored: IntCounterVec,
    restore_seconds: GaugeVec,
    lag: IntGaugeVec,
    age: GaugeVec,
    /// `ophef_build_info{service,version}`: 1 for each service of the process.
    build: IntGaugeVec,
}

impl Families {
    /// Exports the version of a service of this process.
    pub(crate) fn announce(&self, service: &str) {
        let labels = [service, env!("CARGO_PKG_VERSION")];
        self.build.with_label_values(&labels).set(1);
    }

    pub(crate) fn register(context: &Context) -> Result<Self, Error> {
        let r = &context.registry;
        let stage = &["stage"];
        let partition = &["stage", "partition"];
        Ok(Self {
            consumed: r.counters(
                "ophef_records_consumed_total",
                "Records stepped over.",
                stage,
            )?,
            missed: r.counters(
                "ophef_records_missed_total",
                "Records that the topic's retention deleted before they were read.",
                stage,
            )?,
            repeated: r.counters(
                "ophef_records_repeated_total",
                "Records that the client delivered once more, and that were passed over.",
                stage,
            )?,
            produced: r.counters(
                "ophef_records_produced_total",
                "Records written, snapshots of state included.",
                stage,
            )?,
            dead: r.counters(
                "ophef_dead_letters_total",
                "Records rejected and sent to the dead-letter topic, by reason.",
                &["stage", "reason"],
            )?,
            commits: r.counters(
                "ophef_commits_total",
                "Commits of outputs and offsets: committed, or aborted and done again.",
                &["stage", "outcome"],
            )?,
            commit_seconds: r.latencies(
                "ophef_commit_duration_seconds",
                "How long a commit takes.",
                stage,
            )?,
            rebalances: r.counters(
                "ophef_rebalances_total",
                "Changes of the partitions assigned: assigned, revoked or lost.",
                &["stage", "event"],
            )?,
            restored: r.counters(
                "ophef_restored_records_total",
                "Entries of the changelog read back.",
                stage,
            )?,
            restore_seconds: r.gauges(
                "ophef_restore_duration_seconds",
                "How long the last restore of state took.",
                stage,
            )?,
            lag: r.int_gauges(
                "ophef_partition_lag_records",
                "Records of the input not yet stepped over.",
                partition,
            )?,
            age: r.gauges(
                "ophef_partition_record_age_seconds",
                "Age of the last record stepped over, from its writing to Kafka to its commit.",
                partition,
            )?,
            build: r.int_gauges(
                "ophef_build_info",
                "1 for each service of the process, with its version.",
                &["service", "version"],
            )?,
        })
    }
}
