//! What every service shares: the consume-step-produce-commit loop, metrics, health, shutdown, logging.
