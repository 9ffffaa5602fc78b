//! A public stream in place of a recording: the source and ingest, as in production.

use std::time::Duration;

use anyhow::{Context as _, bail};
use settings::{Brand, Secret, Settings};
use sources::{Token, bluesky, mastodon};

use super::Running;
use crate::cli::{self, LiveSource};
use crate::run::{self, guard};

/// Who tries this looks at a terminal: that there is no network is told soon.
const PATIENCE: Duration = Duration::from_secs(8);

/// What is listened to.
pub(super) struct Live {
    source: LiveSource,
    url: String,
    token: Option<Token>,
    /// The brands that are looked for, for the title.
    brands: String,
}

impl Live {
    /// What the command line asks for, put into the settings.
    ///
    /// # Errors
    /// No brand, or no address of a stream; the text says what to give.
    pub(super) fn prepare(
        source: LiveSource,
        args: &cli::Demo,
        settings: &mut Settings,
    ) -> anyhow::Result<Self> {
        if let Some(name) = &args.brand {
            settings.brand = vec![brand(name, &args.words)?];
        }
        if settings.brand.is_empty() {
            bail!("which brand? Name it: --brand NAME, and --match WORD for what it is called");
        }
        // A word that can't be looked for is told before anything starts.
        crate::matching::matcher(settings)?;
        // Sources write to the topic of this demo's own broker.
        settings.ingest.topic = None;
        settings.ingest.format = None;
        if settings.ingest.pseudonym_keys.is_none() {
            settings.ingest.pseudonym_keys = Some(passing_key()?);
        }
        let configured = match source {
            LiveSource::Bluesky => Some(settings.source.bluesky.url.clone()),
            LiveSource::Mastodon => settings.source.mastodon.url.clone(),
        };
        let url = args.url.clone().or(configured);
        let url = url.context(
            "which instance? Give its stream: --url wss://HOST/api/v1/streaming?stream=public",
        )?;
        let token = settings.source.mastodon.token.as_ref();
        let token = token.filter(|_| source == LiveSource::Mastodon);
        let brands = settings.brand.iter().map(|brand| brand.slug.as_str());
        Ok(Self {
            source,
            url,
            token: token.map(|token| Token::from(token.expose().to_owned())),
            brands: brands.collect::<Vec<_>>().join(", "),
        })
    }

    pub(super) fn title(&self) -> String {
        let source = match self.source {
            LiveSource::Bluesky => "Bluesky",
            LiveSource::Mastodon => "Mastodon",
        };
        format!("{source}, live: {}", self.brands)
    }

    /// Starts the source and ingest; one that ends ends the demo.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(
        self,
        settings: &Settings,
        service: &service::Settings,
        context: &service::Context,
    ) -> anyhow::Result<Vec<Running>> {
        let (of_ingest, service) = (service.clone(), service.clone());
        let settings = settings.clone();
        let ingest = guard("ingest", context, move |context| {
            run::ingest(&settings, of_ingest, context)
        })?;
        let source = guard("source", context, move |context| {
            self.listen(service, context)
        })?;
        // In the order in which their faults should be told.
        Ok(vec![source, ingest])
    }

    fn listen(self, service: service::Settings, context: &service::Context) -> anyhow::Result<()> {
        let patience = Some(PATIENCE);
        let listened = match self.source {
            LiveSource::Bluesky => {
                let settings = bluesky::Settings::new(service, &self.url);
                bluesky::run(
                    &bluesky::Settings {
                        patience,
                        ..settings
                    },
                    context,
                )
            }
            LiveSource::Mastodon => {
                let settings = mastodon::Settings::new(service, &self.url, self.token);
                mastodon::run(
                    &mastodon::Settings {
                        patience,
                        ..settings
                    },
                    context,
                )
            }
        };
        listened.context("`ophef demo` without --source needs no network")
    }
}

/// The brand of that name, known by these words, or by its name.
fn brand(name: &str, words: &[String]) -> anyhow::Result<Brand> {
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
fn passing_key() -> anyhow::Result<Secret> {
    let mut bytes = [0; redact::MIN_KEY_BYTES];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Secret::from(format!("demo:{digits}").as_str()))
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
    fn the_key_of_a_demo_is_one() {
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
