//! Meltwater's export of mentions, a row a record.
//!
//! Source of the columns: Meltwater's help pages tell how to export (help.meltwater.com,
//! article 4064563) and its developers' pages what the API's templates hold
//! (developer.meltwater.com, "Listening Content Output Templates"), but no public page
//! lists the columns of the file. They are those that programs which read such exports look
//! for, in the older form (`Headline`, `Influencer`) and the present one (`Title`, `Author
//! Handle`, the time of day in a column of its own). What your file calls otherwise, name
//! under `[ingest.columns]`. Files are UTF-16 with tabs or UTF-8 with commas. Dates are
//! `02-Mar-2026 10:00AM`, in the time zone of the account.

use crate::table::{EMPTY, Layout};

pub(crate) const LAYOUT: Layout = Layout {
    id: &["documentid", "tweetid", "url"],
    created_at: &["date", "alternatedateformat"],
    time: &["time"],
    text: &["hitsentence", "openingtext"],
    title: &["headline", "title"],
    author: &[
        "twitterid",
        "twitterscreenname",
        "authorhandle",
        "authorname",
        "influencer",
    ],
    handle: &["twitterscreenname", "authorhandle", "influencer"],
    followers: &["twitterfollowers"],
    platform: &[
        "sourcetype",
        "sourcename",
        "source",
        "sourcedomain",
        "informationtype",
    ],
    lang: &["language"],
    country: &["country"],
    url: &["url"],
    likes: &["likes", "reactions"],
    shares: &["shares", "reposts"],
    replies: &["comments", "replies"],
    views: &["views"],
    ..EMPTY
};
