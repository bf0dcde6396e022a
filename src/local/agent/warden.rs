//! The process that stands between the local cloud and one run of an agent (`cloud-agents warden`).
//!
//! It starts the agent in the sandbox, hands over what it writes, and makes sure that nothing the agent started is alive when
//! the run is over, whatever group or session it fled to: orphans come back to the warden, because it is a subreaper
//! (prctl(2), PR_SET_CHILD_SUBREAPER). When the cloud goes away, in whatever way, the warden's stdin ends and so does the run.
//!
//! The first line on its stdin is a [`Setup`], later ones are [`Order`]s; each line on its stdout is a [`Report`].

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, WaitOptions, setrlimit, setsid, wait};
use serde::{Deserialize, Serialize};

use super::process_limit::ProcessLimit;
use super::processes;
use super::sandbox::{self, Sandbox};

/// How often the processes are counted.
const COUNT_EVERY: Duration = Duration::from_millis(40);
/// How long ending everything may take.
const END_WITHIN: Duration = Duration::from_secs(20);
/// A longer line is handed over in pieces.
const LINE_LIMIT: u64 = 32 << 10;

/// One run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) program: Vec<String>,
    pub(crate) directory: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) sandbox: Sandbox,
    /// What the agent reads first.
    pub(crate) input: String,
    /// Whether its stdin stays open after that.
    pub(crate) keep_open: bool,
    /// Bytes that the agent may print.
    pub(crate) output_limit: u64,
    /// Processes that may live at the same time.
    pub(crate) process_limit: usize,
    /// Bytes of the largest file.
    pub(crate) file_limit: u64,
}

/// What the cloud tells the warden while the agent runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// More for the agent's stdin.
    Input(String),
}

/// What the warden tells the cloud.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// Something about the run that belongs in the log.
    Notice(String),
    /// A line on the agent's stdout.
    Out(String),
    /// A line on the agent's stderr.
    Err(String),
    /// The run is over and nothing of it is left.
    Ended(Ending),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// The agent's own process ended with this code.
    Exit(i32),
    /// A signal ended it.
    Signal(i32),
    /// It was ended because it printed too much.
    TooMuchOutput,
    /// It was ended because it had too many processes.
    TooManyProcesses,
    /// The cloud wanted it to end.
    Stopped,
}

/// What happens to a run, from all of its threads.
enum Happening {
    Out(String),
    Err(String),
    /// So many bytes were read from the agent.
    Read(u64),
    Order(Order),
    /// The cloud's end of stdin is closed.
    CloudGone,
}

/// Runs the warden in this process.
pub(crate) fn run() -> ExitCode {
    match watch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The cloud shows what stands on stderr when no `Ended` came.
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn watch() -> io::Result<()> {
    let mut first = String::new();
    let mut stdin = BufReader::new(io::stdin());
    stdin.read_line(&mut first)?;
    let setup: Setup = serde_json::from_str(&first)?;
    sandbox::prepare(&setup.sandbox)?;
    let _ = setsid();
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(rustix::process::Pid::from_raw(1))?;
    let limit = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    setrlimit(Resource::Core, limit(0))?;
    setrlimit(Resource::Fsize, limit(setup.file_limit))?;

    let (limit, unlimited) = ProcessLimit::enter(setup.process_limit);
    // Bounded, so that an agent cannot print faster than the cloud reads.
    let (sender, happenings) = sync_channel(256);
    // All threads are there before the agent is: it may leave no room for another one.
    let (mut run, pipes) = Run::prepare(&setup, &sender)?;
    thread::spawn(move || read_orders(stdin, &sender));
    // Whatever goes wrong from here on, a cloud that is gone included: nothing of the agent stays.
    let _end = EndAll;
    let unenforced = run.start(&setup, pipes)?;
    for notice in unlimited.map(str::to_owned).into_iter().chain(unenforced) {
        report(&Report::Notice(notice))?;
    }
    let ending = run.follow(&happenings, &limit)?;
    if !processes::end_descendants(std::process::id(), END_WITHIN, || run.reap()) {
        return Err(io::Error::other("some processes of the agent could not be ended"));
    }
    run.hand_over_rest(&happenings)?;
    report(&Report::Ended(run.overrun.unwrap_or(ending)))
}

/// Ends all processes of the agent when it goes out of scope.
struct EndAll;

impl Drop for EndAll {
    fn drop(&mut self) {
        processes::end_descendants(std::process::id(), END_WITHIN, || {
            while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        });
    }
}

/// The agent's ends of its pipes.
struct Pipes {
    stdin: PipeReader,
    stdout: PipeWriter,
    stderr: PipeWriter,
}

/// The sandbox confines a thread and what that thread starts, so the agent is started by a thread of its own and the warden
/// stays free: an agent cannot send signals to a process outside its own confinement.
fn spawn_confined(setup: &Setup, pipes: Pipes) -> io::Result<(u32, Vec<String>)> {
    let setup = setup.clone();
    let spawned = thread::spawn(move || {
        let unenforced = sandbox::confine(&setup.sandbox).map_err(io::Error::other)?;
        let (program, arguments) =
            setup.program.split_first().ok_or_else(|| io::Error::other("no agent command is given"))?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&setup.directory).env_clear().envs(setup.environment);
        command.stdin(pipes.stdin).stdout(pipes.stdout).stderr(pipes.stderr).process_group(0);
        let child = command.spawn().map_err(|error| {
            io::Error::new(error.kind(), format!("the agent could not be started ({program}): {error}"))
        })?;
        Ok((child.id(), unenforced))
    });
    spawned.join().map_err(|_| io::Error::other("the agent could not be started"))?
}

