//! The ring against the same by the book.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The same by the book: a map of minutes, summed anew each time.
struct Plain {
    minutes: BTreeMap<i64, Counts>,
    newest: i64,
    floor: i64,
    length: i64,
}

impl Plain {
    fn windows(&self, last: i64) -> Sums {
        WINDOWS.map(|length| {
            let mut sum = Counts::default();
            let first = (last - length + 1).max(self.floor);
            for (_, counts) in self.minutes.range(first..=last.max(first)) {
                sum.add(*counts);
            }
            if first > last { Counts::default() } else { sum }
        })
    }
}

fn check(ring: &Ring, plain: &Plain, lateness: i64) {
    for last in [0, 1, 7, lateness, lateness + 1, lateness + 2, -3] {
        let last = plain.newest - last;
        assert_eq!(ring.windows(last), plain.windows(last), "{last}");
    }
    let total: u32 = plain.minutes.values().map(|counts| counts.total).sum();
    assert_eq!(ring.is_empty(), total == 0);
    let bytes = postcard::to_stdvec(ring).unwrap();
    let restored: Ring = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(&restored, ring);
    for last in [ring.newest(), ring.closed()] {
        assert_eq!(restored.windows(last), ring.windows(last));
    }
}

proptest! {
    #[test]
    fn it_counts_as_the_book_says(
        lateness in 1_i64..=60,
        steps in proptest::collection::vec((0_u8..12, 0_i64..130, 1_u32..70_000), 1..120),
    ) {
        let mut ring = Ring::new(lateness, 0);
        let length = i64::from(length_for(lateness));
        let mut plain = Plain { minutes: BTreeMap::new(), newest: 0, floor: i64::MIN, length };
        for (what, back, number) in steps {
            let minute = plain.newest - back;
            let held = minute > plain.newest - plain.length;
            let counts = Counts { negative: number / 3, total: number };
            match what {
                0..=3 => for _ in 0..back {
                    plain.newest += 1;
                    ring.enter_next();
                    plain.minutes.remove(&(plain.newest - length));
                },
                4 => {
                    let few = Counts { negative: 1, total: 1 + number % 3 };
                    ring.add(minute, few);
                    if held { plain.minutes.entry(minute).or_default().add(few); }
                }
                5..=8 => {
                    ring.add(minute, counts);
                    if held { plain.minutes.entry(minute).or_default().add(counts); }
                }
                9 => {
                    ring.remove(minute, counts);
                    if let Some(cell) = plain.minutes.get_mut(&minute) { cell.remove(counts); }
                }
                10 => {
                    ring.begin_at(minute);
                    plain.floor = minute;
                }
                _ if number % 4 == 0 => {
                    plain.newest += 1_000;
                    ring.jump(plain.newest);
                    plain.minutes.clear();
                }
                _ => {}
            }
            for back in 0..length + 2 {
                let minute = plain.newest - back;
                let expected = plain.minutes.get(&minute).copied().unwrap_or_default();
                prop_assert_eq!(ring.minute(minute), expected);
            }
            check(&ring, &plain, lateness);
        }
    }

    #[test]
    fn any_bytes_are_a_ring_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(ring) = postcard::from_bytes::<Ring>(&bytes) {
            let again: Ring = postcard::from_bytes(&postcard::to_stdvec(&ring).unwrap()).unwrap();
            prop_assert_eq!(again, ring);
        }
    }
}

#[test]
fn it_never_holds_more_than_it_can_sum() {
    let mut ring = Ring::new(15, 0);
    let many = Counts {
        negative: 0,
        total: u32::MAX,
    };
    ring.add(0, many);
    ring.add(-1, Counts::one(true));
    assert_eq!(ring.windows(0)[0], many);
    ring.remove(0, many);
    assert!(ring.is_empty());
}

#[test]
fn a_quiet_ring_is_small_in_memory_and_as_bytes() {
    let mut ring = Ring::new(15, 0);
    assert!(matches!(ring.cells, Cells::None));
    assert!(postcard::to_stdvec(&ring).unwrap().len() <= 16);
    ring.add(-3, Counts::one(true));
    let Cells::Few(few) = &ring.cells else {
        panic!("one minute needs no more cells");
    };
    assert!(3 * few.capacity() <= 48 && few.len() == 1);
    for minute in -60..-40 {
        ring.add(minute, Counts::one(true));
    }
    let Cells::Bytes(cells) = &ring.cells else {
        panic!("a byte is enough for one mention");
    };
    assert!(size_of_val(&cells[..]) == 2 * usize::from(length_for(15)));
    assert!(postcard::to_stdvec(&ring).unwrap().len() <= 64);
    assert!(size_of::<Ring>() <= 64);
}
