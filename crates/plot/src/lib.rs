//! Charts as SVG, from plain numbers.
//!
//! A [`Chart`] has lines, dots, bands, marked moments and shaded spans over linear,
//! logarithmic or time axes. The picture is readable on light and on dark pages, holds
//! no script and refers to nothing outside itself; every text in it is escaped, so
//! that any name can be given. What can't be drawn (NaN, infinities, zero on a
//! logarithmic axis) is left out and breaks its line.
//!
//! ```
//! use plot::{Chart, Tone};
//!
//! let svg = Chart::new("Negative mentions an hour")
//!     .x_time()
//!     .y_from(0.0)
//!     .band("expected", [(0.0, 1.0, 4.0), (3_600_000.0, 1.5, 5.0)])
//!     .line("observed", [(0.0, 2.0), (3_600_000.0, 9.0)])
//!     .mark(3_000_000.0, "alarm", Tone::Alarm)
//!     .to_svg();
//! assert!(svg.starts_with("<svg ") && svg.contains("observed"));
//! ```
//!
//! Several charts on one page share one style: write [`STYLE`] once into the page and
//! each chart by [`Chart::to_inline_svg`].

mod draw;
mod escape;
mod legend;
mod scale;
mod ticks;

pub use draw::STYLE;
pub use escape::escape;

/// The size of a chart that isn't told another, pixels.
const SIZE: (f64, f64) = (760.0, 260.0);
/// The least width and height, pixels, at which axes and texts have room.
const LEAST: (f64, f64) = (240.0, 140.0);
/// The greatest width and height, pixels.
const MOST: (f64, f64) = (4_000.0, 4_000.0);
/// Numbers beyond this can't be drawn: sums and steps of them must stay finite.
const DRAWABLE: f64 = 1e100;

/// A chart that is being put together; see the [crate](self).
///
/// Lines, dots and bands are drawn in the order in which they are given, bands below
/// lines. Those of one name have one colour and one entry in the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    title: String,
    size: (f64, f64),
    x: Axis,
    y: Axis,
    layers: Vec<Layer>,
    marks: Vec<Mark>,
    spans: Vec<Span>,
}

/// What a mark or a span says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Somebody is called: red.
    Alarm,
    /// Worth a note: grey.
    Note,
    /// What is known to be true: green; a span has a bar at its foot.
    Truth,
    /// The other one of two that are compared: violet.
    Other,
}

/// One direction of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
struct Axis {
    kind: AxisKind,
    label: String,
    low: Option<f64>,
    high: Option<f64>,
}

/// How numbers become places and texts on an axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum AxisKind {
    #[default]
    Linear,
    /// Linear, with parts of one written as percentages.
    Percent,
    /// By powers of ten; zero and less isn't on it.
    Log,
    /// Milliseconds since the Unix epoch, UTC.
    Time,
}

/// Something drawn from points.
#[derive(Debug, Clone, PartialEq)]
struct Layer {
    name: String,
    /// Its number among the colours.
    colour: usize,
    form: Form,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Line {
        points: Vec<(f64, f64)>,
        dashed: bool,
    },
    Dots(Vec<(f64, f64)>),
    /// x, lower end, upper end.
    Band(Vec<(f64, f64, f64)>),
}

#[derive(Debug, Clone, PartialEq)]
struct Mark {
    x: f64,
    label: String,
    tone: Tone,
}

#[derive(Debug, Clone, PartialEq)]
struct Span {
    from: f64,
    until: f64,
    label: String,
    tone: Tone,
}

impl Chart {
    /// An empty chart of 760 by 260 pixels with linear axes.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            size: SIZE,
            x: Axis::default(),
            y: Axis::default(),
            layers: Vec::new(),
            marks: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// Another size, pixels; moved into 240 by 140 to 4,000 by 4,000. On a page the
    /// chart shrinks with its column.
    #[must_use]
    pub fn size(mut self, width: f64, height: f64) -> Self {
        let within = |wish: f64, least: f64, most: f64| wish.max(least).min(most);
        self.size = (
            within(width, LEAST.0, MOST.0),
            within(height, LEAST.1, MOST.1),
        );
        self
    }

