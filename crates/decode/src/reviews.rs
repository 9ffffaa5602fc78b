//! A table of reviews: columns by their usual names, or as the configuration names them.

use mention::Platform;

use crate::table::{EMPTY, Layout};

pub(crate) const LAYOUT: Layout = Layout {
    id: &["id", "reviewid", "uuid"],
    created_at: &[
        "createdat",
        "date",
        "reviewdate",
        "timestamp",
        "time",
        "publishedat",
        "datum",
    ],
    text: &[
        "text",
        "review",
        "reviewtext",
        "body",
        "content",
        "comment",
        "message",
        "tekst",
    ],
    title: &["title", "reviewtitle", "headline", "titel"],
    author: &[
        "authorid", "author", "userid", "username", "user", "reviewer", "name", "naam",
    ],
    platform: &["platform", "source"],
    lang: &["lang", "language", "taal"],
    country: &["country", "countrycode", "land"],
    url: &["url", "link"],
    brand: &["brand", "merk"],
    rating: &["rating", "stars", "score", "sterren", "waardering"],
    likes: &["likes", "helpful", "helpfulvotes"],
    default_platform: Some(Platform::Reviews),
    ..EMPTY
};
