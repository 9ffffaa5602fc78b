//! End-to-end tests of Ophef against a real Kafka.
