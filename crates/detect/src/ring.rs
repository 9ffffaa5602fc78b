//! The last minutes of one series, minute by minute.
//!
//! A ring of cells reaches from the newest minute back over the lateness and the
//! longest window. A cell is as narrow as the busiest minute allows: one byte a
//! count until a minute has more than 255 mentions, then two, then four; nothing is
//! cut. While few minutes have mentions only those have cells, and a ring without
//! mentions has none at all.
//!
//! Once all minutes have cells, the sums of the windows that end with the newest minute,
//! and of those that end with the minute that was closed last, are kept up to date as
//! counts come and go, so that they are read at once; of a few minutes they are soon
//! taken. All counts are whole numbers, and the order of arrival leaves no trace in them.

mod cells;

use serde::{Deserialize, Serialize, Serializer};

use crate::scan::{Counts, WINDOWS};

use cells::Cells;

/// Minutes of the longest window: the ring follows it.
pub(crate) const LONGEST: i64 = WINDOWS[WINDOWS.len() - 1];
/// Least and most minutes of lateness (`BrandSettings::lateness_ms`).
const LATENESS: [i64; 2] = [1, 60];
/// The minutes that an event time can have.
pub(crate) const MINUTES: std::ops::RangeInclusive<i64> =
    i64::MIN / 60_000 - 1..=i64::MAX / 60_000 + 1;

/// Counts of the windows that end with the same minute.
pub(crate) type Sums = [Counts; WINDOWS.len()];

/// The counts of the last minutes. It holds at most `u32::MAX` mentions, so that no
/// sum overflows; more than that aren't counted.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Packed")]
pub(crate) struct Ring {
    /// The newest minute that there is room for.
    newest: i64,
    /// Windows don't reach back beyond this minute.
    floor: i64,
    /// Mentions of all minutes.
    live: u32,
    /// Number of minutes held.
    length: u16,
    /// Slot of the newest minute; the one before it has the slot before.
    slot: u16,
    cells: Cells,
    /// None while few minutes have mentions.
    kept: Option<Box<Kept>>,
}

/// The sums that are kept up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Kept {
    /// Windows that end with the newest minute.
    at_newest: Sums,
    /// Windows that end with the minute that was closed last.
    at_closed: Sums,
}

impl Ring {
    /// An empty ring with room for `lateness` open minutes, up to `newest`.
    pub(crate) fn new(lateness: i64, newest: i64) -> Self {
        Self {
            newest,
            floor: i64::MIN,
            live: 0,
            length: length_for(lateness),
            slot: 0,
            cells: Cells::None,
            kept: None,
        }
    }

    /// Whether it has the length that this lateness asks for.
    pub(crate) fn fits(&self, lateness: i64) -> bool {
        self.length == length_for(lateness)
    }

    /// Whether it reaches to that minute.
    pub(crate) fn holds(&self, minute: i64) -> bool {
        minute <= self.newest && minute > self.newest - i64::from(self.length)
    }

    /// Whether no minute has a mention.
    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The minute before which windows don't reach.
    pub(crate) fn floor(&self) -> i64 {
        self.floor
    }

    /// The newest minute.
    pub(crate) fn newest(&self) -> i64 {
        self.newest
    }

    /// The minute that was closed last.
    fn closed(&self) -> i64 {
        self.newest - (i64::from(self.length) - LONGEST - 1)
    }

