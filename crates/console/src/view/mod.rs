//! From records to pages: everything that a template shows, as plain texts and numbers.

mod campaigns;
mod chart;
mod lists;
mod spike;
mod time;
mod trends;
mod trends_list;
mod unanswered;
mod words;

pub use campaigns::campaigns_part;
pub(crate) use lists::{
    Backtest, BacktestPage, BacktestReport, NowPage, SearchForm, SpikesPage, encoded,
};
pub(crate) use spike::SpikePage;
pub(crate) use time::Clock;
pub(crate) use trends::BrandTrendsPage;
pub(crate) use trends_list::TrendsPage;
pub(crate) use unanswered::{UnansweredPage, answers};
pub use words::Lang;
pub(crate) use words::kind;

use askama::Template;

/// What every page has around its content.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) lang: Lang,
    /// Title of the page, without the product's name.
    pub(crate) title: String,
    /// The tab that is marked: `now`, `spikes`, `unanswered`, `trends`, `backtest`, or nothing.
    pub(crate) tab: &'static str,
    /// This page in the other language.
    pub(crate) other_lang: String,
    /// Who has signed in.
    pub(crate) user: Option<String>,
    /// Whether signing in is possible here.
    pub(crate) can_sign_in: bool,
    /// Whether signing out is: of a session of ours, not of a proxy's.
    pub(crate) can_sign_out: bool,
    /// Where to come back to after signing in.
    pub(crate) here: String,
    /// The newest time that is known; none before the first record.
    pub(crate) as_of: Option<String>,
    /// Name of the time zone.
    pub(crate) zone: String,
    /// Put behind the addresses of style and script, so that a new version is fetched.
    pub(crate) version: &'static str,
}

impl Frame {
    /// The one of the two that is in the page's language.
    pub(crate) fn t<'a>(&self, english: &'a str, dutch: &'a str) -> &'a str {
        self.lang.or(english, dutch)
    }
}

/// A page with one message: an error, or something that was done.
#[derive(Debug, Template)]
#[template(path = "message.html")]
pub(crate) struct MessagePage {
    pub(crate) f: Frame,
    pub(crate) heading: String,
    pub(crate) text: String,
}

/// Signing in.
#[derive(Debug, Template)]
#[template(path = "signin.html")]
pub(crate) struct SignInPage {
    pub(crate) f: Frame,
    /// Why it didn't work the last time.
    pub(crate) fault: Option<String>,
    /// Where to go afterwards.
    pub(crate) next: String,
    /// Name that was given.
    pub(crate) name: String,
}
