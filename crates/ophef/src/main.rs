//! The one binary of Ophef: every service and tool is a subcommand.

mod classify;
mod cli;
mod offline;
mod pace;
mod recording;

fn main() {}
