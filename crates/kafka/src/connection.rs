//! How to reach a cluster, and the settings every client of ours shares.

use std::fmt;
use std::path::PathBuf;

use mention::Topic;
use rdkafka::ClientConfig;

use crate::Deadline;

/// How to reach a Kafka cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connection {
    /// Addresses to begin with, `host:port`, comma-separated.
    pub brokers: String,
    /// Put before every topic, consumer group and transactional id.
    pub topic_prefix: String,
    /// Full name of the topic that is read as raw input, if it isn't the usual one; the
    /// prefix isn't put before it.
    pub raw_topic: Option<String>,
    /// What the clients call themselves in the broker's logs and quotas.
    pub client_id: String,
    /// Encryption and identity.
    pub security: Security,
    /// When its clients are to stop waiting for answers.
    pub deadline: Deadline,
}

/// Encryption and identity of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Security {
    /// How the connection is made.
    pub protocol: Protocol,
    /// How a user proves who they are; needed by the `Sasl…` protocols.
    pub mechanism: Option<Mechanism>,
    /// User name for SASL.
    pub username: Option<String>,
    /// Password for SASL.
    pub password: Option<Secret>,
    /// Certificates of the authorities to trust, PEM; the system's if `None`.
    pub ca_file: Option<PathBuf>,
    /// Own certificate, PEM.
    pub certificate_file: Option<PathBuf>,
    /// Key of the own certificate, PEM.
    pub key_file: Option<PathBuf>,
    /// Password of that key.
    pub key_password: Option<Secret>,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// How the connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// Neither encryption nor identity.
    #[default]
    Plaintext,
    /// TLS.
    Ssl,
    /// A password over an open connection.
    SaslPlaintext,
    /// A password over TLS.
    SaslSsl,
}

/// How a user proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// The password itself.
    Plain,
    /// Salted challenge and response, SHA-256.
    ScramSha256,
    /// Salted challenge and response, SHA-512.
    ScramSha512,
}

/// Whether outputs and consumed offsets are committed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// One Kafka transaction holds both: nothing is lost, nothing doubled.
    #[default]
    ExactlyOnce,
    /// Offsets are committed once the outputs are acknowledged: nothing is lost,
    /// a crash may double. For brokers without transactions.
    AtLeastOnce,
}

impl Connection {
    /// A connection to `brokers` with neither encryption nor identity.
    #[must_use]
    pub fn plaintext(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            client_id: "ophef".to_owned(),
            ..Self::default()
        }
    }

    /// Name of `topic` in this deployment.
    #[must_use]
    pub fn topic(&self, topic: Topic) -> String {
        match &self.raw_topic {
            Some(name) if topic == Topic::Raw => name.clone(),
            _ => format!("{}{}", self.topic_prefix, topic.name()),
        }
    }

    /// Name of the topic that takes the bad records of `topic`.
    #[must_use]
    pub fn dead_topic(&self, topic: Topic) -> String {
        format!("{}.dead", self.topic(topic))
    }

    /// Name of the consumer group of `service`.
    #[must_use]
    pub fn group(&self, service: &str) -> String {
        format!("{}{service}", self.topic_prefix)
    }

    /// The settings every client shares.
    pub(crate) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", &self.client_id)
            .set("security.protocol", self.security.protocol.as_str())
            // A restarted broker is found again within two seconds, and a dead
            // one isn't hammered.
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "2000")
            .set("socket.keepalive.enable", "true");
        self.security.write_to(&mut config);
        config
    }
}

impl Security {
    fn write_to(&self, config: &mut ClientConfig) {
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.0.clone());
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let mechanism = self
            .mechanism
            .map(|mechanism| mechanism.as_str().to_owned());
        let keys = [
            ("sasl.mechanism", mechanism),
            ("sasl.username", self.username.clone()),
            ("sasl.password", secret(&self.password)),
            ("ssl.ca.location", path(&self.ca_file)),
            ("ssl.certificate.location", path(&self.certificate_file)),
            ("ssl.key.location", path(&self.key_file)),
            ("ssl.key.password", secret(&self.key_password)),
        ];
        for (key, value) in keys {
            if let Some(value) = value {
                config.set(key, value);
            }
        }
    }
}

impl Protocol {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }
}

impl Mechanism {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_out_of_debug_output() {
        let mut connection = Connection::plaintext("localhost:9092");
        connection.security.password = Some(Secret::from("hunter2".to_owned()));
        connection.security.key_password = Some(Secret::from("hunter3".to_owned()));
        let shown = format!("{connection:?}");
        assert!(
            shown.contains("[secret]") && !shown.contains("hunter"),
            "{shown}"
        );
    }

    #[test]
    fn the_prefix_stands_before_every_name() {
        let mut connection = Connection::plaintext("localhost:9092");
        connection.topic_prefix = "acceptance.".to_owned();
        assert_eq!(
            connection.topic(Topic::Scored),
            "acceptance.ophef.scored.v1"
        );
        assert_eq!(
            connection.dead_topic(Topic::Mentions),
            "acceptance.ophef.mentions.v1.dead"
        );
        assert_eq!(connection.group("score"), "acceptance.score");
    }

    #[test]
    fn a_raw_topic_of_ones_own_has_its_own_companion_and_no_prefix() {
        let connection = Connection {
            topic_prefix: "a.".to_owned(),
            raw_topic: Some("shop.reactions".to_owned()),
            ..Connection::default()
        };
        assert_eq!(connection.topic(Topic::Raw), "shop.reactions");
        assert_eq!(connection.dead_topic(Topic::Raw), "shop.reactions.dead");
        assert_eq!(connection.topic(Topic::Matched), "a.ophef.matched.v1");
    }
}
