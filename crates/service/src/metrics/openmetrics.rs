//! `OpenMetrics` text 1.0: what the text format has, and exemplars.
//!
//! Written by hand since the library has neither. Counters lose `_total` in their
//! descriptions, bounds of buckets are always written with a point, and the text
//! ends with `# EOF`; see the specification at
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::PoisonError;

use prometheus::proto::{LabelPair, Metric, MetricFamily, MetricType};

use super::latency::{Exemplar, Exemplars};

/// Media type of the format.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether a client that sends this `Accept` would rather have `OpenMetrics` than
/// the text format: it names it, with a weight no lower.
pub(super) fn is_wanted(accept: &str) -> bool {
    let weight = |media: &str| {
        accept
            .split(',')
            .filter_map(|entry| {
                let mut parts = entry.split(';').map(str::trim);
                if !parts.next()?.eq_ignore_ascii_case(media) {
                    return None;
                }
                let weight = parts.find_map(|part| part.strip_prefix("q="));
                Some(weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
            })
            .fold(0.0_f64, f64::max)
    };
    let own = weight("application/openmetrics-text");
    own > 0.0 && own >= weight("text/plain")
}

/// The families as text, with the exemplars of the latencies named in `exemplars`.
pub(super) fn encode(families: &[MetricFamily], exemplars: &BTreeMap<String, Exemplars>) -> String {
    let mut text = String::new();
    for family in families {
        let name = family.name();
        let (kind, base) = match family.get_field_type() {
            MetricType::COUNTER => ("counter", name.strip_suffix("_total").unwrap_or(name)),
            MetricType::HISTOGRAM => ("histogram", name),
            _ => ("gauge", name),
        };
        line(
            &mut text,
            format_args!("# HELP {base} {}", escaped(family.help())),
        );
        line(&mut text, format_args!("# TYPE {base} {kind}"));
        for metric in family.get_metric() {
            let labels = metric.get_label();
            match family.get_field_type() {
                MetricType::COUNTER => {
                    let value = metric.get_counter().get_value();
                    sample(&mut text, &format!("{base}_total"), labels, None, value);
                    text.push('\n');
                }
                MetricType::HISTOGRAM => {
                    histogram(&mut text, base, metric, exemplars.get(name));
                }
                _ => {
                    sample(
                        &mut text,
                        base,
                        labels,
                        None,
                        metric.get_gauge().get_value(),
                    );
                    text.push('\n');
                }
            }
        }
    }
    text.push_str("# EOF\n");
    text
}

fn histogram(text: &mut String, name: &str, metric: &Metric, exemplars: Option<&Exemplars>) {
    let kept = exemplars.map(|all| *all.lock().unwrap_or_else(PoisonError::into_inner));
    let labels = metric.get_label();
    let histogram = metric.get_histogram();
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
    let bounds = histogram
        .get_bucket()
        .iter()
        .map(|bucket| (bucket.upper_bound(), bucket.cumulative_count() as f64));
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
    let count = histogram.get_sample_count() as f64;
    let bounds = bounds.filter(|(bound, _)| bound.is_finite());
    for (slot, (bound, below)) in bounds.chain([(f64::INFINITY, count)]).enumerate() {
        let bucket = format!("{name}_bucket");
        sample(text, &bucket, labels, Some(&bound_text(bound)), below);
        if let Some(exemplar) = kept.and_then(|kept| *kept.get(slot)?) {
            push_exemplar(text, &exemplar);
        }
        text.push('\n');
    }
    let sum = histogram.get_sample_sum();
    sample(text, &format!("{name}_sum"), labels, None, sum);
    text.push('\n');
    sample(text, &format!("{name}_count"), labels, None, count);
    text.push('\n');
}

/// The bound as the specification wants it: `1.0`, `+Inf`.
fn bound_text(bound: f64) -> String {
    if bound.is_infinite() {
        "+Inf".to_owned()
    } else {
        format!("{bound:?}")
    }
}

fn sample(text: &mut String, name: &str, labels: &[LabelPair], le: Option<&str>, value: f64) {
    text.push_str(name);
    let own = labels.iter().map(|label| (label.name(), label.value()));
    let mut separator = '{';
    for (name, value) in own.chain(le.map(|le| ("le", le))) {
        // Writing to memory can't fail.
        let _ = write!(text, "{separator}{name}=\"{}\"", escaped(value));
        separator = ',';
    }
    if separator == ',' {
        text.push('}');
    }
    let _ = write!(text, " {value}");
}

fn push_exemplar(text: &mut String, exemplar: &Exemplar) {
    let millis = exemplar.at.millis();
    let _ = write!(
        text,
        " # {{mention=\"{:016x}\"}} {} {}.{:03}",
        exemplar.mention,
        exemplar.value,
        millis.div_euclid(1_000),
        millis.rem_euclid(1_000)
    );
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{line}");
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::super::Registry;
    use super::*;

    #[test]
    fn every_kind_is_written_with_its_exemplars() {
        let registry = Registry::default();
        let counters = registry.counters("a_total", "A \"b\" \\ c.", &["x"]);
        counters.unwrap().with_label_values(&["1\n\"2\""]).inc();
        let gauges = registry.gauges("b_ratio", "B.", &["x"]).unwrap();
        gauges.with_label_values(&["é"]).set(0.5);
        let latency = registry.latency("c_seconds", "C.").unwrap();
        latency.observe(0.0004);
        latency.observe_of(0.7, 0xab);
        latency.observe_of(90.0, 0xcd);
        let text = registry.openmetrics();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..2],
            ["# HELP a A \\\"b\\\" \\\\ c.", "# TYPE a counter"]
        );
        assert_eq!(lines[2], r#"a_total{x="1\n\"2\""} 1"#);
        assert_eq!(lines[5], r#"b_ratio{x="é"} 0.5"#);
        let found = |start: &str| lines.iter().find(|line| line.starts_with(start)).unwrap();
        assert_eq!(
            *found(r#"c_seconds_bucket{le="0.5"}"#),
            r#"c_seconds_bucket{le="0.5"} 1"#
        );
        let one = r#"c_seconds_bucket{le="1.0"} 2 # {mention="00000000000000ab"} 0.7 "#;
        found(one);
        found(r#"c_seconds_bucket{le="+Inf"} 3 # {mention="00000000000000cd"} 90 "#);
        assert!(
            text.ends_with("c_seconds_sum 90.7004\nc_seconds_count 3\n# EOF\n"),
            "{text}"
        );
    }

    #[test]
    fn the_accept_header_decides() {
        let prometheus_2 = "application/openmetrics-text;version=1.0.0,\
            application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert!(is_wanted(prometheus_2));
        assert!(is_wanted(
            "application/openmetrics-text; q=0.6, text/plain; q=0.5"
        ));
        for other in [
            "",
            "*/*",
            "text/plain",
            "text/plain, application/openmetrics-text;q=0.5",
            "application/openmetrics-text;q=0",
        ] {
            assert!(!is_wanted(other), "{other}");
        }
    }
}
