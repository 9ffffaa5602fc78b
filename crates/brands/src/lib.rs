//! Which brands a post is about.
//!
//! Rules of all brands are looked for in one pass over the text (Aho–Corasick), folded so
//! that capitals and diacritics don't matter, and at whole words only. A name that means
//! other things too counts where a word of the brand's context stands in the same post;
//! a word that the brand excludes takes the post away from it; and so does a language
//! that isn't the brand's, where the platform tells the post's.
//!
//! ```
//! use brands::{Matcher, Post, Rules, Scratch};
//!
//! let rules = Rules {
//!     names: vec!["Pluimvos".to_owned()],
//!     ambiguous: vec!["Vos".to_owned()],
//!     context: vec!["pakket".to_owned(), "bestelling".to_owned()],
//!     ..Rules::new("pluimvos")
//! };
//! let matcher = Matcher::new(vec![rules])?;
//! let mut scratch = Scratch::default();
//! let mut brands = |text: &str| matcher.find(&Post::of_text(&text), &mut scratch).len();
//! assert_eq!(brands("PLÜIMVOS antwoordt niet"), 1);
//! assert_eq!(brands("Een vos in de tuin"), 0);
//! assert_eq!(brands("Vos verliest mijn pakket"), 1);
//! # Ok::<(), brands::RulesError>(())
//! ```
//!
//! This crate is pure: no clock, no environment, no input or output.

mod fold;
mod matcher;
mod rules;

pub use matcher::{Matcher, Outcome, Post, Scratch, Verdict};
pub use rules::{Kind, Rules, RulesError};
