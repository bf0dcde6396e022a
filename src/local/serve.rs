//! `cloud-agents serve`: from the command line to a listening server.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use tokio::net::TcpListener;

use super::arguments::Serve;
use super::git::GitError;
use super::repository::{Registry, RepositoryError};
use super::site::Site;
use super::store::{Store, StoreError};
use super::task::{self, Limits, Tasks};
use super::{Cloud, agent, api, clock, connections, demo_repository};

/// How long requests that are being answered have once all agents have ended.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Why the local cloud did not start, in a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("port {0} is taken; choose another with --port N (make serve: PORT=N), or 0 for any free one")]
    PortTaken(u16),
    #[error("could not listen on port {0}: {1}; choose another with --port N (make serve: PORT=N)")]
    Listen(u16, io::Error),
    #[error("there is no place for data: set HOME, or name a directory with --data DIR")]
    NoDataDirectory,
    #[error("{} cannot be used for data: {error}; name another directory with --data DIR", path.display())]
    DataDirectory { path: PathBuf, error: io::Error },
    #[error(
        "another local cloud is using {}; open its page, stop it, or name another directory with --data DIR",
        .0.display()
    )]
    InUse(PathBuf),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Repository(#[from] RepositoryError),
    #[error("the demo repository could not be made: {0}")]
    DemoRepository(GitError),
    #[error("--allow-origin `{0}` is not an origin; write it as a browser does, such as https://example.org")]
    Origin(String),
    #[error("the server stopped: {0}")]
    Io(#[from] io::Error),
}

/// Runs the local cloud until it is told to stop.
pub(crate) fn run(options: Serve) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: Serve) -> Result<(), ServeError> {
    for origin in &options.allowed_origins {
        let known = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
        if !known {
            return Err(ServeError::Origin(origin.clone()));
        }
    }
    let listener = listen(options.port).await?;
    let port = listener.local_addr()?.port();
    let data = data_directory(options.data)?;
    let unusable = |error| ServeError::DataDirectory { path: data.clone(), error };
    let _lock = lock(&data)?;
    let token = match options.token {
        Some(token) if !token.is_empty() => token,
        _ => kept_token(&data.join("token")).map_err(unusable)?,
    };
    let limits = Limits {
        time: Duration::from_secs(options.agent_timeout),
        disk: options.agent_disk << 20,
        output: options.agent_output << 20,
        processes: usize::try_from(options.agent_processes).unwrap_or(usize::MAX),
    };
    let bounds = tokio::spawn(task::bounds::find(data.clone(), port, limits));
    let store = Store::open(&data.join("cloud.sqlite"))?;
    let mut repositories = Registry::default();
    let mut given_repositories = options.repositories;
    if given_repositories.is_empty() {
        let path = demo_repository::create(&data).await.map_err(ServeError::DemoRepository)?;
        given_repositories.push(path.to_string_lossy().into_owned());
    }
    for given in &given_repositories {
        repositories.add(given, &data, |origin| Ok(store.identify_repository(origin)?)).await?;
    }
    if options.no_page_token {
        eprintln!("The page asks for this token: {token}");
    }
    let parallel = usize::try_from(options.parallel).unwrap_or(1);
    // An agent that cannot be tried out is held to everything: it fails rather than runs free.
    let mut own_mounts = true;
    match bounds.await.map_err(io::Error::other)? {
        Ok(found) => {
            own_mounts = found.own_mounts;
            found.missing.iter().for_each(|warning| eprintln!("Warning: {warning}"));
        }
        Err(error) => eprintln!("Warning: No agent can be run: {error}"),
    }
    let agent = agent::from_option(&options.agent);
    let tasks = Tasks::new(agent, options.agent_environment, limits, own_mounts, parallel);
    let site = Site { directory: options.page, with_token: !options.no_page_token };
    let allowed_origins = options.allowed_origins;
    let cloud = Arc::new(Cloud { store, repositories, tasks, site, data, port, token, allowed_origins });
    task::resume(&cloud)?;
    let router = api::router(Arc::clone(&cloud));
    println!("Open http://127.0.0.1:{port}/");
    io::stdout().flush()?;
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let signal = async {
        stop_signal().await;
        let _ = stopping.send(());
    };
    let serving = connections::serve(listener, router, signal);
    let end = async {
        // Without a signal only the server's own end matters.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        cloud.tasks.stop().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        () = serving => {}
        () = end => {}
    }
    cloud.tasks.stop().await;
    Ok(())
}

async fn listen(port: u16) -> Result<TcpListener, ServeError> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ServeError::PortTaken(port),
        _ => ServeError::Listen(port, error),
    })
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// The directory for everything that is kept, readable by this person only.
fn data_directory(named: Option<PathBuf>) -> Result<PathBuf, ServeError> {
    let xdg = || std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
    let path = named
        .or_else(|| xdg().or_else(home).map(|base| base.join("cloud-agents")))
        .ok_or(ServeError::NoDataDirectory)?;
    let unusable = |error| ServeError::DataDirectory { path: path.clone(), error };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(unusable)?;
    path.canonicalize().map_err(unusable)
}

/// Keeps a second cloud out of the same data: it would take the first one's running tasks for lost ones.
fn lock(data: &Path) -> Result<std::fs::File, ServeError> {
    let unusable = |error| ServeError::DataDirectory { path: data.to_owned(), error };
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(data.join("lock"));
    let file = file.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(ServeError::InUse(data.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// The token of last time, or a new one of 256 random bits.
fn kept_token(path: &Path) -> io::Result<String> {
    if let Ok(token) = std::fs::read_to_string(path)
        && !token.trim().is_empty()
    {
        return Ok(token.trim().to_owned());
    }
    let token = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(clock::random::<32>()?);
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(token.as_bytes())?;
    Ok(token)
}
