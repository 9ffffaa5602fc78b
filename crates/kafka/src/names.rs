//! Names of the topics, as they are on the broker.

use mention::Topic;

use crate::Connection;

/// Full names of the topics, made once.
pub(crate) struct Names {
    pub(crate) plain: [String; Topic::ALL.len()],
    pub(crate) dead: [String; Topic::ALL.len()],
}

impl Names {
    pub(crate) fn new(connection: &Connection) -> Self {
        Self {
            plain: Topic::ALL.map(|topic| connection.topic(topic)),
            dead: Topic::ALL.map(|topic| connection.dead_topic(topic)),
        }
    }
}