    /// Slot of a minute that is held.
    fn slot_of(&self, minute: i64) -> usize {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "less than the length"
        )]
        let back = (self.newest - minute) as usize;
        let slot = usize::from(self.slot);
        if back <= slot {
            slot - back
        } else {
            slot + usize::from(self.length) - back
        }
    }

    /// Counts of one minute; zero outside the ring.
    pub(crate) fn minute(&self, minute: i64) -> Counts {
        if self.is_empty() || !self.holds(minute) {
            return Counts::default();
        }
        self.cells.get(self.slot_of(minute))
    }

    /// Adds counts to a minute within the ring; others are let fall.
    pub(crate) fn add(&mut self, minute: i64, counts: Counts) {
        let Some(live) = self.live.checked_add(counts.total) else {
            return;
        };
        if !self.holds(minute) {
            return;
        }
        self.live = live;
        let mut cell = self.minute(minute);
        cell.add(counts);
        self.cells.set(self.slot_of(minute), cell, self.length);
        if self.kept.is_none() && !self.cells.are_few() {
            self.sum_up();
        } else {
            self.each_sum(minute, |sum| sum.add(counts));
        }
    }

    /// Takes counts back, as far as the minute has them.
    pub(crate) fn remove(&mut self, minute: i64, counts: Counts) {
        let cell = self.minute(minute);
        let counts = Counts {
            negative: counts.negative.min(cell.negative),
            total: counts.total.min(cell.total),
        };
        if counts == Counts::default() {
            return;
        }
        self.live -= counts.total;
        let mut left = cell;
        left.remove(counts);
        self.cells.set(self.slot_of(minute), left, self.length);
        self.each_sum(minute, |sum| sum.remove(counts));
        self.let_go_if_empty();
    }

    /// Changes the kept sums of all windows in which the minute lies.
    fn each_sum(&mut self, minute: i64, change: impl Fn(&mut Counts)) {
        if minute < self.floor {
            return;
        }
        let closed = self.closed();
        let Some(kept) = &mut self.kept else {
            return;
        };
        for (last, sums) in [
            (self.newest, &mut kept.at_newest),
            (closed, &mut kept.at_closed),
        ] {
            for (sum, length) in sums.iter_mut().zip(WINDOWS) {
                if minute <= last && minute > last - length {
                    change(sum);
                }
            }
        }
    }

    /// Makes room for the minute after the newest one.
    pub(crate) fn enter_next(&mut self) {
        let oldest = if self.slot + 1 == self.length {
            0
        } else {
            self.slot + 1
        };
        if let Some(mut kept) = self.kept.take() {
            self.shift(&mut kept);
            self.kept = Some(kept);
        }
        self.newest += 1;
        self.slot = oldest;
        if self.is_empty() {
            return;
        }
        let gone = self.cells.get(usize::from(oldest));
        if gone != Counts::default() {
            self.live -= gone.total;
            let empty = Counts::default();
            self.cells.set(usize::from(oldest), empty, self.length);
            self.let_go_if_empty();
        }
    }

    /// Moves the sums on by a minute.
    fn shift(&self, kept: &mut Kept) {
        // What lies beyond the newest minute is still empty, and nothing of it enters.
        let (newest, closed) = (self.newest, self.closed());
        for (window, length) in WINDOWS.into_iter().enumerate() {
            let leaving = self.above_floor(newest + 1 - length);
            kept.at_newest[window].remove(leaving);
        }
        let entering = self.above_floor(closed + 1);
        for (window, length) in WINDOWS.into_iter().enumerate() {
            let leaving = self.above_floor(closed + 1 - length);
            kept.at_closed[window].add(entering);
            kept.at_closed[window].remove(leaving);
        }
    }

    /// Counts of a minute that is held and that windows reach.
    fn above_floor(&self, minute: i64) -> Counts {
        if minute < self.floor {
            Counts::default()
        } else {
            self.cells.get(self.slot_of(minute))
        }
    }

    /// Moves on to `minute` at once, empty.
    pub(crate) fn jump(&mut self, minute: i64) {
        *self = Self {
            newest: minute,
            floor: self.floor,
            live: 0,
            length: self.length,
            slot: 0,
            cells: Cells::None,
            kept: None,
        };
    }

    /// Windows begin anew at `minute`.
    pub(crate) fn begin_at(&mut self, minute: i64) {
        self.floor = minute;
        self.sum_up();
    }

    fn sum_up(&mut self) {
        self.kept = (!self.cells.are_few()).then(|| {
            Box::new(Kept {
                at_newest: self.windows_from_cells(self.newest),
                at_closed: self.windows_from_cells(self.closed()),
            })
        });
    }

    fn let_go_if_empty(&mut self) {
        if self.live == 0 {
            self.cells = Cells::None;
            self.kept = None;
        }
    }

    /// Sum over the `length` minutes that end with `last`, none before the floor.
    pub(crate) fn sum(&self, last: i64, length: i64) -> Counts {
        let first = (last - length + 1).max(self.floor);
        let first = first.max(self.newest - i64::from(self.length) + 1);
        let last = last.min(self.newest);
        if self.is_empty() || first > last {
            return Counts::default();
        }
        self.cells.sum(self.slot_of(first), self.slot_of(last))
    }

    /// Sums over the windows that end with minute `last`.
    pub(crate) fn windows(&self, last: i64) -> Sums {
        match (&self.kept, self.cells.few()) {
            (_, Some(few)) => self.windows_of_few(few, last),
            (Some(kept), _) if last == self.newest => kept.at_newest,
            (Some(kept), _) if last == self.closed() => kept.at_closed,
            _ => self.windows_from_cells(last),
        }
    }

    /// The same where few minutes have mentions: each is added to the windows it lies in.
    fn windows_of_few(&self, few: &[[u8; 3]], last: i64) -> Sums {
        let mut sums = Sums::default();
        for &[slot, negative, total] in few {
            let (slot, newest) = (u16::from(slot), self.slot);
            let back = if slot <= newest {
                newest - slot
            } else {
                newest + self.length - slot
            };
            let minute = self.newest - i64::from(back);
            let before = last.saturating_sub(minute);
            if before < 0 || minute < self.floor {
                continue;
            }
            let counts = Counts {
                negative: negative.into(),
                total: total.into(),
            };
            for (sum, length) in sums.iter_mut().zip(WINDOWS) {
                if before < length {
                    sum.add(counts);
                }
            }
        }
        sums
    }

    fn windows_from_cells(&self, last: i64) -> Sums {
        let mut sums = Sums::default();
        let (mut sum, mut counted) = (Counts::default(), 0);
        for (window, length) in sums.iter_mut().zip(WINDOWS) {
            sum.add(self.sum(last - counted, length - counted));
            counted = length;
            *window = sum;
        }
        sums
    }

    /// The counts from the oldest minute to the newest.
    fn in_order(&self) -> impl Iterator<Item = Counts> {
        let oldest = self.newest - i64::from(self.length) + 1;
        (oldest..=self.newest).map(|minute| self.minute(minute))
    }
}

