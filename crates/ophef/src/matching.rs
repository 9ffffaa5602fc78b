//! `ophef match`, and what ingest needs to know of the settings.

use std::io::{self, Read, Write};

use anyhow::{Context, bail};
use brands::{Kind, Matcher, Outcome, Post, Scratch, Verdict};
use decode::{Format, Mapping, Options, platform_of};
use ingest::Stored;
use serde_json::json;
use settings::{Brand, Ingest, Secret, Settings};

use crate::cli::Match;

/// Tells which brands a text is about.
///
/// # Errors
/// No brand is configured, or standard input can't be read.
pub(crate) fn run(args: &Match, settings: &Settings) -> anyhow::Result<()> {
    let matcher = matcher(settings)?;
    if matcher.is_empty() {
        bail!("no brand is configured: add a [[brand]] to ophef.toml, see `ophef check --example`");
    }
    let text = match args.text.as_str() {
        "-" => {
            let mut text = String::new();
            let read = io::stdin().read_to_string(&mut text);
            read.context("can't read standard input")?;
            text
        }
        text => text.to_owned(),
    };
    let post = Post {
        texts: &[&text],
        handle: args.handle.as_deref(),
        lang: args.lang.as_deref(),
        ..Post::default()
    };
    let mut scratch = Scratch::default();
    let verdicts = matcher.verdicts(&post, &mut scratch);
    let mut out = io::stdout().lock();
    for verdict in verdicts {
        if args.json {
            writeln!(out, "{}", as_json(&matcher, verdict))?;
        } else {
            writeln!(out, "{}", sentence(&matcher, verdict))?;
        }
    }
    if verdicts.is_empty() && !args.json {
        writeln!(out, "no rule of any brand is found in it")?;
    }
    Ok(())
}

/// The word of a rule, and the key that it stands under.
fn rule(matcher: &Matcher, verdict: &Verdict) -> String {
    let word = verdict.pattern.map(|number| matcher.pattern(number));
    match (verdict.kind, word) {
        (Kind::Account, _) => "its own account posted it".to_owned(),
        (kind, Some(word)) => format!("{word:?} of `{}`", kind.key()),
        (kind, None) => format!("an account of `{}` is mentioned", kind.key()),
    }
}

fn sentence(matcher: &Matcher, verdict: &Verdict) -> String {
    let (brand, rule) = (matcher.slug(verdict.brand), rule(matcher, verdict));
    let word = |number: u32| matcher.pattern(number);
    match verdict.outcome {
        Outcome::Mention { context: None } => format!("{brand}: yes, {rule}"),
        Outcome::Mention {
            context: Some(context),
        } => format!(
            "{brand}: yes, {rule} beside {:?} of `context`",
            word(context)
        ),
        Outcome::NoContext => format!("{brand}: no, {rule} without a word of `context`"),
        Outcome::Excluded { word: excluded } => {
            format!("{brand}: no, {rule}, but {:?} of `exclude`", word(excluded))
        }
        Outcome::Language => format!("{brand}: no, {rule}, but not in one of its `languages`"),
    }
}

fn as_json(matcher: &Matcher, verdict: &Verdict) -> serde_json::Value {
    let word = |number: u32| matcher.pattern(number);
    let (outcome, other) = match verdict.outcome {
        Outcome::Mention { context } => ("mention", context),
        Outcome::NoContext => ("no_context", None),
        Outcome::Excluded { word } => ("excluded", Some(word)),
        Outcome::Language => ("language", None),
    };
    json!({
        "brand": matcher.slug(verdict.brand),
        "mention": verdict.is_mention(),
        "outcome": outcome,
        "rule": if verdict.kind == Kind::Account { "account" } else { verdict.kind.key() },
        "word": verdict.pattern.map(word),
        "other_word": other.map(word),
    })
}

