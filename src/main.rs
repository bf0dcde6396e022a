//! The native binary: `cloud-agents serve` runs the local cloud.

fn main() -> std::process::ExitCode {
    cloud_agents::local::main()
}
