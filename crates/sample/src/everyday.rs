//! The ordinary days: what people post when nothing is the matter.

use mention::{Platform, Role};

use crate::author;
use crate::brand::{Brand, PLUIMVOS};
use crate::draft::Draft;
use crate::plan::Plan;
use crate::planted::CATCH_UP;
use crate::rhythm::{HOUR, MINUTE, arrivals, clock, everyday};
use crate::rng::mix;
use crate::texts::Category;

/// Where people post, in parts.
pub(crate) const PLATFORMS: [(Platform, u64); 7] = [
    (Platform::X, 30),
    (Platform::Instagram, 22),
    (Platform::Facebook, 20),
    (Platform::Reviews, 9),
    (Platform::Tiktok, 9),
    (Platform::Forum, 6),
    (Platform::Bluesky, 4),
];

/// When the newspapers write about Pluimvos.
const NEWS: [u64; 7] = [
    clock(0, 9, 12),
    clock(1, 8, 40),
    clock(2, 11, 5),
    clock(3, 10, 30),
    clock(4, 9, 55),
    clock(5, 7, 45),
    clock(3, 15, 20),
];

/// Adds the ordinary posts of `brand` for the entire time.
pub(crate) fn plan(plan: &mut Plan, brand: &'static Brand) {
    let rate = |at| everyday(at) * brand.volume_permille / 1_000;
    let mut recent: Vec<Draft> = Vec::new();
    for at in arrivals(&mut plan.rng, 0, plan.length, rate) {
        if let Some(repost) = repost(plan, brand, &recent, at) {
            plan.push(repost);
            continue;
        }
        let post = ordinary(plan, at, brand, None);
        if !plan.arrives(&post) {
            continue;
        }
        if recent.len() == 60 {
            recent.remove(0);
        }
        recent.push(post.clone());
        publish(plan, brand, post);
    }
}

/// Adds the headlines.
pub(crate) fn news(plan: &mut Plan) {
    for (at, paper) in NEWS.into_iter().zip(1..) {
        let id = mix(plan.seed, mix(PLUIMVOS.authors, 100 + paper % 3));
        let press = author::special(
            id,
            150_000 + 40_000 * (paper % 3),
            4_800,
            Role::Press,
            plan.start,
        );
        let headline = plan.post_by(at, &PLUIMVOS, Platform::News, Category::News, press);
        plan.push(headline);
    }
}

/// Adds Friday's burst: the silent platform is back, and what people held back or tried
/// again comes at once, at six times the brand's usual volume and in the usual mood.
pub(crate) fn catch_up(plan: &mut Plan) {
    let rate = |at| 5 * everyday(at);
    let (from, to) = (CATCH_UP.from_seconds, CATCH_UP.to_seconds);
    for at in arrivals(&mut plan.rng, from, to, rate) {
        let mut post = ordinary(plan, at, &PLUIMVOS, CATCH_UP.platform);
        post.received = true;
        publish(plan, &PLUIMVOS, post);
    }
}

/// One post of an ordinary day.
fn ordinary(plan: &mut Plan, at: u64, brand: &'static Brand, on: Option<Platform>) -> Draft {
    let platform = on
        .or_else(|| plan.rng.weighted(&PLATFORMS))
        .unwrap_or(Platform::Other);
    let category = category(plan, at, brand, platform);
    if category == Category::Promo {
        let account = plan.brand_account(brand);
        return plan.post_by(at, brand, platform, category, account);
    }
    plan.post(at, brand, platform, category)
}

/// What an ordinary post is. Complaints come and go by a third from one stretch of three
/// hours to the next, as they do in life: the share of negative mentions is never flat.
fn category(plan: &mut Plan, at: u64, brand: &Brand, platform: Platform) -> Category {
    if platform == Platform::Reviews {
        let parts = [(Category::Review, 88), (Category::English, 12)];
        return plan.rng.weighted(&parts).unwrap_or(Category::Review);
    }
    let mood = mix(plan.seed, at / (3 * HOUR)) % 80;
    let is_own_channel = brand.answers && platform != Platform::Forum;
    let is_promoted = is_own_channel && (9..21).contains(&(at / HOUR % 24));
    let promo = u64::from(is_promoted) * 15;
    let parts = [
        (Category::Complaint, 95 + mood),
        (Category::Praise, 270),
        (Category::Question, 170),
        (Category::Remark, 250),
        (Category::English, 80),
        (Category::Promo, promo),
    ];
    match plan.rng.weighted(&parts).unwrap_or(Category::Remark) {
        Category::Complaint => plan.complaint(at, brand),
        other => other,
    }
}

/// Adds a post, with what happens to it later: an answer, a look at its counts.
pub(crate) fn publish(plan: &mut Plan, brand: &'static Brand, mut post: Draft) {
    post.engagement = plan.first_counts(&post);
    if plan.rng.chance(40) && post.engagement.is_some() {
        let later = post.at + plan.rng.between(60, 300) * MINUTE;
        let counts = plan.counts(&post, 20, 60);
        plan.push(Draft::update_of(&post, later, counts));
    }
    match post.body.as_ref().map(|body| body.category) {
        Some(Category::Complaint | Category::AppBroken | Category::PriceRise) => {
            plan.push_with_answer(post, brand, Category::Webcare, 480, 10);
        }
        Some(Category::Question) => {
            plan.push_with_answer(post, brand, Category::WebcareQuestion, 420, 10);
        }
        _ => plan.push(post),
    }
}

/// Now and then somebody repeats a recent post instead of writing one.
fn repost(plan: &mut Plan, brand: &'static Brand, recent: &[Draft], at: u64) -> Option<Draft> {
    if recent.len() < 20 || !plan.rng.chance(30) {
        return None;
    }
    let original = &recent[plan.rng.index(recent.len())];
    let can_repost = matches!(original.platform, Platform::X | Platform::Bluesky);
    can_repost.then(|| {
        let author = plan.newcomer(brand);
        Draft {
            at,
            id: plan.next_id(),
            author: Some(author),
            repost_of: Some(original.id),
            root: Some(original.id),
            engagement: None,
            received: false,
            ..original.clone()
        }
    })
}
