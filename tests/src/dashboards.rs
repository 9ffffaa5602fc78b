//! What Grafana's dashboards ask of Prometheus.

use serde_json::Value;

/// Every expression of a dashboard's panels, in their order.
#[must_use]
pub fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().into_iter().flatten();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let expressions = targets.filter_map(|target| target["expr"].as_str());
    expressions.map(str::to_owned).collect()
}
