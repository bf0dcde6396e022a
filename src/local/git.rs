//! Running git where neither the repository nor the person's own set-up may decide what is executed.
//!
//! Every call gets an environment of its own, no configuration but what stands here and in the directory's own `config`
//! (which the cloud wrote and checks before each call), no hooks, no filters, no external programs, a deadline and a bound
//! on what it may print.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// What an ordinary call may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// What a call that moves objects over a network, or reads a whole work tree, may take.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(600);
/// What an ordinary call may print.
const OUTPUT_LIMIT: usize = 64 << 20;
/// What a git that is asked to end has for it.
const END_WITHIN: Duration = Duration::from_secs(2);
/// How much of a complaint is kept.
const COMPLAINT_LIMIT: usize = 16 << 10;

/// The whole configuration of a git directory that the cloud made.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
/// `info/attributes` outranks every `.gitattributes`: content is stored as it is, and drivers are git's own.
const ATTRIBUTES: &str = "* -filter -text -ident -working-tree-encoding !eol !diff !merge\n";
/// Files that would change what a git directory means, none of which the cloud ever makes.
const FOREIGN_FILES: [&str; 4] = ["commondir", "config.worktree", "objects/info/alternates", "info/grafts"];

/// Settings that hold for every call, and outrank those of any repository.
const SETTINGS: [&str; 30] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.symlinks=true",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.protectHFS=true",
    "core.protectNTFS=true",
    "core.quotePath=true",
    "core.pager=cat",
    "core.editor=false",
    "core.askPass=false",
    "core.sshCommand=ssh -oBatchMode=yes",
    // A repository with alternates would have this command run by receive-pack.
    "core.alternateRefsCommand=true",
    "credential.helper=",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "receive.autogc=false",
    "submodule.recurse=false",
    "diff.ignoreSubmodules=all",
    "protocol.allow=never",
    "protocol.file.allow=always",
    "protocol.git.allow=always",
    "protocol.http.allow=always",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "transfer.credentialsInUrl=die",
];

/// Why a call to git brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// git could not be started, or its pipes broke.
    #[error("git could not be run: {0}")]
    Io(#[from] std::io::Error),
    /// git said no.
    #[error("git {command} failed: {complaint}")]
    Failed {
        /// The subcommand.
        command: String,
        /// The exit code, when it was not killed.
        code: Option<i32>,
        /// What it wrote to stderr, shortened.
        complaint: String,
    },
    /// It was stopped at its deadline.
    #[error("git {command} was stopped after {} seconds", after.as_secs())]
    TimedOut {
        /// The subcommand.
        command: String,
        /// The deadline.
        after: Duration,
    },
    /// It was stopped because it printed too much.
    #[error("git {command} printed more than {limit} bytes")]
    TooMuchOutput {
        /// The subcommand.
        command: String,
        /// The bound.
        limit: usize,
    },
    /// Something other than the cloud changed the git directory.
    #[error("{} was changed by something other than the local cloud; git is not run there", path.display())]
    Tampered {
        /// The file that is not as the cloud left it.
        path: PathBuf,
    },
}

impl GitError {
    /// Whether git ran and refused, with this exit code.
    pub(crate) fn is_exit(&self, wanted: i32) -> bool {
        matches!(self, Self::Failed { code: Some(code), .. } if *code == wanted)
    }

    /// Whether a push was refused because the branch is not where it was expected to be.
    pub(crate) fn is_stale_push(&self) -> bool {
        matches!(self, Self::Failed { complaint, .. } if complaint.contains("(stale info)"))
    }
}

/// Creates an empty bare git directory that holds nothing but what the cloud wants there.
pub(crate) async fn create_directory(path: &Path) -> Result<(), GitError> {
    tokio::fs::create_dir_all(path).await?;
    GitCall::new(None)
        .args(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", "--end-of-options"])
        .arg(path)
        .run()
        .await?;
    tokio::fs::create_dir_all(path.join("info")).await?;
    tokio::fs::write(path.join("config"), CONFIG).await?;
    tokio::fs::write(path.join("info/attributes"), ATTRIBUTES).await?;
    Ok(())
}

/// Says whether a git directory is as [`create_directory`] left it, as far as it could make git run or read something else.
async fn check_directory(path: &Path) -> Result<(), GitError> {
    for (file, wanted) in [("config", CONFIG), ("info/attributes", ATTRIBUTES)] {
        let file = path.join(file);
        let is_file = tokio::fs::symlink_metadata(&file).await.is_ok_and(|metadata| metadata.is_file());
        if !is_file || tokio::fs::read(&file).await? != wanted.as_bytes() {
            return Err(GitError::Tampered { path: file });
        }
    }
    for file in FOREIGN_FILES {
        let file = path.join(file);
        if tokio::fs::symlink_metadata(&file).await.is_ok() {
            return Err(GitError::Tampered { path: file });
        }
    }
    Ok(())
}

/// The `--upload-pack` or `--receive-pack` program for a repository on this machine, so that the other end's hooks and
/// commands are off too: git clears `-c` settings before it starts that end.
pub(crate) fn other_end(program: &str) -> String {
    format!(
        "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.alternateRefsCommand=true -c receive.autogc=false \
         -c gc.auto=0 -c maintenance.auto=false {program}"
    )
}

/// One call to git, built and then run.
#[derive(Debug)]
pub(crate) struct GitCall<'a> {
    directory: Option<&'a Path>,
    work_tree: Option<&'a Path>,
    index: Option<&'a Path>,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    input: Vec<u8>,
    timeout: Duration,
    limit: usize,
    pathspec_magic: bool,
}

