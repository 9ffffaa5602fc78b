//! A public stream in place of a recording: the source and ingest, as in production.

use std::time::Duration;

use anyhow::{Context as _, bail};
use settings::Settings;
use sources::{Token, bluesky, mastodon};

use super::Running;
use crate::cli::{self, LiveSource};
use crate::matching;
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
            settings.brand = vec![matching::brand(name, &args.words)?];
        }
        if settings.brand.is_empty() {
            bail!("which brand? Name it: --brand NAME, and --match WORD for what it is called");
        }
        // A word that can't be looked for is told before anything starts.
        matching::matcher(settings)?;
        // Sources write to the topic of this demo's own broker.
        settings.ingest.topic = None;
        settings.ingest.format = None;
        if settings.ingest.pseudonym_keys.is_none() {
            settings.ingest.pseudonym_keys = Some(matching::passing_key()?);
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