fn report(report: &Report) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, report)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

fn read_orders(stdin: impl BufRead, sender: &SyncSender<Happening>) {
    for line in stdin.lines() {
        let Ok(line) = line else { break };
        if let Ok(order) = serde_json::from_str(&line)
            && sender.send(Happening::Order(order)).is_err()
        {
            return;
        }
    }
    let _ = sender.send(Happening::CloudGone);
}

fn read_lines(pipe: impl Read, sender: &SyncSender<Happening>, wrap: fn(String) -> Happening) {
    let mut pipe = BufReader::new(pipe);
    loop {
        let mut line = Vec::new();
        let Ok(count) = pipe.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line) else { return };
        if count == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']).to_owned();
        if sender.send(Happening::Read(count as u64)).is_err() || sender.send(wrap(text)).is_err() {
            return;
        }
    }
}

/// The agent while it runs.
struct Run {
    agent: u32,
    input: Option<Sender<String>>,
    readers: Vec<thread::JoinHandle<()>>,
    output_left: u64,
    process_limit: usize,
    /// What the agent's own process ended with.
    ended: Option<Ending>,
    /// Which limit was passed.
    overrun: Option<Ending>,
}

impl Run {
    /// Makes the pipes, and the threads that serve them.
    fn prepare(setup: &Setup, sender: &SyncSender<Happening>) -> io::Result<(Self, Pipes)> {
        let (stdin, mut to_agent) = io::pipe()?;
        let (from_stdout, stdout) = io::pipe()?;
        let (from_stderr, stderr) = io::pipe()?;
        let (first, second) = (sender.clone(), sender.clone());
        let readers = vec![
            thread::spawn(move || read_lines(from_stdout, &first, Happening::Out)),
            thread::spawn(move || read_lines(from_stderr, &second, Happening::Err)),
        ];
        let (input, lines) = channel::<String>();
        let opening = setup.input.clone();
        // An agent need not read: what it leaves is dropped with its end of the pipe.
        thread::spawn(move || {
            let mut next = Some(opening);
            while let Some(text) = next {
                if to_agent.write_all(text.as_bytes()).and_then(|()| to_agent.flush()).is_err() {
                    return;
                }
                next = lines.recv().ok();
            }
        });
        let run = Self {
            agent: 0,
            input: setup.keep_open.then_some(input),
            readers,
            output_left: setup.output_limit,
            process_limit: setup.process_limit,
            ended: None,
            overrun: None,
        };
        Ok((run, Pipes { stdin, stdout, stderr }))
    }

    /// Starts the agent; what of its confinement could not be enforced.
    fn start(&mut self, setup: &Setup, pipes: Pipes) -> io::Result<Vec<String>> {
        let (agent, unenforced) = spawn_confined(setup, pipes)?;
        self.agent = agent;
        Ok(unenforced)
    }

    /// Hands over what happens until the agent's process ends, a limit is passed or the cloud is gone.
    fn follow(&mut self, happenings: &Receiver<Happening>, limit: &ProcessLimit) -> io::Result<Ending> {
        let mut counted = Instant::now();
        let mut pause = COUNT_EVERY;
        loop {
            match happenings.recv_timeout(pause.saturating_sub(counted.elapsed())) {
                Ok(Happening::CloudGone) => return Ok(Ending::Stopped),
                Ok(happening) => self.hand_over(happening)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if let Some(overrun) = self.overrun {
                return Ok(overrun);
            }
            if counted.elapsed() >= pause {
                self.reap();
                if let Some(ending) = self.ended {
                    self.overrun = limit.was_reached().then_some(Ending::TooManyProcesses);
                    return Ok(ending);
                }
                let began = Instant::now();
                if limit.was_reached() || processes::descendants(std::process::id()).len() > self.process_limit {
                    self.overrun = Some(Ending::TooManyProcesses);
                }
                counted = Instant::now();
                // Counting must stay a small part of the work, however many processes the machine has.
                pause = COUNT_EVERY.max(began.elapsed() * 4);
            }
        }
    }

    /// Takes in every child that has ended, orphans that came back among them.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            if pid.as_raw_nonzero().get().cast_unsigned() == self.agent {
                let signal = status.terminating_signal().unwrap_or_default();
                self.ended = Some(status.exit_status().map_or(Ending::Signal(signal), Ending::Exit));
            }
        }
    }

    fn hand_over(&mut self, happening: Happening) -> io::Result<()> {
        match happening {
            Happening::Read(count) => {
                self.output_left = self.output_left.saturating_sub(count);
                if self.output_left == 0 {
                    self.overrun = Some(Ending::TooMuchOutput);
                }
                Ok(())
            }
            _ if self.overrun == Some(Ending::TooMuchOutput) => Ok(()),
            Happening::Out(line) => report(&Report::Out(line)),
            Happening::Err(line) => report(&Report::Err(line)),
            Happening::Order(Order::Input(text)) => {
                if let Some(input) = &self.input {
                    // A writer that is gone means an agent that closed its stdin.
                    let _ = input.send(text);
                }
                Ok(())
            }
            Happening::CloudGone => Ok(()),
        }
    }

    /// With all processes gone the pipes end, and what they still held can be told.
    fn hand_over_rest(&mut self, happenings: &Receiver<Happening>) -> io::Result<()> {
        for reader in std::mem::take(&mut self.readers) {
            while !reader.is_finished() {
                if let Ok(happening) = happenings.recv_timeout(Duration::from_millis(5)) {
                    self.hand_over(happening)?;
                }
            }
        }
        while let Ok(happening) = happenings.try_recv() {
            self.hand_over(happening)?;
        }
        Ok(())
    }
}
