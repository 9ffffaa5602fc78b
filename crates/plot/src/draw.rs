//! From a chart to its picture.

use std::fmt::Write;

use crate::escape::escape;
use crate::legend::{Entry, dashes, legend};
use crate::scale::Scale;
use crate::ticks::ticks;
use crate::{Chart, Form, Layer, Mark, Span, Tone};

/// The style of all charts, for light and for dark pages. Colours are told apart by
/// people who don't see red or green as others do, and stand out from the paper at
/// least 3 : 1.
pub const STYLE: &str = "\
.plot{max-width:100%;height:auto;font:12px system-ui,sans-serif}
.plot .paper{fill:#fff}.plot text{fill:#1f2328}.plot .faint{fill:#59636e}
.plot .title{font-size:14px;font-weight:600}
.plot .grid{stroke:#d1d9e0}.plot .axis{stroke:#818b98}
.plot .c0{color:#0969da}.plot .c1{color:#bc4c00}.plot .c2{color:#1a7f37}.plot .c3{color:#8250df}
.plot .c4{color:#1b7c83}.plot .c5{color:#bf3989}.plot .c6{color:#7d4e00}.plot .c7{color:#57606a}
.plot .alarm{color:#cf222e}.plot .note{color:#6e7781}.plot .truth{color:#1a7f37}.plot .other{color:#8250df}
@media (prefers-color-scheme:dark){
.plot .paper{fill:#0d1117}.plot text{fill:#e6edf3}.plot .faint{fill:#9198a1}
.plot .grid{stroke:#2b323b}.plot .axis{stroke:#6e7681}
.plot .c0{color:#58a6ff}.plot .c1{color:#f0883e}.plot .c2{color:#3fb950}.plot .c3{color:#bc8cff}
.plot .c4{color:#39c5cf}.plot .c5{color:#f778ba}.plot .c6{color:#d4a72c}.plot .c7{color:#8b949e}
.plot .alarm{color:#ff7b72}.plot .note{color:#8b949e}.plot .truth{color:#3fb950}.plot .other{color:#bc8cff}
}
";
/// Colours in [`STYLE`]; further lines begin anew with the first, dashed.
pub(crate) const COLOURS: usize = 8;
/// What a letter takes at most on the average, pixels: texts are placed without
/// measuring them, since no font is at hand.
const LETTER: f64 = 6.8;
/// Height of a line of text, pixels.
pub(crate) const ROW: f64 = 17.0;
/// Space around everything, pixels.
pub(crate) const RIM: f64 = 10.0;
/// Height of the bar that marks what is true, pixels.
const BAR: f64 = 6.0;
/// Longest text that is written out, letters; the rest is an ellipsis.
const LETTERS: usize = 80;

/// The rectangle that the axes span, pixels.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// A picture in the making.
pub(crate) struct Picture<'a> {
    pub(crate) chart: &'a Chart,
    out: String,
    frame: Frame,
    x: Scale,
    y: Scale,
}

/// The picture of `chart`; with the style in it if it stands alone.
pub(crate) fn svg(chart: &Chart, alone: bool) -> String {
    let legend = legend(chart);
    let frame = frame(chart, &legend);
    let mut picture = Picture {
        chart,
        out: String::new(),
        x: Scale::new(&chart.x, numbers_x(chart), (frame.left, frame.right)),
        y: Scale::new(&chart.y, numbers_y(chart), (frame.bottom, frame.top)),
        frame,
    };
    picture.open(alone);
    picture.spans();
    picture.axes();
    for is_band in [true, false] {
        for layer in &chart.layers {
            if matches!(layer.form, Form::Band(_)) == is_band {
                picture.layer(layer);
            }
        }
    }
    picture.marks();
    picture.heading(&legend);
    picture.out.push_str("</svg>\n");
    picture.out
}

fn numbers_x(chart: &Chart) -> impl Iterator<Item = f64> {
    let layers = chart
        .layers
        .iter()
        .flat_map(|layer| -> Box<dyn Iterator<Item = f64>> {
            match &layer.form {
                Form::Line { points, .. } | Form::Dots(points) => {
                    Box::new(points.iter().map(|p| p.0))
                }
                Form::Band(points) => Box::new(points.iter().map(|p| p.0)),
            }
        });
    let marks = chart.marks.iter().map(|mark| mark.x);
    let spans = chart.spans.iter().flat_map(|span| [span.from, span.until]);
    // What is marked belongs to the picture only if nothing else says how far it goes.
    let has_layers = !chart.layers.is_empty() || chart.x.low.is_some();
    layers.chain(marks.chain(spans).filter(move |_| !has_layers))
}

fn numbers_y(chart: &Chart) -> impl Iterator<Item = f64> {
    chart
        .layers
        .iter()
        .flat_map(|layer| -> Box<dyn Iterator<Item = f64>> {
            match &layer.form {
                Form::Line { points, .. } | Form::Dots(points) => {
                    Box::new(points.iter().map(|p| p.1))
                }
                Form::Band(points) => Box::new(points.iter().flat_map(|p| [p.1, p.2])),
            }
        })
}

fn frame(chart: &Chart, legend: &[Entry<'_>]) -> Frame {
    let (width, height) = chart.size;
    let rows = legend.last().map_or(0.0, |entry| entry.row + 1.0);
    let title = if chart.title.is_empty() {
        0.0
    } else {
        ROW + 4.0
    };
    let top = RIM + title + rows * ROW + ROW;
    let below = if chart.x.label.is_empty() { 0.0 } else { ROW };
    let bottom = (height - RIM - ROW - below).max(top + 20.0);
    let y = Scale::new(&chart.y, numbers_y(chart), (bottom, top));
    let texts = ticks(chart.y.kind, &y, wanted(bottom - top, APART_Y));
    let widest = texts.iter().map(|(_, text)| text_width(text));
    let widest = widest.fold(0.0, f64::max);
    let beside = if chart.y.label.is_empty() { 0.0 } else { ROW };
    Frame {
        left: (RIM + beside + widest + 6.0).min(width / 2.0),
        right: width - RIM - 12.0,
        top,
        bottom,
    }
}

/// Pixels between two ticks: a few lines of text; the widest text of one and some air.
const APART_Y: f64 = 36.0;
const APART_X: f64 = 80.0;

/// Ticks that are wanted on an axis of that length.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length of at most 4,000 pixels"
)]
fn wanted(length: f64, apart: f64) -> usize {
    (length / apart) as usize
}

#[allow(clippy::cast_precision_loss, reason = "letters of a name")]
pub(crate) fn text_width(text: &str) -> f64 {
    text.chars().count().min(LETTERS) as f64 * LETTER
}

/// The text as it is written: escaped, and cut if it is long.
pub(crate) fn written(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return escape(text);
    }
    let cut: String = text.chars().take(LETTERS - 1).collect();
    escape(&cut) + "…"
}

impl Picture<'_> {
    /// Adds markup; a string takes everything, so this can't fail.
    pub(crate) fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(markup);
        self.out.push('\n');
    }

    fn open(&mut self, alone: bool) {
        let (width, height) = self.chart.size;
        let title = written(&self.chart.title);
        let namespace = "http://www.w3.org/2000/svg";
        self.put(format_args!(
            "<svg xmlns=\"{namespace}\" class=\"plot\" role=\"img\" aria-label=\"{title}\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
        ));
        if alone {
            self.put(format_args!("<style>\n{STYLE}</style>"));
        }
        self.put(format_args!(
            "<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>"
        ));
    }

    fn axes(&mut self) {
        let Frame {
            left,
            right,
            top,
            bottom,
        } = self.frame;
        let chart = self.chart;
        for (at, text) in ticks(chart.y.kind, &self.y, wanted(bottom - top, APART_Y)) {
            let Some(y) = self.y.place(at) else { continue };
            self.put(format_args!(
                "<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>\
                 <text class=\"faint\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                left - 6.0,
                y + 4.0,
            ));
        }
        for (at, text) in ticks(chart.x.kind, &self.x, wanted(right - left, APART_X)) {
            let Some(x) = self.x.place(at) else { continue };
            self.put(format_args!(
                "<path class=\"axis\" d=\"M{x:.1} {bottom:.1}v4\"/>\
                 <text class=\"faint\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
                bottom + ROW,
            ));
        }
        self.put(format_args!(
            "<path class=\"axis\" d=\"M{left:.1} {bottom:.1}H{right:.1}\"/>"
        ));
        self.axis_labels();
    }

    fn axis_labels(&mut self) {
        let Frame {
            left,
            right,
            top,
            bottom,
        } = self.frame;
        let chart = self.chart;
        if !chart.x.label.is_empty() {
            let (x, label) = (f64::midpoint(left, right), written(&chart.x.label));
            let y = chart.size.1 - RIM + 2.0;
            self.put(format_args!(
                "<text class=\"faint\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{label}</text>"
            ));
        }
        if !chart.y.label.is_empty() {
            let (y, label) = (f64::midpoint(top, bottom), written(&chart.y.label));
            let x = RIM + 4.0;
            self.put(format_args!(
                "<text class=\"faint\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" \
                 transform=\"rotate(-90 {x:.1} {y:.1})\">{label}</text>"
            ));
        }
    }

    fn layer(&mut self, layer: &Layer) {
        let class = layer.colour % COLOURS;
        match &layer.form {
            Form::Line { points, .. } => {
                let path = self.line(points);
                let dashes = dashes(layer);
                self.put(format_args!(
                    "<path class=\"c{class}\" d=\"{path}\" fill=\"none\" stroke=\"currentColor\" \
                     stroke-width=\"1.8\" stroke-linejoin=\"round\"{dashes}/>"
                ));
            }
            Form::Dots(points) => {
                for &(x, y) in points {
                    if let (Some(x), Some(y)) = (self.x.place(x), self.y.place(y)) {
                        self.put(format_args!(
                            "<circle class=\"c{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" \
                             fill=\"currentColor\"/>"
                        ));
                    }
                }
            }
            Form::Band(points) => {
                let path = self.band(points);
                self.put(format_args!(
                    "<path class=\"c{class}\" d=\"{path}\" fill=\"currentColor\" \
                     fill-opacity=\"0.22\"/>"
                ));
            }
        }
    }

    /// A path through the points; one that can't be drawn breaks it.
    fn line(&self, points: &[(f64, f64)]) -> String {
        let mut path = String::new();
        let mut run = 0_usize;
        let end = |path: &mut String, run: usize| {
            // A point with gaps at both sides would vanish without a stroke.
            if run == 1 {
                path.push_str("h1");
            }
        };
        for &(x, y) in points {
            let (Some(x), Some(y)) = (self.x.place(x), self.y.place(y)) else {
                end(&mut path, run);
                run = 0;
                continue;
            };
            let letter = if run == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{x:.1} {y:.1}");
            run += 1;
        }
        end(&mut path, run);
        path
    }

    /// The areas between the two ends; a point that can't be drawn separates them. An
    /// end below a logarithmic axis is its lower end.
    fn band(&self, points: &[(f64, f64, f64)]) -> String {
        let mut path = String::new();
        let mut run: Vec<(f64, f64, f64)> = Vec::new();
        let flush = |run: &mut Vec<(f64, f64, f64)>, path: &mut String| {
            let mut letter = 'M';
            for (x, _, high) in run.iter() {
                let _ = write!(path, "{letter}{x:.1} {high:.1}");
                letter = 'L';
            }
            for (x, low, _) in run.iter().rev() {
                let _ = write!(path, "L{x:.1} {low:.1}");
            }
            if !run.is_empty() {
                path.push('Z');
            }
            run.clear();
        };
        for &(x, low, high) in points {
            let places = (
                self.x.place(x),
                self.y.place_within(low),
                self.y.place_within(high),
            );
            if let (Some(x), Some(low), Some(high)) = places {
                run.push((x, low, high));
            } else {
                flush(&mut run, &mut path);
            }
        }
        flush(&mut run, &mut path);
        path
    }

    fn spans(&mut self) {
        let Frame { top, bottom, .. } = self.frame;
        for span in &self.chart.spans {
            let Some((from, until)) = self.span_ends(span) else {
                continue;
            };
            // A short span stays visible.
            let width = (until - from).max(2.0);
            let (tone, label) = (class(span.tone), written(&span.label));
            let height = bottom - top;
            self.put(format_args!(
                "<g class=\"{tone}\"><title>{label}</title><rect x=\"{from:.1}\" y=\"{top:.1}\" \
                 width=\"{width:.1}\" height=\"{height:.1}\" fill=\"currentColor\" \
                 fill-opacity=\"0.14\"/>"
            ));
            // A bar at the foot, since what is true and what was found lie upon each other.
            if span.tone == Tone::Truth {
                self.put(format_args!(
                    "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{BAR}\" \
                     fill=\"currentColor\"/>",
                    bottom - BAR,
                ));
            }
            self.put(format_args!("</g>"));
        }
    }

    /// Where a span begins and ends on the picture; none if it lies outside.
    fn span_ends(&self, span: &Span) -> Option<(f64, f64)> {
        let outside = !(span.from <= self.x.high && span.until >= self.x.low);
        if outside {
            return None;
        }
        Some((
            self.x.place_within(span.from)?,
            self.x.place_within(span.until)?,
        ))
    }

    fn marks(&mut self) {
        let Frame {
            right, top, bottom, ..
        } = self.frame;
        let mut free_from = f64::NEG_INFINITY;
        let mut marks: Vec<&Mark> = self.chart.marks.iter().collect();
        marks.sort_by(|a, b| a.x.total_cmp(&b.x));
        for mark in marks {
            let is_inside = mark.x >= self.x.low && mark.x <= self.x.high;
            let Some(x) = self.x.place(mark.x).filter(|_| is_inside) else {
                continue;
            };
            let (tone, label) = (class(mark.tone), written(&mark.label));
            self.put(format_args!(
                "<g class=\"{tone}\"><title>{label}</title><path d=\"M{x:.1} {:.1}V{bottom:.1}\" \
                 stroke=\"currentColor\" stroke-width=\"1.6\"/><path d=\"M{x:.1} {top:.1}l-4 -6h8z\" \
                 fill=\"currentColor\"/></g>",
                top - 2.0,
            ));
            let width = text_width(&mark.label);
            // To the left of the line where the right has no room.
            let (start, anchor, at) = if x + 6.0 + width <= right + 12.0 {
                (x, "start", x + 6.0)
            } else {
                (x - width - 6.0, "end", x - 6.0)
            };
            if start >= free_from && !mark.label.is_empty() {
                free_from = start + width + 12.0;
                self.put(format_args!(
                    "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{label}</text>",
                    top - 3.0,
                ));
            }
        }
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Alarm => "alarm",
        Tone::Note => "note",
        Tone::Truth => "truth",
        Tone::Other => "other",
    }
}
