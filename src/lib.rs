//! cloud-agents.
