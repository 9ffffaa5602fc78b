//! Talkwalker's export of results, a row a record.
//!
//! Source of the columns: the field names in Talkwalker's API documentation, which its
//! exports use, from which the examples are written.

use crate::table::{EMPTY, Layout};

pub(crate) const LAYOUT: Layout = Layout {
    id: &["externalid", "id", "url"],
    created_at: &["published", "indexed"],
    text: &["content", "contentsnippet"],
    title: &["title", "titlesnippet"],
    author: &[
        "extraauthorattributesid",
        "extraauthorattributesname",
        "authorname",
    ],
    handle: &[
        "extraauthorattributesshortname",
        "extraauthorattributesname",
    ],
    followers: &["sourceextendedattributesfollowers", "followers"],
    platform: &["sourcetype", "domainurl"],
    lang: &["lang"],
    country: &["extrasourceattributesworlddatacountrycode", "countrycode"],
    url: &["url"],
    in_reply_to: &["parenturl"],
    root: &["rooturlpost"],
    likes: &[
        "articleextendedattributestwitterlikes",
        "articleextendedattributesfacebooklikes",
        "articleextendedattributesinstagramlikes",
        "likes",
    ],
    shares: &[
        "articleextendedattributestwittershares",
        "articleextendedattributestwitterretweets",
        "articleextendedattributesfacebookshares",
        "shares",
    ],
    replies: &["articleextendedattributesnumcomments", "comments"],
    views: &["articleextendedattributesvideoviews"],
    ..EMPTY
};
