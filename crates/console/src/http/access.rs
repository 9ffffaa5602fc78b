//! Who asks, and whether they may write.

use axum::http::{HeaderMap, HeaderName, header};
use mention::MAX_NAME_CHARS;
use service::web::{bearer, is_same};

use super::Site;
use super::problem::Problem;
use crate::view::Lang;

/// Cookie with the name of a session.
pub(super) const SESSION: &str = "ophef_session";
/// Cookie with the language that was chosen.
pub(super) const LANG: &str = "ophef_lang";

/// How somebody is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum User {
    /// By the token in the request: a program.
    Program,
    /// By a session, after the token was given once.
    Session(String),
    /// By the proxy in front.
    Proxy(String),
}

impl User {
    /// The name that is kept with what they do.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Program => "API",
            Self::Session(name) | Self::Proxy(name) => name,
        }
    }
}

/// A cookie's value.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter();
    let all = all.filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// The language of a page: as chosen, or as the browser asks.
pub(super) fn language(headers: &HeaderMap) -> Lang {
    let chosen = cookie(headers, LANG).and_then(Lang::from_code);
    chosen.unwrap_or_else(|| {
        let accept = headers.get(header::ACCEPT_LANGUAGE);
        let accept = accept.and_then(|value| value.to_str().ok());
        Lang::accepted(accept.unwrap_or_default())
    })
}

/// A name as it may be kept: not empty, not long, nothing that can't be printed.
pub(super) fn is_name(name: &str) -> bool {
    !name.trim().is_empty()
        && name.chars().count() <= MAX_NAME_CHARS
        && !name.chars().any(char::is_control)
}

impl Site {
    /// Whether anybody may write here.
    pub(super) const fn is_writable(&self) -> bool {
        self.access.token.is_some() || self.access.user_header.is_some()
    }

    /// Whether people can sign in here with the token.
    pub(super) const fn has_sign_in(&self) -> bool {
        self.access.token.is_some()
    }

    /// Whether it is the token. Takes as long for a nearly right one as for any other.
    pub(super) fn is_token(&self, given: &[u8]) -> bool {
        let token = self.access.token.as_deref();
        token.is_some_and(|token| is_same(token.as_bytes(), given))
    }

    /// Counts a wrong token, and slows down who guesses.
    pub(super) fn wrong_token(&self) -> Problem {
        self.metrics.refused.inc();
        if self.guesses.take(1).is_ok() {
            Problem::unauthorized("that isn't the token")
        } else {
            Problem::too_many("too many wrong tokens: wait a few seconds")
        }
    }

    /// Who has sent it, if that is known. A wrong token is nobody's.
    pub(super) fn user(&self, headers: &HeaderMap) -> Option<User> {
        if let Some(token) = bearer(headers) {
            return self.is_token(token).then_some(User::Program);
        }
        if let Some(name) = self.proxied(headers) {
            return Some(User::Proxy(name));
        }
        let session = cookie(headers, SESSION).filter(|_| self.has_sign_in())?;
        self.sessions.user(session).map(User::Session)
    }

    fn proxied(&self, headers: &HeaderMap) -> Option<String> {
        let name = self.access.user_header.as_deref()?;
        let name = HeaderName::try_from(name).ok()?;
        // Twice means that the proxy let through what it was sent.
        let mut values = headers.get_all(name).iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        let user = std::str::from_utf8(value.as_bytes()).ok()?.trim();
        is_name(user).then(|| user.to_owned())
    }

    /// Who writes. A program proves it by the token in its request; a person's browser sends
    /// its cookie, and passes the proxy, whatever page it was told to by, so the page must be
    /// one of ours.
    ///
    /// # Errors
    /// Nobody may, nobody known asks, another site asks, or too much is asked.
    pub(super) fn writer(&self, headers: &HeaderMap) -> Result<User, Problem> {
        if !self.is_writable() {
            return Err(Problem::forbidden(
                "this console only shows: set `token` or `user_header` under [console] to let \
                 people respond",
            ));
        }
        let Some(user) = self.user(headers) else {
            return Err(match bearer(headers) {
                Some(_) => self.wrong_token(),
                None => {
                    Problem::unauthorized("sign in, or send the token as `Authorization: Bearer …`")
                }
            });
        };
        if user != User::Program && !self.is_own_page(headers) {
            return Err(Problem::forbidden(
                "the request doesn't come from a page of this console; behind a proxy, set \
                 `url` under [console] to the address that people open",
            ));
        }
        if self.writes.take(1).is_err() {
            return Err(Problem::too_many("too much at once: wait a second"));
        }
        Ok(user)
    }

    /// Whether a page of ours has sent the request, as the browser tells. Pages can't forge
    /// either header.
    pub(super) fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(site) = text("sec-fetch-site") {
            return site == "same-origin";
        }
        let Some(origin) = text("origin") else {
            return false;
        };
        if let Some(url) = &self.access.url {
            return origin == origin_of(url);
        }
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some() && host == text("host")
    }

    /// Whether it was asked for under a name of ours. A page elsewhere can point its own name
    /// at this machine, but its name is what the browser sends.
    pub(super) fn is_own_host(&self, headers: &HeaderMap) -> bool {
        if !self.is_local {
            return true;
        }
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        // Programs of the oldest protocol send none; browsers always do.
        let Some(host) = host else {
            return true;
        };
        let url = self.access.url.as_deref();
        if url.is_some_and(|url| origin_of(url).ends_with(&format!("://{host}"))) {
            return true;
        }
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        name == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether people come by an encrypted connection only.
    pub(super) fn is_encrypted(&self) -> bool {
        let url = self.access.url.as_deref();
        url.is_some_and(|url| url.starts_with("https://"))
    }
}

/// Scheme, name and port of an address.
fn origin_of(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url[after..].find('/').map_or(url.len(), |at| after + at);
    &url[..end]
}
