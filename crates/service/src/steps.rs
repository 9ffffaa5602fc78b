//! What follows from several records.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::thread;

use mention::Rejection;

use crate::{Input, Item, Outbox};

/// Fewer records are stepped over on one thread: two threads would save less than the
/// start of one costs, some thirty microseconds.
const SHARED_FROM: usize = 128;

/// What follows from several records, in their order. It lies in lanes, each with the
/// records that follow on those of the lane before, so that threads can fill them at
/// the same time.
#[derive(Debug, Default)]
pub struct Steps {
    lanes: Vec<Lane>,
    /// Lanes in use; the others only keep their memory.
    used: usize,
}

/// What follows from some records in a row.
#[derive(Debug, Default)]
pub struct Lane {
    out: Outbox,
    /// How each record ended, and how many records to write there were by then.
    ends: Vec<(Result<(), Rejection>, usize)>,
}

impl Steps {
    /// This many empty lanes.
    pub fn lanes(&mut self, count: usize) -> &mut [Lane] {
        if self.lanes.len() < count {
            self.lanes.resize_with(count, Lane::default);
        }
        self.used = count;
        let lanes = &mut self.lanes[..count];
        for lane in &mut *lanes {
            lane.out.clear();
            lane.ends.clear();
        }
        lanes
    }

