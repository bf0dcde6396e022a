//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Start, hand off and follow cloud coding-agent sessions.
#[derive(Debug, Parser)]
#[command(name = "cloud-agents", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a cloud for coding agents on this machine, and its page
    Serve(Box<Serve>),
    /// Runs one agent for `serve`, which starts it
    #[command(hide = true)]
    Warden,
    /// Is the demo agent, which `serve` starts
    #[command(hide = true)]
    DemoAgent,
}

/// How to run the local cloud.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 4180)]
    pub(crate) port: u16,
    /// Directory of the page to serve at `/`
    #[arg(long, value_name = "DIR")]
    pub(crate) page: Option<PathBuf>,
    /// A git repository to work on: a path or a URL; may be repeated
    #[arg(long = "repo", value_name = "PATH_OR_URL")]
    pub(crate) repositories: Vec<String>,
    /// The agent: `demo`, or a command that reads the brief on stdin and works in its current directory
    #[arg(long, value_name = "COMMAND", default_value = "demo")]
    pub(crate) agent: String,
    /// Name of an environment variable to pass to the agent; may be repeated. Its PATH holds the system's programs and the
    /// directory of its own command: `--agent-env PATH` passes the whole
    #[arg(long = "agent-env", value_name = "NAME")]
    pub(crate) agent_environment: Vec<String>,
    /// Seconds that one turn of the agent may take
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) agent_timeout: u64,
    /// Megabytes that the agent's files may take on disk
    #[arg(long, value_name = "MB", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) agent_disk: u64,
    /// Megabytes that the agent may print in one turn
    #[arg(long, value_name = "MB", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) agent_output: u64,
    /// Processes that the agent may run at the same time
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) agent_processes: u64,
    /// Tasks that may run at the same time; others wait
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=64))]
    pub(crate) parallel: u64,
    /// An origin other than the page's own that may use the API; may be repeated
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    pub(crate) allowed_origins: Vec<String>,
    /// Where tasks and repositories are kept [default: the XDG data home]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Leave the token out of the page (for machines that several people share); it is printed on stderr
    #[arg(long)]
    pub(crate) no_page_token: bool,
    /// The token that API calls must carry [default: a random one, kept in the data directory]. Everybody on this machine, the
    /// agent included, can read a command line: rather use the environment variable
    #[arg(long, value_name = "TOKEN", env = "CLOUD_AGENTS_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}
