//! The diagrams of the model card, as SVG.

use std::fmt::Write;

use crate::measure::Outcome;
use crate::report::accuracy_at;

/// Side of the square that a curve lies in, and the margin around it, pixels.
const SIDE: f64 = 260.0;
const MARGIN: f64 = 50.0;
/// A colour and a name for Dutch and for English.
const CURVES: [(&str, &str); 2] = [("#c2410c", "Dutch"), ("#1d4ed8", "English")];

/// How often labels of each confidence are right, against the confidence.
pub(crate) fn reliability(outcomes: &[Outcome; 2]) -> String {
    let curve = |outcome: &Outcome| {
        let mut bins = [(0.0_f64, 0.0_f64, 0.0_f64); 10];
        for &(sure, right) in outcome.sureness() {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a probability times ten"
            )]
            let bin = &mut bins[((sure * 10.0) as usize).min(9)];
            bin.0 += 1.0;
            bin.1 += f64::from(sure);
            bin.2 += f64::from(u8::from(right));
        }
        // A bin of a few texts says nothing.
        let full = bins.iter().filter(|bin| bin.0 >= 20.0);
        full.map(|bin| (bin.1 / bin.0, bin.2 / bin.0)).collect()
    };
    let diagonal = vec![(0.3, 0.3), (1.0, 1.0)];
    picture(
        ["confidence (0.3 to 1)", "share that is right (0.3 to 1)"],
        (0.3, 0.3),
        &outcomes.each_ref().map(curve),
        Some(&diagonal),
    )
}

/// Share of right labels among the surest texts, against how many they are.
pub(crate) fn coverage(outcomes: &[Outcome; 2]) -> String {
    let curve = |outcome: &Outcome| {
        let parts = (2..=20).map(|part| f64::from(part) / 20.0);
        parts
            .map(|part| (part, accuracy_at(outcome, part)))
            .collect()
    };
    picture(
        [
            "part of the texts, surest first (0 to 1)",
            "share that is right (0.5 to 1)",
        ],
        (0.0, 0.5),
        &outcomes.each_ref().map(curve),
        None,
    )
}

/// Curves of points from `lowest` to 1 on both axes.
fn picture(
    axes: [&str; 2],
    lowest: (f64, f64),
    curves: &[Vec<(f64, f64)>; 2],
    reference: Option<&Vec<(f64, f64)>>,
) -> String {
    let place = |(x, y): (f64, f64)| {
        let scale = |value: f64, low: f64| (value - low) / (1.0 - low) * SIDE;
        (
            MARGIN + scale(x, lowest.0),
            MARGIN + SIDE - scale(y, lowest.1),
        )
    };
    let path = |points: &[(f64, f64)]| {
        let points = points.iter().map(|&point| place(point));
        let points = points.map(|(x, y)| format!("{x:.1},{y:.1}"));
        points.collect::<Vec<_>>().join(" ")
    };
    let size = SIDE + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{size}\" height=\"{size}\" fill=\"white\"/>\n\
         <rect x=\"{MARGIN}\" y=\"{MARGIN}\" width=\"{SIDE}\" height=\"{SIDE}\" fill=\"none\" stroke=\"#999\"/>\n"
    );
    let middle = MARGIN + SIDE / 2.0;
    let below = size - MARGIN / 3.0;
    // A string takes everything, so writing can't fail.
    let _ = writeln!(
        out,
        "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{}</text>",
        axes[0]
    );
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 {} {middle})\">{}</text>",
        MARGIN / 3.0,
        MARGIN / 3.0,
        axes[1]
    );
    if let Some(points) = reference {
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#999\" stroke-dasharray=\"4\"/>",
            path(points)
        );
    }
    for ((points, (colour, name)), row) in curves.iter().zip(CURVES).zip(1..) {
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path(points)
        );
        let at = MARGIN + 16.0 * f64::from(row);
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{at}\" fill=\"{colour}\">{name}</text>",
            MARGIN + 8.0
        );
    }
    out.push_str("</svg>\n");
    out
}
