//! Wednesday's wave: a sorting belt in the (invented) depot of Merkveen has broken down,
//! and the parcels that were promised for today don't come.

use mention::Platform;

use crate::brand::PLUIMVOS;
use crate::plan::Plan;
use crate::planted::DELIVERY_WAVE;
use crate::rhythm::{MINUTE, along, arrivals};
use crate::texts::Category;

/// Where people complain about parcels, in parts.
const PLATFORMS: [(Platform, u64); 7] = [
    (Platform::X, 42),
    (Platform::Facebook, 30),
    (Platform::Instagram, 9),
    (Platform::Forum, 7),
    (Platform::Tiktok, 5),
    (Platform::Bluesky, 5),
    (Platform::Reviews, 2),
];

/// Complaints an hour: up within twenty minutes, ebbing after two and a half hours, and
/// a last few in the half hour after the planted end.
const RATE: [(u64, u64); 5] = {
    let (from, to) = (DELIVERY_WAVE.from_seconds, DELIVERY_WAVE.to_seconds);
    [
        (from, 0),
        (from + 20 * MINUTE, 280),
        (to - 30 * MINUTE, 280),
        (to, 80),
        (to + 30 * MINUTE, 0),
    ]
};

/// Adds the wave; one in twenty complains a second time, the brand answers a few.
pub(crate) fn plan(plan: &mut Plan) {
    let (from, to) = (RATE[0].0, RATE[4].0);
    let categories = [(Category::Delivery, 94), (Category::EnglishDelivery, 6)];
    let mut last = (Platform::X, plan.newcomer(&PLUIMVOS));
    for at in arrivals(&mut plan.rng, from, to, |at| along(&RATE, at)) {
        if !plan.rng.chance(50) {
            let platform = plan.rng.weighted(&PLATFORMS).unwrap_or(Platform::X);
            last = (platform, plan.newcomer(&PLUIMVOS));
        }
        let (platform, author) = last.clone();
        let category = plan.rng.weighted(&categories).unwrap_or(Category::Delivery);
        let mut post = plan.post_by(at, &PLUIMVOS, platform, category, author);
        post.engagement = plan.first_counts(&post);
        plan.push_with_answer(post, &PLUIMVOS, Category::WebcareDelivery, 140, 15);
    }
}