/// The rules of all brands.
///
/// # Errors
/// A word that can't be looked for; `ophef check` names it.
pub(crate) fn matcher(settings: &Settings) -> anyhow::Result<Matcher> {
    let rules: Vec<_> = settings.brand.iter().map(Brand::rules).collect();
    let slug = |at: usize| settings.brand.get(at).map_or("", |brand| &brand.slug);
    Matcher::new(rules).map_err(|error| anyhow::anyhow!("brand {}: {error}", slug(error.brand)))
}

/// How records are read. What the settings can't hold was found by their check.
pub(crate) fn options(ingest: &Ingest) -> Options {
    let mapping = ingest.json.as_ref().map(|json| {
        let mut pointers = json.pointers.clone();
        // A name instead of a pointer holds for all.
        let constant = pointers
            .get("platform")
            .filter(|name| !name.starts_with('/'));
        let platform = constant.map(|name| platform_of(name));
        if platform.is_some() {
            pointers.remove("platform");
        }
        Mapping { pointers, platform }
    });
    Options {
        format: ingest.format.as_deref().and_then(Format::from_name),
        time_zone: jiff::tz::TimeZone::get(&ingest.time_zone).unwrap_or(jiff::tz::TimeZone::UTC),
        columns: ingest.columns.clone(),
        rating_max: ingest.rating_max,
        mapping,
    }
}

/// What takes personal data out.
///
/// # Errors
/// No key is set.
pub(crate) fn privacy(settings: &Settings) -> anyhow::Result<Stored> {
    let keys = settings.ingest.pseudonyms().map_err(anyhow::Error::msg)?;
    let keys = keys.context(
        "authors' ids are stored as a keyed hash, and no key is set: make one with `openssl rand \
         -hex 32` and give it as OPHEF_INGEST__PSEUDONYM_KEYS=a:…, the same at every start",
    )?;
    let names = settings.brand.iter().flat_map(|brand| {
        let plain = brand
            .names
            .iter()
            .chain(&brand.ambiguous)
            .chain(&brand.products);
        let handles = brand
            .handles
            .iter()
            .map(|handle| format!("@{}", handle.trim_start_matches('@')));
        plain.cloned().chain(handles)
    });
    Ok(Stored::new(keys, names))
}

/// The brand of that name, known by these words, or by its name.
///
/// # Errors
/// No slug can be made of it.
pub(crate) fn brand(name: &str, words: &[String]) -> anyhow::Result<Brand> {
    let lower = name.to_lowercase();
    let parts = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let slug: String = parts.join("-");
    if slug.is_empty() || slug.len() > mention::MAX_BRAND_BYTES {
        bail!(
            "{name:?} is no brand's name: it needs a letter a-z or a digit, and isn't longer than {} bytes",
            mention::MAX_BRAND_BYTES
        );
    }
    let names = match words {
        [] => vec![name.to_owned()],
        words => words.to_vec(),
    };
    Ok(Brand {
        slug,
        names,
        ..Brand::default()
    })
}

/// A key that is forgotten with the process, and with it who is who.
///
/// # Errors
/// The system gives no random numbers.
pub(crate) fn passing_key() -> anyhow::Result<Secret> {
    let mut bytes = [0; redact::MIN_KEY_BYTES];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Secret::from(format!("once:{digits}").as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_has_a_slug_and_words() {
        let found = brand("Één & Vos B.V.", &[]).unwrap();
        assert_eq!((found.slug.as_str(), found.names.len()), ("n-vos-b-v", 1));
        let words = ["vos".to_owned(), "vossen".to_owned()];
        assert_eq!(brand("Vos", &words).unwrap().names, words);
        assert!(brand("&&", &[]).is_err() && brand(&"a".repeat(65), &[]).is_err());
    }

    #[test]
    fn a_passing_key_is_one() {
        let keys = settings::Ingest {
            pseudonym_keys: Some(passing_key().unwrap()),
            ..settings::Ingest::default()
        };
        assert!(keys.pseudonyms().unwrap().is_some());
        assert_ne!(
            passing_key().unwrap().expose(),
            passing_key().unwrap().expose()
        );
    }
}
