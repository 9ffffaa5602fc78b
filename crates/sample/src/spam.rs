//! Saturday's copies: sixty young accounts post the same warning within a quarter of an
//! hour. It is negative, but nobody's experience.

use mention::{Platform, Role};

use crate::author;
use crate::brand::PLUIMVOS;
use crate::draft::Cluster;
use crate::plan::Plan;
use crate::planted::SPAM_BURST;
use crate::rng::mix;
use crate::texts::Category;

/// Number of copies.
pub(crate) const COPIES: u64 = 60;

/// What the accounts hang behind the text to look less alike.
const ENDS: [&str; 6] = ["", " ⚠️", " 😡", " RT!", " #pluimvos", " Deel dit!!"];

/// Adds the copies, marked as one group as ingest would mark them.
pub(crate) fn plan(plan: &mut Plan) {
    let cluster = plan.next_id();
    let length = SPAM_BURST.to_seconds - SPAM_BURST.from_seconds;
    let mut times: Vec<u64> = (0..COPIES)
        .map(|_| SPAM_BURST.from_seconds + plan.rng.below(length))
        .collect();
    times.sort_unstable();
    for (at, number) in times.into_iter().zip(1..) {
        let id = mix(plan.seed, mix(PLUIMVOS.authors, 1_000 + number));
        let followers = plan.rng.below(30);
        let age_days = plan.rng.between(1, 18);
        let author = author::special(id, followers, age_days, Role::Customer, plan.start);
        let category = Category::Spam;
        let mut copy = plan.post_by(at, &PLUIMVOS, Platform::X, category, author);
        if let Some(body) = &mut copy.body {
            body.text.push_str(ENDS[plan.rng.index(ENDS.len())]);
        }
        copy.media = &[];
        copy.cluster = Some(Cluster {
            id: cluster,
            size: number,
        });
        plan.push(copy);
    }
}
