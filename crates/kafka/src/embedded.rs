//! A broker inside the process, for demonstrations and fault injection.

use mention::Topic;
use rdkafka::bindings::{
    rd_kafka_handle_mock_cluster, rd_kafka_mock_group_initial_rebalance_delay_ms,
};
use rdkafka::producer::{BaseProducer, Producer};

use crate::context::Context;
use crate::{Connection, Error};

/// librdkafka's mock cluster of one broker, on a free loopback port.
///
/// Its limits: transactions are only pretended, so services must run with
/// [`crate::Delivery::AtLeastOnce`]; nothing is compacted; and a partition keeps
/// the newest [`Self::RETENTION_BYTES`] or [`Self::RETENTION_RECORDS`] and drops
/// older records silently, so a producer must wait for the consumers.
pub struct EmbeddedBroker {
    /// Owns the mock cluster; it lives as long as this client does.
    owner: BaseProducer<Context>,
}

impl std::fmt::Debug for EmbeddedBroker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedBroker").finish_non_exhaustive()
    }
}

impl EmbeddedBroker {
    /// Bytes a partition keeps (`max_size` in librdkafka's `rdkafka_mock.c`).
    pub const RETENTION_BYTES: usize = 5 * 1024 * 1024;
    /// Records a partition keeps (`max_cnt` in librdkafka's `rdkafka_mock.c`).
    pub const RETENTION_RECORDS: usize = 100_000;

    /// Starts the broker and creates every topic with `partitions` partitions.
    ///
    /// # Errors
    /// [`Error::Other`] if no port is free.
    pub fn start(partitions: u16) -> Result<Self, Error> {
        let owner: BaseProducer<Context> = rdkafka::ClientConfig::new()
            .set("test.mock.num.brokers", "1")
            .create_with_context(Context::default())
            .map_err(|error| Error::of(&error, "start the embedded broker"))?;
        let broker = Self { owner };
        broker.skip_rebalance_delay();
        let names = Connection::default();
        for topic in Topic::ALL {
            broker.create_topic(&names.topic(topic), partitions)?;
            if topic.has_dead_letters() {
                broker.create_topic(&names.dead_topic(topic), partitions)?;
            }
        }
        Ok(broker)
    }

    /// Creates one more topic.
    ///
    /// # Errors
    /// [`Error::Other`] if it exists already.
    pub fn create_topic(&self, name: &str, partitions: u16) -> Result<(), Error> {
        let doing = format!("create {name}");
        let cluster = self.owner.client().mock_cluster().ok_or_else(not_there)?;
        cluster
            .create_topic(name, i32::from(partitions), 1)
            .map_err(|error| Error::of(&error, &doing))
    }

    /// How to reach it.
    ///
    /// # Errors
    /// Never, while the broker lives.
    pub fn connection(&self) -> Result<Connection, Error> {
        let cluster = self.owner.client().mock_cluster().ok_or_else(not_there)?;
        Ok(Connection::plaintext(cluster.bootstrap_servers()))
    }

    /// A new group would wait three seconds for more members by default.
    #[allow(
        unsafe_code,
        reason = "the safe wrapper doesn't offer this setting of the mock cluster"
    )]
    fn skip_rebalance_delay(&self) {
        // SAFETY: the client pointer is valid while `owner` lives, the cluster
        // it returns belongs to that client (null is checked), and the setter
        // takes the cluster's own lock.
        unsafe {
            let cluster = rd_kafka_handle_mock_cluster(self.owner.client().native_ptr());
            if !cluster.is_null() {
                rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0);
            }
        }
    }
}

fn not_there() -> Error {
    Error::Other {
        doing: "use the embedded broker".to_owned(),
        detail: "the client library didn't start it".to_owned(),
        is_passing: false,
    }
}