    /// x is time, in milliseconds since the Unix epoch; written in UTC.
    #[must_use]
    pub fn x_time(mut self) -> Self {
        self.x.kind = AxisKind::Time;
        self
    }

    /// x goes by powers of ten; what isn't above zero isn't drawn.
    #[must_use]
    pub fn x_log(mut self) -> Self {
        self.x.kind = AxisKind::Log;
        self
    }

    /// y goes by powers of ten; what isn't above zero isn't drawn.
    #[must_use]
    pub fn y_log(mut self) -> Self {
        self.y.kind = AxisKind::Log;
        self
    }

    /// y is a part of one, written as a percentage.
    #[must_use]
    pub fn y_percent(mut self) -> Self {
        self.y.kind = AxisKind::Percent;
        self
    }

    /// What is written below the x axis.
    #[must_use]
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.x.label = label.into();
        self
    }

    /// What is written along the y axis.
    #[must_use]
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.y.label = label.into();
        self
    }

    /// The x axis reaches at least from `low` to `high`.
    #[must_use]
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        (self.x.low, self.x.high) = (Some(low), Some(high));
        self
    }

    /// The y axis reaches at least down (or up) to `low`; usually zero.
    #[must_use]
    pub fn y_from(mut self, low: f64) -> Self {
        self.y.low = Some(low);
        self
    }

    /// The y axis reaches at least from `low` to `high`.
    #[must_use]
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        (self.y.low, self.y.high) = (Some(low), Some(high));
        self
    }

    /// Points `(x, y)` joined by a line, in the order given.
    #[must_use]
    pub fn line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let points = points.into_iter().collect();
        let dashed = false;
        self.layer(name.into(), Form::Line { points, dashed })
    }

    /// A line, dashed: a reference, a limit, an oracle.
    #[must_use]
    pub fn dashed(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let points = points.into_iter().collect();
        let dashed = true;
        self.layer(name.into(), Form::Line { points, dashed })
    }

    /// Points `(x, y)`, each by itself.
    #[must_use]
    pub fn dots(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        self.layer(name.into(), Form::Dots(points.into_iter().collect()))
    }

    /// The area between the lower and the upper end at `(x, low, high)`.
    #[must_use]
    pub fn band(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64, f64)>,
    ) -> Self {
        self.layer(name.into(), Form::Band(points.into_iter().collect()))
    }

    /// A vertical line at `x`. The label is shown where there is room, and whenever
    /// the pointer rests on the line.
    #[must_use]
    pub fn mark(mut self, x: f64, label: impl Into<String>, tone: Tone) -> Self {
        let label = label.into();
        self.marks.push(Mark { x, label, tone });
        self
    }

    /// Everything between `from` and `until` is shaded; the label is shown when the
    /// pointer rests there.
    #[must_use]
    pub fn span(mut self, from: f64, until: f64, label: impl Into<String>, tone: Tone) -> Self {
        let label = label.into();
        self.spans.push(Span {
            from,
            until,
            label,
            tone,
        });
        self
    }

    /// The picture as a file of its own.
    #[must_use]
    pub fn to_svg(&self) -> String {
        draw::svg(self, true)
    }

    /// The picture for a page that has [`STYLE`] already.
    #[must_use]
    pub fn to_inline_svg(&self) -> String {
        draw::svg(self, false)
    }

    fn layer(mut self, name: String, form: Form) -> Self {
        let known = self.layers.iter().find(|layer| layer.name == name);
        let next = || {
            let used = self.layers.iter().map(|layer| layer.colour + 1);
            used.max().unwrap_or(0)
        };
        let colour = known.map_or_else(next, |layer| layer.colour);
        self.layers.push(Layer { name, colour, form });
        self
    }
}

#[cfg(test)]
mod tests;
