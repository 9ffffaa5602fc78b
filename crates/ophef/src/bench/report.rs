//! The results of `ophef bench detect` as files.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;
use plot::escape;
use serde_json::json;
use yardstick::run::BrandResult;
use yardstick::tables::{self, Table};
use yardstick::{Plan, pictures};

/// Every figure as one JSON object: the plan, the goals, and the trials of each brand.
///
/// # Errors
/// The file can't be written.
pub(super) fn json(file: &Path, plan: &Plan, results: &[BrandResult]) -> anyhow::Result<()> {
    let goals = tables::goals(plan, results);
    let all = json!({"plan": plan, "detectors": Plan::detectors(),
        "goals": goals, "brands": results});
    write(file, &format!("{all}\n"))
}

/// The plots as files of their own.
///
/// # Errors
/// The folder or a file can't be written.
pub(super) fn pictures(folder: &Path, plan: &Plan, results: &[BrandResult]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("can't create {}", folder.display()))?;
    for (name, chart) in pictures::all(plan, results) {
        write(&folder.join(format!("{name}.svg")), &chart.to_svg())?;
    }
    Ok(())
}

/// Tables and plots as one page that needs nothing beside it.
///
/// # Errors
/// The file can't be written.
pub(super) fn html(file: &Path, plan: &Plan, results: &[BrandResult]) -> anyhow::Result<()> {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>The detector, measured</title>\n<style>\n{}{}</style>\n</head>\n<body>\n\
         <h1>The detector, measured</h1>\n<p class=\"faint\">{} Ophef {}.</p>\n",
        include_str!("../backtest/html/page.css"),
        plot::STYLE,
        escape(&tables::summary(plan, results)),
        env!("CARGO_PKG_VERSION"),
    );
    for (_, chart) in pictures::all(plan, results) {
        page.push_str(&chart.to_inline_svg());
    }
    for table in tables::all(plan, results) {
        put(&mut page, &table);
    }
    page.push_str("</body>\n</html>\n");
    write(file, &page)
}

fn put(page: &mut String, table: &Table) {
    let row = |cells: &[String], tag: &str| {
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            let class = if column == 0 { "" } else { " class=\"number\"" };
            format!("<{tag}{class}>{}</{tag}>", escape(cell))
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = table.rows.iter().map(|cells| row(cells, "td")).collect();
    // Writing to a string can't fail.
    let _ = write!(
        page,
        "<h2>{}</h2>\n<div class=\"wide\"><table>\n{}{rows}</table></div>\n<p class=\"faint\">{}</p>\n",
        escape(&table.title),
        row(&table.head, "th"),
        escape(&table.note),
    );
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("can't write {}", file.display()))
}
