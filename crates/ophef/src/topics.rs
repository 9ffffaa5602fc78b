//! `ophef topics`: create them, or check those that exist.

use std::io::{self, Write};

use anyhow::bail;
use kafka::admin::{self, Created};

use crate::cli::TopicsAction;
use crate::run;

/// Creates or checks the topics of the configured Kafka.
///
/// # Errors
/// Kafka can't be reached or refuses; or, checking, a topic is missing or differs.
pub(crate) fn run(action: TopicsAction, settings: &settings::Settings) -> anyhow::Result<()> {
    let connection = run::connection(settings);
    let partitions = u16::try_from(settings.kafka.partitions)?;
    let plans = admin::plans(&connection, partitions, settings.kafka.replication_factor);
    let mut out = io::stdout().lock();
    match action {
        TopicsAction::Create => {
            for (name, created) in admin::create(&connection, &plans)? {
                let word = match created {
                    Created::New => "created",
                    Created::Existed => "existed",
                };
                writeln!(out, "{word}  {name}")?;
            }
        }
        TopicsAction::Check => {
            let faults = admin::check(&connection, &plans)?;
            for fault in &faults {
                writeln!(out, "{fault}")?;
            }
            if !faults.is_empty() {
                bail!("{} topics aren't as they should be", faults.len());
            }
            writeln!(out, "All {} topics are as they should be.", plans.len())?;
        }
    }
    Ok(())
}
