//! Talkwalker's export of results, a row a record.
//!
//! Source of the columns: the fields of a result in Talkwalker's documentation
//! (developer.talkwalker.com/guides/use-search-api/results), whose names its tables have
//! with points between (`extra_author_attributes.id`). The examples are written from it.
//! What your file calls otherwise, name under `[ingest.columns]`.

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
    followers: &[
        "sourceextendedattributestwitterfollowers",
        "sourceextendedattributesinstagramfollowers",
        "sourceextendedattributesfacebookfollowers",
        "articleextendedattributestwitterfollowers",
        "sourceextendedattributesfollowers",
        "followers",
    ],
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
        "articleextendedattributesyoutubelikes",
        "likes",
    ],
    shares: &[
        "articleextendedattributestwittershares",
        "articleextendedattributestwitterretweets",
        "articleextendedattributesfacebookshares",
        "shares",
    ],
    replies: &[
        "articleextendedattributestwitterreplies",
        "articleextendedattributesnumcomments",
        "comments",
    ],
    views: &[
        "articleextendedattributestwitterimpressions",
        "articleextendedattributesyoutubeviews",
        "articleextendedattributesvideoviews",
    ],
    ..EMPTY
};
