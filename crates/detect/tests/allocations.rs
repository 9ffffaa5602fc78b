//! Watching a mention that isn't negative allocates nothing, once the stores are full.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::hint::black_box;

use allocation_counter::measure;
use mention::Platform;
use support::*;

/// More than the mentions that a brand knows.
const WARM_UP: i64 = 20_000;

#[test]
fn a_warm_watch_allocates_nothing_for_others_than_negatives() {
    assert!(
        measure(|| drop(black_box(Box::new(7)))).count_total > 0,
        "nothing is counted"
    );
    let mut watch = watch();
    let mut rng = Rng(5);
    let (mut out, mut quiet) = (Vec::new(), 0);
    let mut minute = 0;
    for number in 0..WARM_UP + 4_000 {
        let at = MONDAY + number * 1_500; // forty a minute
        let negative = rng.chance(0.2);
        let mut post = post(format!("{number}"), at, negative);
        post.platform = if rng.below(2) == 0 {
            Platform::X
        } else {
            Platform::Reviews
        };
        let is_first = std::mem::replace(&mut minute, at / MINUTE) != at / MINUTE;
        let allocated = measure(|| {
            black_box(watch.observe(&post, &mut out));
        });
        // The first mention of a minute closes one: its negatives are learned from.
        if number >= WARM_UP && !negative && !is_first {
            assert_eq!(allocated.count_total, 0, "mention {number} allocates");
            quiet += 1;
        }
        out.clear();
    }
    assert!(quiet > 2_000, "{quiet}");
    assert!(!watch.has_open_spike());
}