/// Two rings are equal if they hold the same; how they hold it doesn't matter.
impl PartialEq for Ring {
    fn eq(&self, other: &Self) -> bool {
        let head = |ring: &Self| (ring.newest, ring.floor, ring.live, ring.length);
        head(self) == head(other) && self.in_order().eq(other.in_order())
    }
}

/// Minutes held: the longest window behind the oldest open minute, and one more on
/// either side, as minutes are opened and closed whole.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most the longest window and 62"
)]
fn length_for(lateness: i64) -> u16 {
    (LONGEST + lateness.clamp(LATENESS[0], LATENESS[1]) + 2) as u16
}

/// A ring as it is written: stretches of minutes, the oldest first. In postcard's
/// format a minute takes two bytes as a rule, and empty ones next to nothing.
#[derive(Serialize, Deserialize)]
struct Packed {
    newest: i64,
    floor: i64,
    length: u16,
    stretches: Vec<Stretch>,
}

/// Some empty minutes, and the minutes with mentions that follow.
#[derive(Default, Serialize, Deserialize)]
struct Stretch {
    empty: u16,
    /// Mentions and negatives of each, less those of the last one with mentions.
    counts: Vec<[i64; 2]>,
}

impl Packed {
    fn of(ring: &Ring) -> Self {
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut empty = 0;
        let mut before = Counts::default();
        for counts in ring.in_order() {
            if counts == Counts::default() {
                empty += 1;
                continue;
            }
            if empty > 0 || stretches.is_empty() {
                stretches.push(Stretch {
                    empty: std::mem::take(&mut empty),
                    counts: Vec::new(),
                });
            }
            if let Some(stretch) = stretches.last_mut() {
                stretch.counts.push([
                    i64::from(counts.total) - i64::from(before.total),
                    i64::from(counts.negative) - i64::from(before.negative),
                ]);
            }
            before = counts;
        }
        Self {
            newest: ring.newest,
            floor: ring.floor,
            length: ring.length,
            stretches,
        }
    }
}

impl Serialize for Ring {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Packed::of(self).serialize(serializer)
    }
}

impl TryFrom<Packed> for Ring {
    type Error = &'static str;

    fn try_from(packed: Packed) -> Result<Self, Self::Error> {
        let [least, most] = LATENESS.map(length_for);
        if !(least..=most).contains(&packed.length) || !MINUTES.contains(&packed.newest) {
            return Err("the ring's length or time can't be");
        }
        let lateness = i64::from(packed.length) - LONGEST - 2;
        let mut ring = Self::new(lateness, packed.newest);
        ring.floor = packed.floor;
        let mut minute = packed.newest - i64::from(packed.length);
        let (mut total, mut negative) = (0_i64, 0_i64);
        for stretch in packed.stretches {
            minute += i64::from(stretch.empty);
            for [more, more_negative] in stretch.counts {
                minute += 1;
                total = total.saturating_add(more);
                negative = negative.saturating_add(more_negative);
                let (Ok(total), Ok(negative)) = (u32::try_from(total), u32::try_from(negative))
                else {
                    return Err("a minute's count can't be");
                };
                let is_new = ring.holds(minute) && negative <= total && total > 0;
                if !is_new || ring.live.checked_add(total).is_none() {
                    return Err("the ring's counts can't be");
                }
                ring.add(minute, Counts { negative, total });
            }
        }
        Ok(ring)
    }
}

#[cfg(test)]
mod tests;
