//! What this process has used so far, as Linux tells it.

use std::fs;

/// Clock ticks a second in which Linux tells processor time, on every platform it has.
const TICKS: f64 = 100.0;

/// Processor time of this process, all threads, user and system, seconds; in steps of a
/// hundredth. 0 where there is no `/proc`.
pub(super) fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in the second field may hold anything, so what counts begins behind it.
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    // Fields 14 and 15 of the whole line.
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks = ticks.filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

/// The most memory this process ever had resident, MiB. 0 where there is no `/proc`.
pub(super) fn peak_mebibytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    kibibytes
        .and_then(|kib| kib.parse::<f64>().ok())
        .unwrap_or_default()
        / 1_024.0
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn work_costs_time_and_memory() {
        let before = cpu_seconds();
        let timer = Instant::now();
        while timer.elapsed() < Duration::from_millis(100) || cpu_seconds() <= before {
            assert!(timer.elapsed() < Duration::from_secs(60));
        }
        let held = vec![1_u8; 64 * 1024 * 1024];
        assert!(peak_mebibytes() > 64.0, "{}", held.len());
    }
}
