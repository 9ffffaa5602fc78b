//! What follows from several records.

use mention::Rejection;

use crate::{Input, Item, Outbox};

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
    pub fn one_by_one(
        &mut self,
        inputs: &[Input<'_>],
        mut step: impl FnMut(&Input<'_>, &mut Outbox) -> Result<(), Rejection>,
    ) {
        for lane in self.lanes(1) {
            inputs
                .iter()
                .for_each(|input| lane.step(|out| step(input, out)));
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
