//! Meltwater's export of mentions, a row a record.
//!
//! Source of the columns: Meltwater's help pages on exports, from which the examples are
//! written. Dates are `02-Mar-2026 10:00AM`, in the time zone of the account.

use crate::table::{EMPTY, Layout};

pub(crate) const LAYOUT: Layout = Layout {
    id: &["documentid", "tweetid", "url"],
    created_at: &["date", "alternatedateformat"],
    text: &["hitsentence", "openingtext"],
    title: &["headline"],
    author: &["twitterid", "twitterscreenname", "influencer"],
    handle: &["twitterscreenname", "influencer"],
    followers: &["twitterfollowers"],
    platform: &["sourcename", "source"],
    lang: &["language"],
    country: &["country"],
    url: &["url"],
    likes: &["likes"],
    shares: &["shares", "reposts"],
    replies: &["comments", "replies"],
    views: &["views"],
    ..EMPTY
};
