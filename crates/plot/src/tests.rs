//! What holds for every chart.

use proptest::prelude::*;

use super::*;

const HOUR: f64 = 3_600_000.0;

fn full(name: &str) -> Chart {
    let hours = || (0..48).map(|hour| f64::from(hour) * HOUR);
    Chart::new(name)
        .x_time()
        .y_from(0.0)
        .x_label(name)
        .y_label(name)
        .band(name, hours().map(|at| (at, 1.0, 4.0)))
        .line(
            format!("{name} observed"),
            hours().map(|at| (at, at / HOUR)),
        )
        .dashed(format!("{name} limit"), hours().map(|at| (at, 30.0)))
        .dots(format!("{name} single"), [(5.0 * HOUR, 20.0)])
        .span(10.0 * HOUR, 12.0 * HOUR, name, Tone::Truth)
        .mark(11.0 * HOUR, name, Tone::Alarm)
        .mark(11.1 * HOUR, name, Tone::Note)
}

/// Elements that are opened and closed again, in the right order.
fn is_well_formed(svg: &str) -> bool {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let Some((tag, _)) = tag.split_once('>') else {
            return false;
        };
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if let Some(closed) = tag.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    open.is_empty()
}

#[test]
fn a_full_chart_looks_like_this() {
    insta::assert_snapshot!(full("negatives").to_inline_svg());
}

#[test]
fn a_chart_alone_brings_its_style_for_light_and_dark() {
    let svg = full("negatives").to_svg();
    assert!(svg.contains(STYLE) && svg.contains("prefers-color-scheme:dark"));
    assert!(is_well_formed(&svg));
    for forbidden in ["<script", "href", "url(", "http://www.w3.org/1999"] {
        assert!(!svg.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn a_hostile_name_changes_no_markup() {
    let tags = |svg: &str| svg.matches('<').count();
    let name = "</title></svg><script>alert(1)</script><img src=x onerror='a'>\"";
    let svg = full(name).to_svg();
    let harmless = full(&"a".repeat(name.len())).to_svg();
    assert_eq!(tags(&svg), tags(&harmless));
    assert!(!svg.contains("<script") && !svg.contains("<img"));
    assert!(is_well_formed(&svg));
}

#[test]
fn what_cannot_be_drawn_breaks_the_line() {
    let points = [
        (0.0, 1.0),
        (1.0, 2.0),
        (2.0, f64::NAN),
        (3.0, 4.0),
        (4.0, f64::INFINITY),
    ];
    let svg = Chart::new("").line("", points).to_inline_svg();
    let path = svg.split("class=\"c0\" d=\"").nth(1).unwrap();
    let path = path.split('"').next().unwrap();
    assert_eq!(
        (path.matches('M').count(), path.matches('L').count()),
        (2, 1)
    );
    // The single point is a short stroke.
    assert!(path.ends_with("h1"), "{path}");
}

#[test]
fn zero_is_not_on_a_logarithmic_axis() {
    let chart = Chart::new("").x_log().y_log();
    let svg = chart
        .line("a", [(0.0, 1.0), (10.0, 0.0), (100.0, 10.0)])
        .to_inline_svg();
    assert!(is_well_formed(&svg) && !svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn one_name_has_one_colour_and_one_entry() {
    let svg = Chart::new("")
        .band("ours", [(0.0, 1.0, 2.0), (1.0, 1.0, 2.0)])
        .line("theirs", [(0.0, 1.0)])
        .line("ours", [(0.0, 1.5), (1.0, 1.5)])
        .to_inline_svg();
    assert_eq!(svg.matches(">ours</text>").count(), 1);
    assert_eq!(svg.matches("class=\"c0\"").count(), 3);
    assert_eq!(svg.matches("class=\"c1\"").count(), 2);
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -1e3..1e3, Just(0.0)]
}

proptest! {
    #[test]
    fn any_numbers_and_names_make_a_picture(
        points in prop::collection::vec((any_number(), any_number(), any_number()), 0..20),
        name in any::<String>(),
        kinds in prop::array::uniform4(any::<bool>()),
        size in (any_number(), any_number()),
    ) {
        let mut chart = Chart::new(name.clone()).size(size.0, size.1);
        let [time, x_log, y_log, percent] = kinds;
        if time { chart = chart.x_time(); }
        if x_log { chart = chart.x_log(); }
        if y_log { chart = chart.y_log(); }
        if percent { chart = chart.y_percent(); }
        for (x, y, _) in &points {
            chart = chart.mark(*x, name.clone(), Tone::Other).span(*x, *y, name.clone(), Tone::Note);
        }
        let svg = chart
            .band(name.clone(), points.clone())
            .line("l", points.iter().map(|p| (p.0, p.1)))
            .dots("d", points.iter().map(|p| (p.0, p.2)))
            .to_svg();
        prop_assert!(is_well_formed(&svg));
        // Names may hold anything, attributes of places may not.
        let attributes = svg.split('"').filter(|part| part.starts_with('M'));
        for path in attributes {
            prop_assert!(!path.contains("NaN") && !path.contains("inf"), "{}", path);
        }
    }
}
