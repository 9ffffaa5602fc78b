//! A few whole scores as they stand on the wire. They change with every model;
//! look at the difference before accepting it.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use mention::Platform;
use sentiment::{Model, Post, Scorer};

#[test]
fn whole_scores() {
    let mut scorer = Scorer::new(Arc::new(Model::embedded().unwrap()));
    let posts = [
        Post::new("Al drie weken wacht ik op mijn pakket van @snelbezorgd en niemand neemt op 😡"),
        Post::new("Topservice van Zonnewinkel, gisteren besteld en vandaag al in huis!"),
        Post::new("Hoe laat gaat jullie winkel in Utrecht zondag open?"),
        Post::new(
            "Stappenteller gekocht bij Loopwinkel, so far so good but the app keeps crashing",
        ),
        Post::new("My refund from Harbour & Hill still hasn't arrived. Terrible customer service."),
        Post::new("Das Paket ist schon wieder nicht angekommen, was für ein Saftladen"),
        Post {
            rating: Some(2.0),
            title: Some("Matig"),
            platform: Platform::Reviews,
            ..Post::new("De jas is mooi maar na twee keer wassen al gekrompen.")
        },
        Post::new("😍😍"),
        Post::new("https://example.org"),
    ];
    let scores: Vec<_> = posts.iter().map(|post| scorer.score(post)).collect();
    insta::assert_json_snapshot!(scores);
}
