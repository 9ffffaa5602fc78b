//! `ophef run source`: from settings to a running source.

use std::path::Path;

use anyhow::Context as _;
use decode::Format;
use sources::{Token, bluesky, http, lines, mastodon};

use crate::cli::SourceKind;

/// Runs one source until it is asked to stop, or its input ends.
///
/// # Errors
/// A setting that is missing, or a lasting fault.
pub(crate) fn source(
    kind: SourceKind,
    file: Option<&Path>,
    format: Option<Format>,
    settings: &settings::Settings,
    service: service::Settings,
    context: &service::Context,
) -> anyhow::Result<()> {
    let source = &settings.source;
    match kind {
        SourceKind::Http => {
            let settings = http::Settings {
                options: crate::matching::options(&settings.ingest),
                ..http_settings(&source.http, service)?
            };
            http::run(&settings, context)?;
        }
        SourceKind::Bluesky => {
            bluesky::run(
                &bluesky::Settings::new(service, &source.bluesky.url),
                context,
            )?;
        }
        SourceKind::Mastodon => {
            let url = source.mastodon.url.as_deref();
            let url = url.context("no stream is set: set `url` under [source.mastodon]")?;
            let token = source.mastodon.token.as_ref().map(token);
            let settings = mastodon::Settings {
                api: source.mastodon.api.clone(),
                ..mastodon::Settings::new(service, url, token)
            };
            mastodon::run(&settings, context)?;
        }
        SourceKind::File | SourceKind::Stdin => {
            let options = crate::matching::options(&settings.ingest);
            lines::run(
                &lines::Settings {
                    service,
                    file,
                    format,
                    options,
                },
                context,
            )?;
        }
    }
    Ok(())
}

fn token(secret: &settings::Secret) -> Token {
    Token::from(secret.expose().to_owned())
}

fn http_settings(
    http: &settings::SourceHttp,
    service: service::Settings,
) -> anyhow::Result<http::Settings> {
    let tokens: Vec<Token> = [&http.token, &http.former_token]
        .into_iter()
        .flatten()
        .map(token)
        .collect();
    anyhow::ensure!(
        !tokens.is_empty(),
        "nobody could send anything: set OPHEF_SOURCE__HTTP__TOKEN, or `token` under [source.http], \
         to what `openssl rand -hex 32` gives"
    );
    Ok(http::Settings {
        max_body_bytes: http.max_body_bytes,
        max_pending_bytes: http.max_pending_bytes,
        max_mentions_per_second: http.max_mentions_per_second,
        max_connections: http.max_connections,
        ..http::Settings::new(service, http.listen, tokens)
    })
}
