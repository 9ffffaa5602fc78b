//! The terminal view of the demo.

use std::io;
use std::time::{Duration, Instant};

use mention::{EventTime, Spike};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Gauge, Paragraph, Row, Table, Wrap};
use ratatui::{DefaultTerminal, Frame};
use service::Shutdown;

use super::observed::{Observed, Shared};
use super::report;

/// Time between two pictures: smooth to the eye, nothing to the processor.
const PICTURE: Duration = Duration::from_millis(100);
/// Spikes shown with their reasons; the list scrolls with the newest on top.
const SHOWN_SPIKES: usize = 8;

/// What doesn't change while the demo runs.
#[derive(Debug, Clone)]
pub(super) struct Fixed {
    /// Name of the recording.
    pub(super) title: String,
    /// Lines in it; `None` of a stream, which has no end.
    pub(super) lines: Option<u64>,
    /// Where metrics are served.
    pub(super) metrics: String,
    /// Where the console is.
    pub(super) console: String,
    /// Since when the demo runs.
    pub(super) start: Instant,
}

/// Draws until stopping is asked for, by key or otherwise, or `until_done` and
/// the recording is through.
///
/// # Errors
/// The terminal can't be used.
pub(super) fn run(
    shared: &Shared,
    shutdown: &Shutdown,
    fixed: &Fixed,
    until_done: bool,
) -> io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let result = draw_on(&mut terminal, shared, shutdown, fixed, until_done);
    ratatui::try_restore()?;
    result
}

fn draw_on(
    terminal: &mut DefaultTerminal,
    shared: &Shared,
    shutdown: &Shutdown,
    fixed: &Fixed,
    until_done: bool,
) -> io::Result<()> {
    let mut rate = Rate::default();
    loop {
        let is_done = {
            let observed = shared.lock();
            rate.note(observed.scored);
            terminal.draw(|frame| draw(frame, &observed, fixed, rate.per_second))?;
            observed.is_done
        };
        if shutdown.is_requested() || (is_done && until_done) {
            return Ok(());
        }
        if event::poll(PICTURE)? && is_quit(&event::read()?) {
            shutdown.request();
            return Ok(());
        }
    }
}

