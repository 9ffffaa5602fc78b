//! Faults of the input, told from calm: silence where there should be mentions, what
//! comes in one go when a silence ends, and what comes too late.
//!
//! Each is noted and wakes nobody. A silence is noted while it lasts, as soon as a
//! record tells that time went on without mentions, and gets its end when mentions come
//! again. What is noted follows from closed minutes, so that neither the order of
//! arrival nor the number of heartbeats changes it.

use mention::{ClosedBecause, EventTime, Spike, SpikeKind};
use serde::{Deserialize, Serialize};

use crate::by_platform::ByPlatform;
use crate::notes::{Cause, Note};
use crate::rhythm::Rhythm;
use crate::scan::Counts;
use crate::watch::BrandWatch;

/// A silence: this many mentions would have come in it, and it lasted that many
/// minutes. Sixty expected and none seen don't happen by chance, however restless the
/// volume; half an hour is longer than sources pause between two deliveries.
const SILENCE_MENTIONS: f64 = 60.0;
const SILENCE_MINUTES: i64 = 30;
/// Minutes after which a silence is the new normal: a week.
const SILENCE_LONGEST: i64 = 7 * 24 * 60;
/// Hours of the rhythm that must be known before a silence is told.
const HOURS_KNOWN: f64 = 24.0;
/// Minutes after a silence's end in which what was missed may come in one go.
const CATCH_UP_MINUTES: i64 = 60;
/// Part of the missed mentions that must come beyond the usual, and how many at least.
const CATCH_UP_PART: f64 = 0.25;
const CATCH_UP_MIN: f64 = 20.0;
/// Late mentions within an hour of each other that are worth a note, at least, and as
/// a part of the mentions that an hour brings.
const LATE_MIN: u32 = 20;
const LATE_PART: f64 = 0.1;
/// Minutes after a note of late mentions in which there is no other: a source that is
/// always late is told of once a day.
const LATE_REST: i64 = 24 * 60;
/// Minutes after a silence in which a platform's next one isn't told: a source that
/// comes and goes is told of twice a day.
const SILENCE_REST: i64 = 12 * 60;

/// What is remembered of the input.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Inputs {
    /// The silence of everything that lasts, or that a mention has just ended.
    gap: Option<Gap>,
    /// Last closed minute with a mention.
    last: Option<i64>,
    platforms: ByPlatform<Line>,
    /// What comes after the last silence of everything.
    burst: Option<Burst>,
    late: Late,
}

/// Time without any mention.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Gap {
    /// Minute of the last mention before it.
    from: i64,
    /// The minute in which it becomes a silence.
    due: i64,
    /// Whether it was noted while it lasted.
    told: bool,
}

/// One platform's part of the input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Line {
    /// Last closed minute with a mention.
    last: i64,
    /// Mentions missed since, while other platforms spoke.
    missed: f64,
    /// Those of minutes in which perhaps nobody spoke.
    pending: f64,
    /// The minute in which it became a silence.
    due: Option<i64>,
    /// No silence is told before this minute.
    rests: i64,
    burst: Option<Burst>,
}

/// What comes after a silence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Burst {
    /// First minute with a mention again.
    from: i64,
    missed: f64,
    /// Mentions beyond the usual so far.
    beyond: f64,
    told: bool,
}

/// Late mentions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Late {
    /// Minute from which they are counted.
    first: i64,
    mentions: u32,
    /// Their platform; none if there are several.
    platform: Option<u8>,
    /// No note is written before this minute.
    rests: i64,
}

impl Inputs {
    pub(crate) fn is_whole(&self) -> bool {
        self.platforms.keys().all(|&position| position < 15)
    }

    /// Whether what was missed may be coming in one go, on this platform or on all of
    /// them: the number of mentions says nothing then.
    pub(crate) fn is_catching_up(&self, platform: Option<u8>, minute: i64) -> bool {
        let comes = |burst: &Option<Burst>| {
            burst.is_some_and(|burst| {
                (0..=CATCH_UP_MINUTES).contains(&minute.saturating_sub(burst.from))
            })
        };
        let has_ended = self.gap.is_some_and(|gap| gap.due < minute);
        let line = platform.and_then(|platform| self.platforms.get(&platform));
        let own = line.is_some_and(|line| line.due.is_some() || comes(&line.burst));
        has_ended || comes(&self.burst) || own
    }
}

