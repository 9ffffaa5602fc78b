//! One run: load, faults, and the comparison with what should have come out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use kafka::GroupProtocol;
use mention::Topic;
use tempfile::TempDir;
use tests::{InstanceSettings, Network};
use yardstick::random::Random;

use crate::load::Load;
use crate::reference::{Output, Wait};
use crate::site::{Clock, Kind, Site};
use crate::team::{MEMBERS, Team};

/// How long what should come may take once the faults are over: a dead instance's
/// transaction holds up its readers for 15 s.
const WITHIN: Duration = Duration::from_secs(90);
/// How long a pause in the input, which is all there, may take while it is read.
const INPUT: Duration = Duration::from_secs(5);
/// How long to look for more than should come.
const QUIET: Duration = Duration::from_secs(1);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// `kill -9` of an instance of the scoring service.
    KillScore,
    /// `kill -9` of an instance of the watching service.
    KillWatch,
    /// An instance leaves in good order and joins again.
    Leave,
    /// An instance's process stands still, mostly for longer than its session.
    Freeze,
    /// A second instance takes an instance's name.
    SameName,
    /// The network fails in one of the ways of [`Network`].
    Cut,
    Stalled,
    HalfOpen,
    Slow,
    /// The network stalls for longer than a transaction may live.
    LongStall,
    /// `kill -9` of the broker, the coordinator of both groups and of all
    /// transactions; it comes back with what it had written.
    Broker,
    /// `kill -9` of the second of two brokers: the coordinator moves, and back.
    Coordinator,
    /// The broker's disk is full, which ends it; it comes back with room.
    Disk,
    /// The services' clock jumps by up to two days, ahead or back.
    Clock,
}

/// What to do to the pipeline.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) seed: u64,
    /// Records a second.
    pub(crate) rate: usize,
    /// Faults, and how many of each; they come in a random order.
    pub(crate) faults: Vec<(Fault, usize)>,
    /// Longest pause before a fault; the pauses are random.
    pub(crate) pause: Duration,
    /// The load lasts at least this long.
    pub(crate) at_least: Duration,
    pub(crate) kind: Kind,
    /// How the instances share the partitions.
    pub(crate) protocol: GroupProtocol,
}

/// How often a run may be void before that is a failure.
const VOID_MAX: u64 = 4;

/// Carries out the plan on a broker of its own; with another seed if the broker broke its
/// promises in a way that it tells of itself ([`RealKafka::has_skipped_markers`]).
///
/// # Panics
/// If the output differs from that of an undisturbed run, or an instance ends that
/// should not.
///
/// [`RealKafka::has_skipped_markers`]: tests::RealKafka::has_skipped_markers
pub(crate) fn run(plan: &Plan) {
    let seeds = (0..VOID_MAX).map(|more| plan.seed + 1_000_000 * more);
    let is_done = seeds.into_iter().any(|seed| carry_out(plan, seed));
    assert!(
        is_done,
        "the broker left transactions without an end in each of {VOID_MAX} runs"
    );
}

/// Carries out the plan; whether the run counts.
fn carry_out(plan: &Plan, seed: u64) -> bool {
    let timer = Instant::now();
    let mut site = Site::start(plan.kind);
    let deployment = site.deployment();
    let logs = TempDir::new().unwrap();
    let clock = Clock::new(logs.path());
    let mut random = Random::of(&[seed, 0]);
    let mut team = Team::start(
        &deployment,
        &InstanceSettings {
            protocol: plan.protocol,
            brokers: Some(site.brokers(&deployment)),
            environment: clock.environment(),
            ..InstanceSettings::default()
        },
        logs.path(),
    );
    let (load, load_began) = (Load::start(&deployment, seed, plan.rate), Instant::now());
    let mut faults = in_random_order(&plan.faults, &mut random);
    let mut counts: BTreeMap<Fault, usize> = BTreeMap::new();
    while let Some(fault) = faults.pop() {
        sleep(up_to(plan.pause, &mut random));
        if let Err(error) = inject(fault, &mut team, &mut site, &clock, &mut random) {
            assert!(site.has_skipped_markers(), "{error}");
            // Nobody can commit any more, so that nobody notices that he was replaced.
            return void(&error);
        }
        *counts.entry(fault).or_default() += 1;
    }
    sleep(plan.at_least.saturating_sub(load_began.elapsed()));
    load.stop();
    let mentions = deployment.connection.topic(Topic::Mentions);
    let mentions = deployment.read_up_to(&mentions, usize::MAX, INPUT, QUIET);
    let expected = Output::expected(&deployment, &mentions);
    team.assert_runs();
    let wait = Wait {
        within: WITHIN,
        quiet: QUIET,
    };
    let found = Output::committed(&deployment, &expected, wait);
    let stopped_in = team.stop();
    let (differences, lines) = expected.differences(&found);
    let text = report(plan.name, seed, &counts, &found, mentions.len(), &lines)
        + &format!(
            "  {differences} differences; {:.0?}, all stopped within {stopped_in:.1?}\n",
            timer.elapsed()
        );
    // To be seen even where the test's own output is kept back.
    let _ = write!(std::io::stderr(), "{text}");
    if differences > 0 && site.has_skipped_markers() {
        return void("");
    }
    if differences > 0 {
        let logs = logs.keep();
        expected.write_spikes(&logs.join("expected.jsonl"));
        found.write_spikes(&logs.join("found.jsonl"));
        panic!(
            "{text}  the instances' logs and all spikes are in {}",
            logs.display()
        );
    }
    assert!(
        !expected.spikes.is_empty(),
        "the load is to have waves of complaints"
    );
    true
}

