//! Title and legend, above the axes.

use crate::draw::{COLOURS, Picture, RIM, ROW, text_width, written};
use crate::{Chart, Form, Layer};

/// Length of the sample beside a name in the legend, pixels.
const SAMPLE: f64 = 18.0;

/// One entry of the legend with its place.
pub(crate) struct Entry<'a> {
    layer: &'a Layer,
    x: f64,
    pub(crate) row: f64,
}

/// The names, in rows; none for a chart of one nameless line.
pub(crate) fn legend(chart: &Chart) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let (mut x, mut row) = (RIM, 0.0);
    for layer in &chart.layers {
        let is_known = entries.iter().any(|entry| entry.layer.name == layer.name);
        if is_known || layer.name.is_empty() {
            continue;
        }
        let width = SAMPLE + 6.0 + text_width(&layer.name) + 14.0;
        if x + width > chart.size.0 && x > RIM {
            (x, row) = (RIM, row + 1.0);
        }
        // Of several by one name the line shows most.
        let mut same = chart.layers.iter().filter(|other| other.name == layer.name);
        let line = same.find(|other| matches!(other.form, Form::Line { .. }));
        let layer = line.unwrap_or(layer);
        entries.push(Entry { layer, x, row });
        x += width;
    }
    entries
}

impl Picture<'_> {
    /// Writes the title and the legend.
    pub(crate) fn heading(&mut self, legend: &[Entry<'_>]) {
        let title = written(&self.chart.title);
        let mut top = RIM;
        if !title.is_empty() {
            self.put(format_args!(
                "<text class=\"title\" x=\"{RIM}\" y=\"{:.1}\">{title}</text>",
                RIM + 13.0
            ));
            top += ROW + 4.0;
        }
        for entry in legend {
            let (x, y) = (entry.x, top + entry.row * ROW + 9.0);
            let class = entry.layer.colour % COLOURS;
            let sample = match &entry.layer.form {
                Form::Line { .. } => format!(
                    "<path d=\"M{x:.1} {y:.1}h{SAMPLE}\" stroke=\"currentColor\" \
                     stroke-width=\"2\"{}/>",
                    dashes(entry.layer)
                ),
                Form::Dots(_) => {
                    let middle = x + SAMPLE / 2.0;
                    format!(
                        "<circle cx=\"{middle:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"currentColor\"/>"
                    )
                }
                Form::Band(_) => format!(
                    "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{SAMPLE}\" height=\"10\" \
                     fill=\"currentColor\" fill-opacity=\"0.3\"/>",
                    y - 5.0
                ),
            };
            self.put(format_args!(
                "<g class=\"c{class}\">{sample}</g><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + SAMPLE + 6.0,
                y + 4.0,
                written(&entry.layer.name),
            ));
        }
    }
}

/// Dashes of a dashed line, and of one whose colour another has already.
pub(crate) fn dashes(layer: &Layer) -> &'static str {
    match layer.form {
        Form::Line { dashed: true, .. } => " stroke-dasharray=\"6 4\"",
        _ if layer.colour >= COLOURS => " stroke-dasharray=\"2 3\"",
        _ => "",
    }
}
