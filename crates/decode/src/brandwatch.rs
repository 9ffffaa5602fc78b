//! Brandwatch's export of mentions, a row a record; without the lines that it puts above
//! its columns.
//!
//! Source of the columns: the fields of a mention in Brandwatch's documentation
//! (developers.brandwatch.com/docs/mention-metadata-field-definitions), written apart as the
//! export has them (`fullText` is `Full Text`); those of X by their former names too. The
//! examples are written from it. What your file calls otherwise, name under
//! `[ingest.columns]`.

use crate::table::{EMPTY, Layout};

pub(crate) const LAYOUT: Layout = Layout {
    id: &["resourceid", "mentionid", "url"],
    created_at: &["date"],
    text: &["fulltext", "snippet"],
    title: &["title"],
    author: &["twitterauthorid", "xauthorid", "blueskyauthorid", "author"],
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