/// The minute in which a silence after `from` has lasted long enough, by the rhythm of
/// the mentions that should come; none within a week.
fn due_after(from: i64, rhythm: &Rhythm) -> Option<i64> {
    if rhythm.hours_known() < HOURS_KNOWN {
        return None;
    }
    let (mut minute, mut missed) = (from.saturating_add(1), 0.0);
    while minute.saturating_sub(from) < SILENCE_LONGEST {
        let hour = minute.div_euclid(60);
        let a_minute = rhythm.expected(hour) / 60.0;
        let end = hour.saturating_add(1).saturating_mul(60);
        #[allow(clippy::cast_precision_loss, reason = "at most 60")]
        let in_hour = a_minute * (end - minute) as f64;
        if missed + in_hour >= SILENCE_MENTIONS {
            let missing = (SILENCE_MENTIONS - missed) / a_minute;
            #[allow(clippy::cast_possible_truncation, reason = "at most 60")]
            let more = (missing.ceil() as i64 - 1).clamp(0, 59);
            return Some((minute + more).max(from + SILENCE_MINUTES));
        }
        missed += in_hour;
        minute = end;
    }
    None
}

/// Mentions that should have come in the minutes from `from` to `to`, of a week at most.
fn missed_in(from: i64, to: i64, rhythm: &Rhythm) -> f64 {
    let to = to.min(from.saturating_add(SILENCE_LONGEST));
    let (mut minute, mut missed) = (from, 0.0);
    while minute <= to {
        let hour = minute.div_euclid(60);
        let end = hour.saturating_add(1).saturating_mul(60).min(to + 1);
        #[allow(clippy::cast_precision_loss, reason = "at most 60")]
        let minutes = (end - minute) as f64;
        missed += rhythm.expected(hour) / 60.0 * minutes;
        minute = end;
    }
    missed
}

impl BrandWatch {
    /// Whether [`BrandWatch::advance`] to that time would change more than the time: a
    /// spike is open, or a silence is due to be told.
    #[must_use]
    pub fn is_moved_by(&self, at: EventTime) -> bool {
        self.has_open_spike() || self.silence_due(at).is_some()
    }

    /// The gap since the newest mention, if it is to be told now that time has
    /// reached `at`.
    fn silence_due(&self, at: EventTime) -> Option<Gap> {
        let from = self.state.clock?.newest;
        let closed = at.minute().saturating_sub(self.lag());
        if closed.saturating_sub(from) < SILENCE_MINUTES {
            return None;
        }
        let gap = match self.state.inputs.gap {
            Some(gap) if gap.from == from => gap,
            // What comes late moves the newest minute, and ends no silence.
            Some(gap) if gap.told && self.first_heard(gap, from).is_none() => return None,
            _ => Gap {
                from,
                due: due_after(from, &self.state.all.rhythm)?,
                told: false,
            },
        };
        (!gap.told && gap.due <= closed).then_some(gap)
    }

    /// The first minute with a mention after the gap, if `newest` is the newest one.
    fn first_heard(&self, gap: Gap, newest: i64) -> Option<i64> {
        let first = (gap.from + 1).max(newest.saturating_sub(2 * self.lag()));
        (first..=newest).find(|&minute| self.state.all.minute(minute).total > 0)
    }

    /// Time has gone on, by heartbeats or by a mention: tells of a silence that lasts.
    pub(crate) fn note_lasting_silence(&mut self, out: &mut Vec<Spike>) {
        let Some(clock) = self.state.clock else {
            return;
        };
        if let Some(gap) = self.silence_due(EventTime::from_millis(clock.heard)) {
            self.settle_gap(clock.newest, out);
            if self.state.inputs.gap.is_none() {
                out.push(self.silence(None, gap.from, gap.due, None));
                self.state.inputs.gap = Some(Gap { told: true, ..gap });
            }
        }
    }

