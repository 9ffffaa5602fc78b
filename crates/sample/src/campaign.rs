//! Tuesday's spring sale: five times the volume, in the usual mood or a little better.

use mention::{Platform, Role};

use crate::author::{self, Author};
use crate::brand::PLUIMVOS;
use crate::draft::{Draft, Engagement};
use crate::plan::{CAMPAIGN_NAME, Plan};
use crate::planted::CAMPAIGN;
use crate::rhythm::{HOUR, MINUTE, arrivals, everyday};
use crate::rng::mix;
use crate::texts::Category;

/// Where the sale is talked about, in parts: more where pictures are.
const PLATFORMS: [(Platform, u64); 6] = [
    (Platform::Instagram, 32),
    (Platform::X, 24),
    (Platform::Facebook, 22),
    (Platform::Tiktok, 15),
    (Platform::Bluesky, 4),
    (Platform::Forum, 3),
];

/// Adds what customers say, and the posts of the brand and its partners.
pub(crate) fn plan(plan: &mut Plan) {
    customers(plan);
    for number in 0..20 {
        promotion(plan, number);
    }
}

fn customers(plan: &mut Plan) {
    let (from, to) = (CAMPAIGN.from_seconds, CAMPAIGN.to_seconds);
    let categories = [
        (Category::Campaign, 70),
        (Category::Praise, 16),
        (Category::Question, 5),
        (Category::Remark, 4),
        (Category::Complaint, 5),
    ];
    for at in arrivals(&mut plan.rng, from, to, |at| 4 * everyday(at)) {
        let platform = plan.rng.weighted(&PLATFORMS).unwrap_or(Platform::Other);
        let category = plan.rng.weighted(&categories).unwrap_or(Category::Campaign);
        let mut post = plan.post(at, &PLUIMVOS, platform, category);
        if category == Category::Campaign && plan.rng.chance(750) {
            post.campaign = Some(CAMPAIGN_NAME);
        }
        post.engagement = plan.first_counts(&post);
        plan.push(post);
    }
}

/// One promotional post, and how its clicks and orders grow.
fn promotion(plan: &mut Plan, number: u64) {
    let length = CAMPAIGN.to_seconds - CAMPAIGN.from_seconds;
    let slot = length / 20;
    let at = CAMPAIGN.from_seconds + number * slot + plan.rng.below(slot);
    let (author, category) = promoter(plan, number);
    let platform = plan
        .rng
        .weighted(&PLATFORMS[..4])
        .unwrap_or(Platform::Instagram);
    let mut post = plan.post_by(at, &PLUIMVOS, platform, category, author);
    post.campaign = Some(CAMPAIGN_NAME);
    let audience = post.author.as_ref().map_or(0, |author| author.followers);
    for (minutes, percent) in [(30, 8), (120, 22), (6 * 60, 35)] {
        let counts = promoted(audience * percent / 100);
        plan.push(Draft::update_of(&post, at + minutes * MINUTE, counts));
    }
    post.engagement = Some(promoted(audience / 200));
    plan.push(post);
}

/// Every second promotion is the brand's, the others are by six partners.
fn promoter(plan: &Plan, number: u64) -> (Author, Category) {
    if number.is_multiple_of(2) {
        return (plan.brand_account(&PLUIMVOS), Category::PromoCampaign);
    }
    let partner = number / 2 % 6;
    let id = mix(plan.seed, mix(PLUIMVOS.authors, 200 + partner));
    let followers = 18_000 + 13_500 * partner;
    let age_days = 1_500 + 100 * partner;
    let author = author::special(id, followers, age_days, Role::Partner, plan.start);
    (author, Category::PromoPartner)
}

/// Counts of a promotion seen `views` times: of 1,000 who see it, 42 like it, 18 click
/// and 1 orders.
const fn promoted(views: u64) -> Engagement {
    Engagement {
        likes: Some(views * 42 / 1_000),
        shares: Some(views * 3 / 1_000),
        replies: Some(views * 2 / 1_000),
        views: Some(views),
        clicks: Some(views * 18 / 1_000),
        conversions: Some(views / 1_000),
    }
}

const _: () = assert!(CAMPAIGN.to_seconds - CAMPAIGN.from_seconds == 6 * HOUR);
