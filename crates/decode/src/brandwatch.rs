//! Brandwatch's export of mentions, a row a record; without the lines that it puts above
//! its columns.
//!
//! Source of the columns: Brandwatch's help pages on exporting mentions and the field
//! names of its API, from which the examples are written.

use crate::table::{EMPTY, Layout};

pub(crate) const LAYOUT: Layout = Layout {
    id: &["resourceid", "mentionid", "url"],
    created_at: &["date"],
    text: &["fulltext", "snippet"],
    title: &["title"],
    author: &["twitterauthorid", "xauthorid", "author"],
    handle: &["author"],
    followers: &[
        "xfollowers",
        "twitterfollowers",
        "instagramfollowers",
        "authorfollowers",
    ],
    platform: &["pagetype", "contentsourcename", "domain"],
    lang: &["language"],
    country: &["countrycode", "country"],
    url: &["url", "originalurl"],
    rating: &["rating"],
    in_reply_to: &["xreplyto", "twitterreplyto"],
    root: &["threadid"],
    repost_of: &["xrepostof", "twitterretweetof"],
    likes: &[
        "xlikes",
        "twitterlikes",
        "instagramlikes",
        "facebooklikes",
        "likes",
    ],
    shares: &["xreposts", "twitterretweets", "facebookshares", "shares"],
    replies: &[
        "xreplies",
        "twitterreplycount",
        "facebookcomments",
        "comments",
    ],
    views: &["impressions"],
    ..EMPTY
};
