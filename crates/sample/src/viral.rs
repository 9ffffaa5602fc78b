//! Thursday's thread: a large author's candle has burst, and everybody has something to
//! say about it.

use mention::{Platform, Role};

use crate::author;
use crate::brand::PLUIMVOS;
use crate::draft::{Draft, Engagement};
use crate::plan::Plan;
use crate::planted::VIRAL_THREAD;
use crate::rhythm::{HOUR, MINUTE, along, arrivals};
use crate::rng::mix;
use crate::texts::Category;

/// Followers of the author of the first post.
pub(crate) const FOLLOWERS: u64 = 380_000;
/// Views the first post ends with.
const VIEWS: u64 = 1_900_000;
/// A collector reads the first post's counts this often, seconds.
const LOOK_EVERY: u64 = 5 * MINUTE;

/// Replies an hour: they swell for three quarters of an hour, stay for one, and ebb.
const REPLIES: [(u64, u64); 5] = {
    let from = VIRAL_THREAD.from_seconds;
    [
        (from + 2 * MINUTE, 0),
        (from + 45 * MINUTE, 160),
        (from + 105 * MINUTE, 160),
        (from + 150 * MINUTE, 50),
        (VIRAL_THREAD.to_seconds, 10),
    ]
};

/// When the brand answers, seconds after the first post: late.
const ANSWERS: [u64; 3] = [95 * MINUTE, 118 * MINUTE, 140 * MINUTE];

/// Adds the first post, its counts, the replies, the reposts and the brand's answers.
pub(crate) fn plan(plan: &mut Plan) {
    let root = root(plan);
    let until = VIRAL_THREAD.to_seconds;
    for at in (root.at + LOOK_EVERY..=until).step_by(usize::try_from(LOOK_EVERY).unwrap_or(1)) {
        plan.push(Draft::update_of(&root, at, counts(at - root.at)));
    }
    replies(plan, &root);
    reposts(plan, &root);
    for after in ANSWERS {
        let account = plan.brand_account(&PLUIMVOS);
        let category = Category::WebcareViral;
        let answer = plan.post_by(root.at + after, &PLUIMVOS, Platform::X, category, account);
        plan.push(below(answer, &root, root.id));
    }
    plan.push(root);
}

fn root(plan: &mut Plan) -> Draft {
    let id = mix(plan.seed, mix(PLUIMVOS.authors, 300));
    let author = author::special(id, FOLLOWERS, 3_900, Role::Customer, plan.start);
    let at = VIRAL_THREAD.from_seconds;
    let category = Category::ViralRoot;
    let mut root = plan.post_by(at, &PLUIMVOS, Platform::X, category, author);
    root.media = &["image"];
    root.engagement = Some(counts(60));
    root
}

/// Every fifth reply answers another reply.
fn replies(plan: &mut Plan, root: &Draft) {
    let categories = [(Category::Viral, 93), (Category::EnglishViral, 7)];
    let (from, to) = (REPLIES[0].0, REPLIES[4].0);
    let mut ids = vec![root.id];
    for at in arrivals(&mut plan.rng, from, to, |at| along(&REPLIES, at)) {
        let category = plan.rng.weighted(&categories).unwrap_or(Category::Viral);
        let author = plan.newcomer(&PLUIMVOS);
        let reply = plan.post_by(at, &PLUIMVOS, Platform::X, category, author);
        let parent = if plan.rng.chance(200) {
            ids[plan.rng.index(ids.len())]
        } else {
            root.id
        };
        ids.push(reply.id);
        plan.push(below(reply, root, parent));
    }
}

/// One repost for every two replies.
fn reposts(plan: &mut Plan, root: &Draft) {
    let (from, to) = (REPLIES[0].0, REPLIES[4].0);
    for at in arrivals(&mut plan.rng, from, to, |at| along(&REPLIES, at) / 2) {
        let author = plan.newcomer(&PLUIMVOS);
        let repost = Draft {
            at,
            id: plan.next_id(),
            author: Some(author),
            repost_of: Some(root.id),
            root: Some(root.id),
            engagement: None,
            ..root.clone()
        };
        plan.push(repost);
    }
}

fn below(mut reply: Draft, root: &Draft, parent: u64) -> Draft {
    reply.in_reply_to = Some(parent);
    reply.root = Some(root.id);
    reply.media = &[];
    reply
}

/// The first post's counts `age` seconds after it: slow, then fast, then slow
/// (3x² − 2x³ of the thread's length), in whole numbers.
fn counts(age: u64) -> Engagement {
    let length = VIRAL_THREAD.to_seconds - VIRAL_THREAD.from_seconds;
    let permille = (age * 1_000 / length).min(1_000);
    let grown = permille * permille * (3_000 - 2 * permille);
    let views = 400 + VIEWS / 1_000 * grown / 1_000_000;
    Engagement {
        likes: Some(views * 14 / 1_000),
        shares: Some(views * 4 / 1_000),
        replies: Some(views * 2 / 1_000),
        views: Some(views),
        clicks: None,
        conversions: None,
    }
}

const _: () = assert!(VIRAL_THREAD.to_seconds - VIRAL_THREAD.from_seconds == 4 * HOUR);