    /// A mention of minute `to` comes after minute `from` was the newest: remembers the
    /// gap, whose end is known when the minutes after it are closed.
    pub(crate) fn begin_gap(&mut self, from: i64, to: i64, out: &mut Vec<Spike>) {
        if to.saturating_sub(from) <= SILENCE_MINUTES {
            return;
        }
        let is_known = self.state.inputs.gap.is_some_and(|gap| gap.from == from);
        if is_known {
            return;
        }
        self.settle_gap(from, out);
        if self.state.inputs.gap.is_none()
            && let Some(due) = due_after(from, &self.state.all.rhythm)
            && due < to
        {
            self.state.inputs.gap = Some(Gap {
                from,
                due,
                told: false,
            });
        }
    }

    /// Ends a gap that was still open when `newest` was the newest minute.
    fn settle_gap(&mut self, newest: i64, out: &mut Vec<Spike>) {
        let gap = self.state.inputs.gap;
        let heard = gap.and_then(|gap| self.first_heard(gap, newest));
        if let Some(minute) = heard {
            self.end_gap(minute, out);
        }
    }

    /// Minute `minute` is the first one with a mention after the gap.
    fn end_gap(&mut self, minute: i64, out: &mut Vec<Spike>) {
        let Some(gap) = self.state.inputs.gap.take() else {
            return;
        };
        if gap.due >= minute {
            return; // mentions out of order have filled it
        }
        out.push(self.silence(None, gap.from, gap.due, Some(minute)));
        let missed = missed_in(gap.from + 1, minute - 1, &self.state.all.rhythm);
        self.state.inputs.burst = Some(Burst {
            from: minute,
            missed,
            beyond: 0.0,
            told: false,
        });
        self.state.notes.rest_after_silence(gap.from, minute);
    }

    /// A minute is closed.
    pub(crate) fn learn_inputs(&mut self, minute: i64, out: &mut Vec<Spike>) {
        let counts = self.state.all.minute(minute);
        let is_heard = counts.total > 0;
        if is_heard && self.state.inputs.gap.is_some_and(|gap| gap.from < minute) {
            self.end_gap(minute, out);
        }
        let expected = self.state.all.rhythm.expected(minute.div_euclid(60)) / 60.0;
        let mut burst = self.state.inputs.burst;
        self.take_burst(&mut burst, None, minute, counts, expected, out);
        self.state.inputs.burst = burst;
        let last = self.state.inputs.last;
        let others_spoke = last.is_some_and(|last| minute - last <= SILENCE_MINUTES);
        if self.state.platforms.len() > 1 {
            for number in 0..self.state.platforms.len() {
                let Some(&platform) = self.state.platforms.keys().nth(number) else {
                    break;
                };
                self.learn_line(platform, minute, is_heard, others_spoke, out);
            }
        }
        if is_heard {
            self.state.inputs.last = Some(minute);
        }
    }

    fn learn_line(
        &mut self,
        platform: u8,
        minute: i64,
        is_heard: bool,
        others_spoke: bool,
        out: &mut Vec<Spike>,
    ) {
        let series = self.series_at(Some(platform));
        let counts = series.minute(minute);
        let expected = series.rhythm.expected(minute.div_euclid(60)) / 60.0;
        let is_known = series.rhythm.hours_known() >= HOURS_KNOWN;
        let line = self.state.inputs.platforms.get(&platform);
        let mut line = match line {
            Some(line) => *line,
            None if counts.total > 0 => Line::new(minute),
            None => return,
        };
        if counts.total > 0 {
            self.end_silence(platform, &mut line, minute, out);
        } else if line.due.is_none() {
            line.pending += expected;
            if is_heard {
                line.missed += if others_spoke { line.pending } else { 0.0 };
                line.pending = 0.0;
            }
            let is_silent = line.missed >= SILENCE_MENTIONS
                && minute.saturating_sub(line.last) >= SILENCE_MINUTES;
            if is_heard && is_known && is_silent && minute >= line.rests {
                line.due = Some(minute);
                out.push(self.silence(Some(platform), line.last, minute, None));
            }
        } else if minute.saturating_sub(line.last) == SILENCE_LONGEST {
            let due = line.due.unwrap_or(minute);
            out.push(self.silence(Some(platform), line.last, due, Some(minute)));
        }
        self.take_burst(
            &mut line.burst,
            Some(platform),
            minute,
            counts,
            expected,
            out,
        );
        let kept = &mut self.state.inputs.platforms;
        *kept.or_insert_with(platform, || line) = line;
    }