impl<'a> GitCall<'a> {
    /// A call in a git directory that [`create_directory`] made, or in none.
    pub(crate) fn new(directory: Option<&'a Path>) -> Self {
        Self {
            directory,
            work_tree: None,
            index: None,
            arguments: Vec::new(),
            environment: Vec::new(),
            input: Vec::new(),
            timeout: TIMEOUT,
            limit: OUTPUT_LIMIT,
            pathspec_magic: false,
        }
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub(crate) fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// The files this call works on.
    pub(crate) fn work_tree(mut self, path: &'a Path) -> Self {
        self.work_tree = Some(path);
        self
    }

    /// The index this call uses in place of the directory's own.
    pub(crate) fn index(mut self, path: &'a Path) -> Self {
        self.index = Some(path);
        self
    }

    /// Adds an environment variable.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// What the call reads on stdin.
    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Stops the call when it prints more than this.
    pub(crate) fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Stops the call after this time.
    pub(crate) fn within(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// A call whose time grows with the size of the work tree.
    pub(crate) fn slow(mut self) -> Self {
        self.timeout = NETWORK_TIMEOUT;
        self
    }

    /// A call that may take as long as moving a repository takes, and may use the person's ssh agent.
    pub(crate) fn network(mut self) -> Self {
        self.timeout = NETWORK_TIMEOUT;
        if let Some(socket) = std::env::var_os("SSH_AUTH_SOCK") {
            self.environment.push(("SSH_AUTH_SOCK", socket));
        }
        self
    }

    /// Lets pathspecs carry `:(…)` words; otherwise every pathspec is taken as it is written.
    pub(crate) fn pathspec_magic(mut self) -> Self {
        self.pathspec_magic = true;
        self
    }

    /// Runs the call; what it printed, trimmed, as text.
    pub(crate) async fn text(self) -> Result<String, GitError> {
        let output = self.run().await?;
        Ok(String::from_utf8_lossy(&output).trim_end().to_owned())
    }

    /// Runs a call that answers by its exit code: 0 is yes, 1 is no.
    pub(crate) async fn says_yes(self) -> Result<bool, GitError> {
        match self.run().await {
            Ok(_) => Ok(true),
            Err(error) if error.is_exit(1) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Runs the call; what it printed.
    pub(crate) async fn run(self) -> Result<Vec<u8>, GitError> {
        self.check().await?;
        let (command, timeout, limit) = (self.name(), self.timeout, self.limit);
        match self.run_into(Collected { bytes: Vec::new(), limit }).await? {
            (collected, End::Complete) => Ok(collected.bytes),
            (_, End::Enough) => Err(GitError::TooMuchOutput { command, limit }),
            (_, End::TimedOut) => Err(GitError::TimedOut { command, after: timeout }),
        }
    }

    /// Runs the call and hands over what it prints as it comes; whether that was everything. What was printed before its
    /// reader had enough, or its time was over, counts.
    pub(crate) async fn read_into<S: Sink>(self, sink: S) -> Result<(S, bool), GitError> {
        self.check().await?;
        let (sink, end) = self.run_into(sink).await?;
        Ok((sink, matches!(end, End::Complete)))
    }

    async fn check(&self) -> Result<(), GitError> {
        match self.directory {
            Some(directory) => check_directory(directory).await,
            None => Ok(()),
        }
    }

    /// The subcommand.
    fn name(&self) -> String {
        self.arguments.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
    }

    async fn run_into<S: Sink>(self, sink: S) -> Result<(S, End), GitError> {
        let (command, name) = (self.command(), self.name());
        // In a task of its own: who asked may go away at any time, and a git that is torn off leaves its locks behind.
        let running = tokio::spawn(run_to_end(command, name, self.input, self.timeout, sink));
        running.await.map_err(std::io::Error::other)?
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()));
        command.env("HOME", "/nonexistent");
        command.env("LC_ALL", "C");
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_ATTR_NOSYSTEM", "1");
        command.env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_OPTIONAL_LOCKS", "0");
        command.env("GIT_NO_LAZY_FETCH", "1");
        command.env("GIT_NO_REPLACE_OBJECTS", "1");
        command.env("GIT_DISCOVERY_ACROSS_FILESYSTEM", "0");
        if !self.pathspec_magic {
            command.env("GIT_LITERAL_PATHSPECS", "1");
        }
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        if let Some(directory) = self.directory {
            command.env("GIT_DIR", directory);
        }
        if let Some(work_tree) = self.work_tree {
            command.env("GIT_WORK_TREE", work_tree);
        }
        if let Some(index) = self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        for setting in SETTINGS {
            command.arg("-c").arg(setting);
        }
        if self.work_tree.is_some() {
            command.arg("-c").arg("core.bare=false");
        }
        command.args(&self.arguments);
        // With no directory named git must not find one by looking around.
        command.current_dir(self.work_tree.or(self.directory).unwrap_or(Path::new("/")));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0);
        command
    }
}

/// Takes what a git prints, piece by piece.
pub(crate) trait Sink: Send + 'static {
    /// Takes the next bytes; `false` when it has had enough.
    fn take(&mut self, bytes: &[u8]) -> bool;
}

