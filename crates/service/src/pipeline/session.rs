//! One connection to Kafka, from joining the group to leaving it.

use std::time::{Duration, Instant};

use kafka::{Commit, Polled, Sink, Source, SourceSettings};

use super::backoff::Backoff;
use super::check_topics;
use super::counts::Counts;
use super::work::Work;
use crate::{Context, Error, Part, Plan, Settings, Stage};

/// Longest wait for a record: a request to stop is seen this fast.
const POLL: Duration = Duration::from_millis(50);
/// How often lag and state are reported when there is nothing to commit.
const REPORT: Duration = Duration::from_secs(1);
/// How long leaving the group may take.
const CLOSE: Duration = Duration::from_secs(3);

/// What a session needs to know.
pub(super) struct Session<'a> {
    pub(super) plan: Plan,
    pub(super) settings: &'a Settings,
    pub(super) context: &'a Context,
    pub(super) counts: &'a Counts,
    pub(super) part: &'a Part,
    pub(super) backoff: &'a mut Backoff,
    /// Partitions of the input.
    pub(super) partitions: i32,
}

impl Session<'_> {
    /// Runs until stopping is asked for or any fault comes up.
    pub(super) fn run<S: Stage>(&mut self, stage: &mut S) -> Result<(), Error> {
        let settings = self.settings;
        let name = self.plan.name;
        let sink = Sink::connect(
            &settings.connection,
            settings.delivery,
            name,
            &settings.instance,
        )?;
        let source = Source::subscribe(
            &settings.connection,
            &SourceSettings {
                topic: self.plan.input,
                service: name.to_owned(),
                protocol: settings.group_protocol,
                session_timeout: settings.session_timeout,
            },
        )?;
        self.part.set(false, "waiting for partitions");
        let progress = self.context.progress(name);
        let mut work = Work::new(stage, self.plan, settings, self.counts, sink, progress);
        let result = self.consume(&mut work, &source);
        let result = result.and_then(|()| work.finish(&source));
        work.forget_all();
        source.close(CLOSE);
        result
    }

    fn consume<S: Stage>(&mut self, work: &mut Work<'_, S>, source: &Source) -> Result<(), Error> {
        let mut last_report = Instant::now();
        let mut records = Vec::new();
        while !self.context.shutdown.is_requested() {
            let after = source.poll_many(work.patience(POLL), &mut records)?;
            work.step(&records)?;
            // The client's buffers are wanted for what comes next.
            records.clear();
            let is_drained = after.is_some();
            match after {
                None | Some(Polled::Record(_) | Polled::End(_) | Polled::Idle) => {}
                Some(Polled::Adrift) => {
                    work.find_place(source)?;
                    self.context.shutdown.sleep(self.backoff.next());
                }
                Some(rebalance) => self.rebalance(work, source, rebalance)?,
            }
            if work.is_commit_due(is_drained) {
                let commit = work.commit(source)?;
                self.after(work, source, commit)?;
            }
            if last_report.elapsed() > REPORT {
                last_report = Instant::now();
                work.report(source);
                self.part.tick();
            }
        }
        self.part.set(false, "stopping");
        Ok(())
    }

    fn after<S: Stage>(
        &mut self,
        work: &mut Work<'_, S>,
        source: &Source,
        commit: Commit,
    ) -> Result<(), Error> {
        match commit {
            Commit::Done => self.backoff.reset(),
            Commit::Aborted(fault) => {
                let wait = self.backoff.next();
                tracing::warn!(stage = self.plan.name, error = %fault, ?wait, "commit aborted");
                self.context.shutdown.sleep(wait);
                work.go_back(source, self.partitions)?;
            }
        }
        Ok(())
    }

    /// A partition that wasn't there at the start: keys are spread anew, so that a brand's
    /// records may go on in another partition than its state is in.
    fn refuse_added(&self, assigned: &[i32]) -> Result<(), Error> {
        let before = self.partitions;
        if assigned.iter().all(|&partition| partition < before) {
            return Ok(());
        }
        // If topics don't go together any more, that is the clearer fault.
        let now = check_topics(&self.plan, self.settings)?;
        let topic = self.settings.connection.topic(self.plan.input);
        Err(Error::PartitionsAdded { topic, before, now })
    }

    fn rebalance<S: Stage>(
        &mut self,
        work: &mut Work<'_, S>,
        source: &Source,
        rebalance: Polled<'_>,
    ) -> Result<(), Error> {
        match rebalance {
            Polled::Assigned(partitions) => {
                self.counts.rebalanced("assigned");
                tracing::info!(stage = self.plan.name, ?partitions, "partitions assigned");
                self.refuse_added(&partitions)?;
                // A restore may outlast the open transaction.
                let commit = work.commit(source)?;
                self.after(work, source, commit)?;
                self.part.set(false, "restoring state");
                work.take(source, &partitions, self.partitions)?;
            }
            Polled::Revoked(partitions) => {
                self.counts.rebalanced("revoked");
                tracing::info!(stage = self.plan.name, ?partitions, "partitions revoked");
                let commit = work.commit_with_snapshots(source)?;
                work.give(source, &partitions)?;
                self.after(work, source, commit)?;
            }
            Polled::Lost(partitions) => {
                self.counts.rebalanced("lost");
                tracing::warn!(stage = self.plan.name, ?partitions, "partitions lost");
                work.abort()?;
                work.give(source, &partitions)?;
                work.go_back(source, self.partitions)?;
            }
            Polled::Record(_) | Polled::End(_) | Polled::Adrift | Polled::Idle => {}
        }
        let count = work.partitions();
        self.part
            .set(true, &format!("running, {count} partitions assigned"));
        Ok(())
    }
}