fn is_quit(event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    let is_interrupt =
        key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind == KeyEventKind::Press
        && (is_interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

/// Mentions a second over the last second or so.
#[derive(Debug, Default)]
struct Rate {
    since: Option<(Instant, u64)>,
    per_second: f64,
}

impl Rate {
    fn note(&mut self, count: u64) {
        let (since, before) = *self.since.get_or_insert((Instant::now(), count));
        let elapsed = since.elapsed().as_secs_f64();
        if elapsed >= 1.0 {
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let new = count.saturating_sub(before) as f64;
            self.per_second = new / elapsed;
            self.since = Some((Instant::now(), count));
        }
    }
}

fn draw(frame: &mut Frame<'_>, observed: &Observed, fixed: &Fixed, rate: f64) {
    let brand_rows = u16::try_from(observed.brands.len().clamp(1, 8)).unwrap_or(8);
    let [head, progress, brands, spikes, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(brand_rows + 3),
        Constraint::Min(5),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(headline(observed, fixed, rate), head);
    draw_progress(frame, progress, observed, fixed);
    draw_brands(frame, brands, observed);
    draw_spikes(frame, spikes, observed);
    let keys = Line::from(vec![
        " q".bold(),
        " quit   console ".into(),
        fixed.console.clone().cyan(),
        "   metrics ".into(),
        fixed.metrics.clone().cyan(),
    ]);
    frame.render_widget(keys, foot);
}

fn headline<'a>(observed: &Observed, fixed: &'a Fixed, rate: f64) -> Line<'a> {
    let at = observed
        .at
        .map_or_else(String::new, |at| report::short_time(&at.to_string()));
    Line::from(vec![
        Span::styled(
            " ophef ",
            Style::new().fg(Color::Black).bg(Color::Yellow).bold(),
        ),
        format!(" {}  {at} UTC  ", fixed.title).into(),
        format!(
            "{} scored  {rate:.0}/s  {} dead  {:.0} s",
            observed.scored,
            observed.dead_letters(),
            fixed.start.elapsed().as_secs_f64()
        )
        .dim(),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
fn draw_progress(frame: &mut Frame<'_>, area: Rect, observed: &Observed, fixed: &Fixed) {
    let Some(lines) = fixed.lines else {
        let seen = format!(" {} posts seen", observed.played);
        return frame.render_widget(Line::from(seen.blue()), area);
    };
    let ratio = observed.played as f64 / lines.max(1) as f64;
    let label = if observed.is_done {
        "played through".to_owned()
    } else {
        format!("{:.0} %", ratio * 100.0)
    };
    let gauge = Gauge::default()
        .gauge_style(Style::new().fg(Color::Blue))
        .label(label);
    frame.render_widget(gauge.ratio(ratio.clamp(0.0, 1.0)), area);
}

fn draw_brands(frame: &mut Frame<'_>, area: Rect, observed: &Observed) {
    let now = observed.at.unwrap_or_default();
    let mut brands: Vec<_> = observed.brands.iter().collect();
    brands.sort_by(|a, b| b.1.mentions.cmp(&a.1.mentions).then(a.0.cmp(b.0)));
    let rows = brands.into_iter().take(8).map(|(slug, brand)| {
        let (total, negative) = brand.last_hour(now);
        let open = observed
            .spikes
            .values()
            .filter(|s| s.brand == *slug && s.closed_at.is_none());
        let worst = open.filter(|s| s.pages).map(|s| s.severity).max();
        let state = worst.map_or("calm".green(), |severity| {
            format!("SPIKE {}", "▲".repeat(usize::from(severity)))
                .red()
                .bold()
        });
        let share = (negative * 100).checked_div(total);
        Row::new(vec![
            Span::from(slug.clone()).bold(),
            Span::from(total.to_string()),
            Span::from(share.map_or_else(|| "–".to_owned(), |share| format!("{share} %"))),
            Span::from(bar(total, negative)),
            state,
        ])
    });
    let widths = [
        Constraint::Length(18),
        Constraint::Length(10),
        Constraint::Length(10),
        Constraint::Length(22),
        Constraint::Min(12),
    ];
    let header = Row::new(["brand", "last hour", "negative", "", "state"]).dim();
    let table = Table::new(rows, widths)
        .header(header)
        .block(Block::bordered().title(" Brands "));
    frame.render_widget(table, area);
}

/// The negative share as a bar of twenty cells.
fn bar(total: usize, negative: usize) -> String {
    let filled = (negative * 20).checked_div(total).unwrap_or(0);
    format!("{}{}", "█".repeat(filled), "░".repeat(20 - filled))
}

fn draw_spikes(frame: &mut Frame<'_>, area: Rect, observed: &Observed) {
    let newest = observed
        .opened
        .iter()
        .rev()
        .filter_map(|id| observed.spikes.get(id));
    let lines: Vec<Line<'_>> = newest.take(SHOWN_SPIKES).flat_map(spike_lines).collect();
    let lines = if lines.is_empty() {
        vec![Line::from(
            "Nothing unusual yet: the detector learns what is normal.".dim(),
        )]
    } else {
        lines
    };
    let block = Block::bordered().title(" Spikes, newest first ");
    frame.render_widget(
        Paragraph::new(lines)
            .wrap(Wrap { trim: false })
            .block(block),
        area,
    );
}

fn spike_lines(spike: &Spike) -> [Line<'static>; 2] {
    let style = match (spike.pages, spike.closed_at) {
        (true, None) => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        (true, Some(_)) => Style::new().fg(Color::Yellow),
        (false, _) => Style::new().fg(Color::DarkGray),
    };
    let time = |at: EventTime| report::short_time(&at.to_string());
    let until = spike
        .closed_at
        .map_or_else(|| "open".to_owned(), |at| format!("over {}", time(at)));
    let head = format!(
        "{} {} {} on {}  {} → {until}  {}/{} negative, {:.0} % usual{}",
        "▲".repeat(usize::from(spike.severity)),
        spike.brand,
        spike.spike_kind.as_str().replace('_', " "),
        spike.platform,
        time(spike.onset),
        spike.observed.negative,
        spike.observed.total,
        spike.expected.share * 100.0,
        if spike.pages { "" } else { "  (no page)" },
    );
    let reasons = report::reasons(spike);
    let why = reasons.trim_start_matches("; ");
    [
        Line::styled(head, style),
        Line::from(format!("    {why}")).dim(),
    ]
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    #[test]
    fn the_view_fits_any_terminal() {
        let fixed = |lines| Fixed {
            title: "a week".to_owned(),
            lines,
            metrics: "http://127.0.0.1:9464/metrics".to_owned(),
            console: "http://127.0.0.1:8484".to_owned(),
            start: Instant::now(),
        };
        for (width, height) in [(0, 0), (1, 1), (20, 5), (80, 24), (300, 100)] {
            for fixed in [fixed(Some(0)), fixed(None)] {
                let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
                terminal
                    .draw(|frame| draw(frame, &Observed::default(), &fixed, 0.0))
                    .unwrap();
            }
        }
    }

    #[test]
    fn the_bar_shows_the_share() {
        assert_eq!(bar(0, 0), "░".repeat(20));
        assert_eq!(bar(10, 5), format!("{}{}", "█".repeat(10), "░".repeat(10)));
        assert_eq!(bar(3, 3), "█".repeat(20));
    }
}
