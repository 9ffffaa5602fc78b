//! The one binary of Ophef: every service and every tool is a subcommand.

mod backtest;
mod bench;
mod calendar;
mod care;
mod classify;
mod cli;
mod convert;
mod corrections;
mod dead_letters;
mod demo;
mod door;
mod explain;
mod feed;
mod feedback;
mod forget;
mod inventory;
mod matching;
mod offline;
mod pace;
mod ready;
mod recording;
mod replay;
mod report;
mod run;
mod scoring;
mod second;
mod topics;
mod volume;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use cli::{Cli, Command, CorrectionsAction, FeedbackAction};
use settings::{Environment, LogFormat, Problems, Settings};

/// Exit code of a wrong configuration or usage (`EX_USAGE` of `sysexits.h`).
const EX_USAGE: u8 = 64;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_help = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // Nobody is left to tell that the help couldn't be printed.
            let _ = error.print();
            return if is_help {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EX_USAGE)
            };
        }
    };
    let Err(error) = answer(cli) else {
        return ExitCode::SUCCESS;
    };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(io::stderr(), "ophef: {error:#}");
    if error.is::<Problems>() || error.is::<service::logging::SetupError>() {
        ExitCode::from(EX_USAGE)
    } else {
        ExitCode::FAILURE
    }
}

fn answer(cli: Cli) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let load = || Settings::load(cli.config.as_deref(), &environment);
    match cli.command {
        Command::Check { example: true, .. } => offline::example(),
        Command::Check { file, .. } => {
            let file = file.or_else(|| cli.config.clone());
            Ok(offline::check(file.as_deref(), &environment)?)
        }
        Command::Metrics => inventory::print(),
        Command::Schema { folder } => offline::schema(&folder),
        Command::Completions { shell } => offline::completions(shell),
        Command::Classify {
            file,
            corrections: Some(corrections),
        } => {
            let mentions = (file != Path::new("-")).then_some(file.as_path());
            corrections::judge(&corrections, mentions, &load()?)
        }
        Command::Classify { file, .. } => classify::run(&file, &load()?),
        Command::Match(args) => matching::run(&args, &load()?),
        Command::Explain(args) => explain::run(&args, &load()?),
        Command::Corrections(args) => match args.action {
            CorrectionsAction::Export => corrections::export(&on(load()?, args.brokers)),
        },
        Command::Ready => ready::ask(&load()?),
        Command::Feedback(args) => match args.action {
            FeedbackAction::Export => feedback::export(&on(load()?, args.brokers)),
        },
        Command::Convert(args) => convert::run(&args, load()?),
        Command::Backtest(args) => {
            let settings = load()?;
            let other = args.compare.as_deref();
            let other = other.map(|file| Settings::load(Some(file), &environment));
            let other = other.transpose()?;
            // Results are for standard output; only what people should know of them is logged.
            with_warnings(|| backtest::run(&args, &settings, other.as_ref()))
        }
        Command::Forget(args) => {
            let settings = on(load()?, args.brokers.clone());
            with_warnings(|| forget::run(&args, &settings))
        }
        Command::Bench(args) => bench::run(&args.action, cli.config.as_deref(), &environment),
        Command::DeadLetters(args) => {
            let settings = on(load()?, args.brokers.clone());
            with_warnings(|| dead_letters::run(&args, &settings))
        }
        Command::Topics(args) => topics::run(args.action, &on(load()?, args.brokers)),
        Command::Demo(args) => {
            let settings = load()?;
            // Log lines would tear the terminal view.
            let filter = if args.has_view() {
                "off"
            } else {
                &settings.log.filter
            };
            log(&settings, filter)?;
            demo::run(&args, &settings)
        }
        Command::Report(args) => {
            let settings = on(load()?, args.brokers.clone());
            with_warnings(|| report::run(&args, &settings))
        }
        Command::Replay(args) => {
            let settings = on(load()?, args.brokers.clone());
            with_log(&settings, |settings| replay::run(&args, settings))
        }
        Command::Run(args) => {
            let settings = on(load()?, args.brokers);
            with_log(&settings, |settings| run::service(args.service, settings))
        }
    }
}

/// The settings, for the Kafka named on the command line if there is one.
fn on(mut settings: Settings, brokers: Option<String>) -> Settings {
    if let Some(brokers) = brokers {
        settings.kafka.brokers = brokers;
    }
    settings
}

/// Work whose results are for standard output, with a log of warnings beside it.
fn with_warnings(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    service::logging::init(service::logging::Format::Text, "warn")?;
    work()
}

fn with_log(
    settings: &Settings,
    work: impl FnOnce(&Settings) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    log(settings, &settings.log.filter)?;
    work(settings)
}

fn log(settings: &Settings, filter: &str) -> anyhow::Result<()> {
    let format = match settings.log.format {
        LogFormat::Auto => service::logging::Format::Auto,
        LogFormat::Text => service::logging::Format::Text,
        LogFormat::Json => service::logging::Format::Json,
    };
    Ok(service::logging::init(format, filter)?)
}

/// `ophef … | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
