//! Settings of a broker.

use std::path::Path;

use crate::certificates::Certificates;

/// User and password of the listener that asks for them.
const USER: (&str, &str) = ("ophef", "correct horse");

/// Settings of a single node.
pub(crate) fn properties_text(folder: &Path, open: u16, sasl: u16, controller: u16) -> String {
    let (user, password) = USER;
    let data = folder.join("data");
    format!(
        r#"process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{open},SASL_PLAINTEXT://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{open},SASL_PLAINTEXT://127.0.0.1:{sasl}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=2000
group.consumer.min.heartbeat.interval.ms=100
group.consumer.heartbeat.interval.ms=500
auto.create.topics.enable=false
log.cleaner.backoff.ms=2000
"#,
        data = data.display()
    )
}

/// The settings `plain` with one more listener at `port`, which clients reach at
/// `proxy`.
pub(crate) fn proxied_properties_text(plain: &str, port: u16, proxy: u16) -> String {
    let lines = plain.lines().map(|line| match line.split_once('=') {
        Some(("listeners", _)) => format!("{line},PROXIED://127.0.0.1:{port}"),
        Some(("advertised.listeners", _)) => format!("{line},PROXIED://127.0.0.1:{proxy}"),
        Some(("listener.security.protocol.map", _)) => format!("{line},PROXIED:PLAINTEXT"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The settings `plain` with two more listeners, over TLS, and access control. The
/// guest may do nothing, whoever isn't the guest everything.
pub(crate) fn secure_properties_text(
    plain: &str,
    tls: u16,
    scram: u16,
    files: &Certificates,
) -> String {
    let more = format!(",TLS://127.0.0.1:{tls},SCRAM://127.0.0.1:{scram}");
    let broker = files.broker.display();
    let authority = files.authority.display();
    let (user, _) = USER;
    let lines = plain.lines().map(|line| match line.split_once('=') {
        Some(("listeners" | "advertised.listeners", _)) => format!("{line}{more}"),
        Some(("listener.security.protocol.map", _)) => {
            format!("{line},TLS:SSL,SCRAM:SASL_SSL")
        }
        _ => line.to_owned(),
    });
    let listeners = ["tls", "scram"].map(|listener| {
        format!(
            "listener.name.{listener}.ssl.keystore.type=PEM\n\
             listener.name.{listener}.ssl.keystore.location={broker}\n\
             listener.name.{listener}.ssl.truststore.type=PEM\n\
             listener.name.{listener}.ssl.truststore.location={authority}"
        )
    });
    let rest = format!(
        "listener.name.tls.ssl.client.auth=required\n\
         listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512\n\
         listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;\n\
         authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
         super.users=User:ANONYMOUS;User:{user};User:CN=client\n"
    );
    let all = lines.chain(listeners).chain([rest]);
    all.collect::<Vec<_>>().join("\n")
}

/// The settings `first` of the first of two nodes: what is made by itself has two
/// replicas, a dead node is noticed within two seconds, and when it is back its share
/// of the leaders goes to it within seconds.
pub(crate) fn first_of_two(first: &str) -> String {
    let two = |key: &str| key.ends_with("replication.factor");
    let lines = first.lines().map(|line| match line.split_once('=') {
        Some((key, _)) if two(key) => format!("{key}=2"),
        _ => line.to_owned(),
    });
    let mut text: String = lines.map(|line| line + "\n").collect();
    text.push_str(
        "broker.session.timeout.ms=2000\n\
         broker.heartbeat.interval.ms=500\n\
         leader.imbalance.check.interval.seconds=3\n\
         leader.imbalance.per.broker.percentage=0\n",
    );
    text
}

/// Settings of a second node, a broker without a controller, beside the node that has
/// the settings `first`.
pub(crate) fn second_of_two(first: &str, folder: &Path, open: u16) -> String {
    let data = folder.join("data");
    let lines = first.lines().filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        Some(match key {
            "process.roles" => "process.roles=broker".to_owned(),
            "node.id" => "node.id=2".to_owned(),
            "listeners" | "advertised.listeners" => format!("{key}=PLAINTEXT://127.0.0.1:{open}"),
            "sasl.enabled.mechanisms" => return None,
            "log.dirs" => format!("log.dirs={}", data.display()),
            _ if key.starts_with("listener.name.") => return None,
            _ => line.to_owned(),
        })
    });
    lines.map(|line| line + "\n").collect()
}