    /// What follows from `inputs` by `step`, one after the other.
    pub fn one_by_one<'a>(
        &mut self,
        inputs: &[Input<'a>],
        mut step: impl FnMut(&Input<'a>, &mut Outbox) -> Result<(), Rejection>,
    ) {
        for lane in self.lanes(1) {
            inputs
                .iter()
                .for_each(|input| lane.step(|out| step(input, out)));
        }
    }

    /// Steps over `inputs` on up to `threads` threads, each partition's on one of them.
    ///
    /// `follow` steps over a record with the state of its partition alone. `tell` does
    /// what is left to do, on the thread of the caller and in the order of the inputs.
    pub fn by_partition<'a, State: Default + Send, Told: Send>(
        &mut self,
        inputs: &[Input<'a>],
        partitions: &mut BTreeMap<i32, State>,
        threads: usize,
        follow: impl Fn(&mut State, &Input<'a>) -> Told + Sync,
        mut tell: impl FnMut(&Input<'a>, Told, &mut Outbox) -> Result<(), Rejection>,
    ) {
        let mut groups: BTreeMap<i32, Vec<&Input<'a>>> = BTreeMap::new();
        if threads > 1 && inputs.len() >= SHARED_FROM {
            for input in inputs {
                groups.entry(input.partition).or_default().push(input);
                partitions.entry(input.partition).or_default();
            }
        }
        if groups.len() < 2 {
            return self.one_by_one(inputs, |input, out| {
                let state = partitions.entry(input.partition).or_default();
                tell(input, follow(state, input), out)
            });
        }
        let states = partitions.iter_mut();
        let work = states.filter_map(|(number, state)| Some((*number, state, groups.get(number)?)));
        let mut work: Vec<_> = work.collect();
        // The largest first, so that no thread is left alone with it; taken from the end.
        work.sort_by_key(|(_, _, inputs)| inputs.len());
        let (threads, work) = (threads.min(work.len()), Mutex::new(work));
        let done = Mutex::new(BTreeMap::new());
        let take = || loop {
            let next = work.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some((number, state, inputs)) = next else {
                break;
            };
            let told: Vec<Told> = inputs.iter().map(|input| follow(state, input)).collect();
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.insert(number, told.into_iter());
        };
        side_by_side("partition", (0..threads).map(|_| take));
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        for lane in self.lanes(1) {
            for input in inputs {
                let told = done.get_mut(&input.partition).and_then(Iterator::next);
                lane.step(|out| told.map_or(Ok(()), |told| tell(input, told, out)));
            }
        }
    }

    /// Of each record in its order: how it ended, and what is to be written.
    ///
    /// # Errors
    /// The first that `each` returns.
    pub fn try_each<E>(
        &self,
        mut each: impl FnMut(
            &Result<(), Rejection>,
            &mut dyn Iterator<Item = Item<'_>>,
        ) -> Result<(), E>,
    ) -> Result<(), E> {
        for lane in &self.lanes[..self.used] {
            let (mut items, mut written) = (lane.out.iter(), 0);
            for (result, end) in &lane.ends {
                let mut of_record = items.by_ref().take(end - written);
                each(result, &mut of_record)?;
                // What `each` left is not for the next record.
                of_record.for_each(drop);
                written = *end;
            }
        }
        Ok(())
    }
}

impl Lane {
    /// Takes one more record: what `step` puts into the outbox follows from it, unless
    /// it rejects the record.
    pub fn step(&mut self, step: impl FnOnce(&mut Outbox) -> Result<(), Rejection>) {
        let before = self.out.mark();
        let result = step(&mut self.out);
        if result.is_err() {
            self.out.take_back(before);
        }
        self.ends.push((result, self.out.len()));
    }

    /// Of each record it took, whether it wasn't rejected.
    pub fn accepted(&self) -> impl Iterator<Item = bool> {
        self.ends.iter().map(|(result, _)| result.is_ok())
    }
}

/// Threads that step over records at most: beyond them, the one that reads and writes is
/// what there is to wait for.
const THREADS_MAX: usize = 4;

/// Threads to step over records on: as many as there are processors, four at most.
#[must_use]
pub fn threads() -> usize {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    processors.min(THREADS_MAX)
}

/// Does the same work on several threads of that name, the first on the caller's own, until
/// all are through. A thread that can't be had is left out: the others have to be able to do
/// its work.
pub fn side_by_side<Work: FnOnce() + Send>(name: &str, works: impl IntoIterator<Item = Work>) {
    let mut works = works.into_iter();
    let Some(own) = works.next() else {
        return;
    };
    thread::scope(|scope| {
        for work in works {
            let thread = thread::Builder::new().name(name.to_owned());
            let _ = thread.spawn_scoped(scope, work);
        }
        own();
    });
}

#[cfg(test)]
mod tests {
    use mention::{Reason, Topic};

    use super::*;

    fn item(value: &[u8]) -> Item<'_> {
        Item {
            topic: Topic::Scored,
            partition: None,
            stamped_at: None,
            key: None,
            value: Some(value),
        }
    }

    /// A partition's state is what it saw, in order; whatever the threads do, the same
    /// is told in the same order.
    #[test]
    fn partitions_side_by_side_are_as_good_as_one_after_the_other() {
        let values: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
        let inputs: Vec<Input<'_>> = (0_i64..)
            .zip(&values)
            .map(|(number, value)| Input {
                partition: (number * number % 7) as i32,
                ..Input::offline(value.as_bytes(), number, mention::EventTime::from_millis(0))
            })
            .collect();
        let told = |threads| {
            let (mut steps, mut seen) = (Steps::default(), BTreeMap::<i32, Vec<i64>>::new());
            let follow = |seen: &mut Vec<i64>, input: &Input<'_>| {
                seen.push(input.offset);
                (seen.len(), input.offset % 10 != 3)
            };
            steps.by_partition(&inputs, &mut seen, threads, follow, |input, told, out| {
                let (count, is_fine) = told;
                let value = format!("{} as number {count}", input.offset);
                out.push(&item(value.as_bytes()));
                is_fine
                    .then_some(())
                    .ok_or_else(|| Rejection::new(Reason::NotJson, "a test"))
            });
            let mut found = Vec::new();
            let result = steps.try_each(|result, items| {
                let values = items.map(|item| item.value.unwrap().to_vec());
                found.push((result.is_ok(), values.collect::<Vec<_>>()));
                Ok::<_, ()>(())
            });
            assert_eq!(result, Ok(()));
            (found, seen)
        };
        let alone = told(1);
        assert_eq!(alone.0.len(), 1_000);
        assert!(alone.0[5].1 == [b"5 as number 2"] && !alone.0[3].0);
        for threads in [2, 3, 16] {
            assert!(told(threads) == alone, "{threads} threads");
        }
    }

    #[test]
    fn each_record_has_its_own_and_a_rejected_one_has_nothing() {
        let mut steps = Steps::default();
        // Twice, so that what the first left can't be found in the second.
        for _ in 0..2 {
            let [first, second] = steps.lanes(2) else {
                panic!("two lanes");
            };
            first.step(|out| {
                out.push(&item(b"a"));
                out.push(&item(b"b"));
                Ok(())
            });
            first.step(|out| {
                out.push(&item(b"never"));
                Err(Rejection::new(Reason::NotJson, "a test"))
            });
            first.step(|_| Ok(()));
            second.step(|out| {
                out.push(&item(b"c"));
                Ok(())
            });
            let mut found = Vec::new();
            let result = steps.try_each(|result, items| {
                let values: Vec<_> = items
                    .map(|item| item.value.unwrap_or(b"").to_vec())
                    .collect();
                found.push((result.is_ok(), values.concat()));
                Ok::<_, ()>(())
            });
            assert_eq!(result, Ok(()));
            let expected = [(true, "ab"), (false, ""), (true, ""), (true, "c")];
            let expected = expected.map(|(is_ok, values)| (is_ok, values.as_bytes().to_vec()));
            assert_eq!(found, expected);
        }
    }
}