/// What was done and checked.
fn report(
    name: &str,
    seed: u64,
    counts: &BTreeMap<Fault, usize>,
    found: &Output,
    written: usize,
    lines: &[String],
) -> String {
    let mut text = format!(
        "chaos, {name}, seed {seed}: {} faults injected {counts:?}; {} records checked ({written} \
         written: {} scored, {} diverted; {} spikes in {} revisions)\n",
        counts.values().sum::<usize>(),
        found.scored_count() + found.dead_count() + found.revisions(),
        found.scored_count(),
        found.dead_count(),
        found.spikes.len(),
        found.revisions(),
    );
    lines
        .iter()
        .for_each(|line| writeln!(text, "  {line}").unwrap());
    text
}

/// Says that the run doesn't count.
fn void(why: &str) -> bool {
    let _ = writeln!(
        std::io::stderr(),
        "  void: the broker left a transaction without its end and says so in its log; once more \
         with another seed {why}"
    );
    false
}

/// # Errors
/// What didn't come of it.
fn inject(
    fault: Fault,
    team: &mut Team<'_>,
    site: &mut Site,
    clock: &Clock,
    random: &mut Random,
) -> Result<(), String> {
    let one_of = |service: &str, random: &mut Random| {
        let members = (0..MEMBERS.len()).filter(|&index| MEMBERS[index].0 == service);
        let members: Vec<usize> = members.collect();
        let index = random.below(members.len() as u64);
        members[usize::try_from(index).unwrap()]
    };
    let any = |random: &mut Random| {
        let index = random.below(MEMBERS.len() as u64);
        usize::try_from(index).unwrap()
    };
    let seconds = Duration::from_secs;
    match fault {
        Fault::KillScore => team.kill(one_of("score", random), up_to(seconds(1), random)),
        Fault::KillWatch => team.kill(one_of("watch", random), up_to(seconds(1), random)),
        Fault::Leave => team.leave(any(random), up_to(seconds(1), random)),
        // The session of these instances lasts two seconds.
        Fault::Freeze => team.freeze(any(random), seconds(1) + up_to(seconds(4), random)),
        Fault::SameName => return team.replace(any(random)),
        Fault::Cut => fail(site, Network::Cut, up_to(seconds(5), random)),
        Fault::Stalled => fail(site, Network::Stalled, up_to(seconds(5), random)),
        Fault::HalfOpen => fail(site, Network::HalfOpen, up_to(seconds(5), random)),
        Fault::Slow => fail(site, Network::Slow, up_to(seconds(3), random)),
        Fault::LongStall => fail(site, Network::Stalled, seconds(17)),
        Fault::Broker => site.crash(up_to(seconds(2), random)),
        Fault::Coordinator => site.crash_second(seconds(3) + up_to(seconds(3), random)),
        Fault::Disk => site.fill_disk(up_to(seconds(6), random)),
        Fault::Clock => clock.jump_to(i64::try_from(random.below(97)).unwrap() - 48),
    }
    Ok(())
}

fn fail(site: &Site, network: Network, duration: Duration) {
    site.while_network_is(network, || sleep(duration));
}

fn up_to(longest: Duration, random: &mut Random) -> Duration {
    let millis = u64::try_from(longest.as_millis()).unwrap();
    Duration::from_millis(random.below(millis + 1))
}

/// The last is to come first.
fn in_random_order(faults: &[(Fault, usize)], random: &mut Random) -> Vec<Fault> {
    let all = faults
        .iter()
        .flat_map(|&(fault, times)| std::iter::repeat_n(fault, times));
    let mut keyed: Vec<(u64, Fault)> = all.map(|fault| (random.bits(), fault)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, fault)| fault).collect()
}