    /// The platform speaks again.
    fn end_silence(&self, platform: u8, line: &mut Line, minute: i64, out: &mut Vec<Spike>) {
        if let Some(due) = line.due.take() {
            out.push(self.silence(Some(platform), line.last, due, Some(minute)));
            let rhythm = &self.series_at(Some(platform)).rhythm;
            line.burst = Some(Burst {
                from: minute,
                missed: missed_in(line.last + 1, minute - 1, rhythm).max(line.missed),
                beyond: 0.0,
                told: false,
            });
            line.rests = minute + SILENCE_REST;
        }
        (line.last, line.missed, line.pending) = (minute, 0.0, 0.0);
    }

    fn take_burst(
        &self,
        burst: &mut Option<Burst>,
        platform: Option<u8>,
        minute: i64,
        counts: Counts,
        expected: f64,
        out: &mut Vec<Spike>,
    ) {
        let Some(now) = burst else {
            return;
        };
        if minute.saturating_sub(now.from) > CATCH_UP_MINUTES {
            *burst = None;
            return;
        }
        now.beyond += f64::from(counts.total) - expected;
        if !now.told && now.beyond >= CATCH_UP_MIN.max(CATCH_UP_PART * now.missed) {
            now.told = true;
            let length = (minute - now.from + 1).min(CATCH_UP_MINUTES);
            out.push(self.note(&Note {
                kind: SpikeKind::InputFault,
                cause: Cause::CatchUp,
                position: platform,
                first: now.from,
                last: minute,
                at: EventTime::from_minute(minute).millis(),
                counts: self.series_at(platform).sum(minute, length),
            }));
        }
    }

    /// The note of a silence after minute `from` that became one in minute `due`; `end` is
    /// the first minute with a mention again.
    fn silence(&self, platform: Option<u8>, from: i64, due: i64, end: Option<i64>) -> Spike {
        let latest = from.saturating_add(SILENCE_LONGEST);
        let end = end.map(|end| (end.min(latest), end >= latest));
        let note = self.note(&Note {
            kind: SpikeKind::InputFault,
            cause: Cause::Silence,
            position: platform,
            first: from.saturating_add(1),
            last: end.map_or(due, |(end, _)| end - 1),
            at: EventTime::from_minute(due).millis(),
            counts: Counts::default(),
        });
        Spike {
            closed_at: end.map(|(end, _)| EventTime::from_minute(end)),
            closed_because: end.map(|(_, is_normal)| match is_normal {
                true => ClosedBecause::NewNormal,
                false => ClosedBecause::Recovered,
            }),
            recovery_minutes: end
                .filter(|(_, is_normal)| !is_normal)
                .map(|(end, _)| (end - from - 1).unsigned_abs()),
            ..note
        }
    }

    /// A late mention has come: is the input catching up?
    pub(crate) fn note_late(&mut self, minute: i64, platform: u8, out: &mut Vec<Spike>) {
        let now = self.state.clock.map_or(minute, |clock| clock.newest);
        let usual = self.state.all.rhythm.mean() * LATE_PART;
        let late = &mut self.state.inputs.late;
        if late.mentions == 0 || now.saturating_sub(late.first) > 60 {
            *late = Late {
                first: now,
                mentions: 0,
                platform: Some(platform),
                rests: late.rests,
            };
        }
        late.mentions = late.mentions.saturating_add(1);
        late.platform = late.platform.filter(|&own| own == platform);
        let is_many = late.mentions >= LATE_MIN && f64::from(late.mentions) >= usual;
        if is_many && now >= late.rests {
            late.rests = now.saturating_add(LATE_REST);
            let platform = late.platform;
            out.push(self.note(&Note {
                kind: SpikeKind::InputFault,
                cause: Cause::Late,
                position: platform.and_then(|platform| self.own_series(platform)),
                first: minute.min(now),
                last: now,
                at: EventTime::from_minute(now).millis(),
                counts: Counts::default(),
            }));
        }
    }

    /// Minutes by which the closed ones lag behind the time.
    fn lag(&self) -> i64 {
        self.settings.lateness_minutes() + 1
    }
}

impl Line {
    const fn new(minute: i64) -> Self {
        Self {
            last: minute,
            missed: 0.0,
            pending: 0.0,
            due: None,
            rests: i64::MIN,
            burst: None,
        }
    }
}