/// Why a git that was not refused printed no more.
enum End {
    Complete,
    /// Its reader had enough.
    Enough,
    TimedOut,
}

/// Everything, up to a limit.
struct Collected {
    bytes: Vec<u8>,
    limit: usize,
}

impl Sink for Collected {
    fn take(&mut self, bytes: &[u8]) -> bool {
        self.bytes.extend_from_slice(bytes);
        self.bytes.len() <= self.limit
    }
}

async fn run_to_end<S: Sink>(
    mut command: Command,
    name: String,
    input: Vec<u8>,
    deadline: Duration,
    mut sink: S,
) -> Result<(S, End), GitError> {
    let mut child = command.spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A git that has seen enough closes its end; its exit code tells.
            let _ = stdin.write_all(&input).await;
            let _ = stdin.shutdown().await;
        }
    };
    let work = async { tokio::join!(feed, pour(stdout, &mut sink), read_all_keep(stderr, COMPLAINT_LIMIT)) };
    let Ok((_, complete, complaint)) = timeout(deadline, work).await else {
        end(&mut child).await?;
        return Ok((sink, End::TimedOut));
    };
    if !complete? {
        end(&mut child).await?;
        return Ok((sink, End::Enough));
    }
    let Ok(status) = timeout(deadline, child.wait()).await else {
        end(&mut child).await?;
        return Ok((sink, End::TimedOut));
    };
    let status = status?;
    if status.success() {
        return Ok((sink, End::Complete));
    }
    let complaint = String::from_utf8_lossy(&complaint?).trim().to_owned();
    Err(GitError::Failed { command: name, code: status.code(), complaint })
}

/// Ends a git and what it started: asked first, so that it removes its locks, then forced.
async fn end(child: &mut Child) -> std::io::Result<()> {
    for signal in [Signal::TERM, Signal::KILL] {
        if let Some(group) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
            // A group that is gone already is as good as ended.
            let _ = kill_process_group(group, signal);
        }
        if timeout(END_WITHIN, child.wait()).await.is_ok() {
            return Ok(());
        }
    }
    Ok(())
}

/// Hands over everything the pipe holds; `false` when its reader had enough before.
async fn pour(pipe: Option<impl AsyncRead + Unpin>, sink: &mut impl Sink) -> std::io::Result<bool> {
    let Some(mut pipe) = pipe else { return Ok(true) };
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = pipe.read(&mut buffer).await?;
        if count == 0 {
            return Ok(true);
        }
        if !sink.take(buffer.get(..count).unwrap_or_default()) {
            return Ok(false);
        }
    }
}

/// The first `keep` bytes of a pipe that is read to its end.
async fn read_all_keep(pipe: Option<impl AsyncRead + Unpin>, keep: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let mut pipe = pipe.take(keep as u64);
        pipe.read_to_end(&mut bytes).await?;
        tokio::io::copy(&mut pipe.into_inner(), &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

/// Says whether a branch name is one that git would take (`git check-ref-format --branch`) and that no command could mistake
/// for an option.
pub(crate) fn is_branch_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\' | '\u{7f}');
    !name.is_empty()
        && name.len() <= 240
        && name != "@"
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(forbidden)
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

/// Says whether a text is a full object id.
pub(crate) fn is_object_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
