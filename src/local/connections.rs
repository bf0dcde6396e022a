//! Connections of clients, of which none lasts without an end: a request must be there in time, and only so many are open at once.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// How long the head of a request may take, and how long a connection may wait for its next request.
const HEAD_WITHIN: Duration = Duration::from_secs(20);
/// Connections at the same time; others wait until one is closed. Below the files that a process may have open.
const CONNECTIONS: usize = 256;
/// How long to wait when the system has no connection to give.
const BREATH: Duration = Duration::from_millis(200);

/// Answers until `stop`, then ends what is not being answered, and returns when all connections are closed.
pub(super) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, stopped) = watch::channel(());
    let accepting = async {
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            // Out of files, most likely: some will be closed.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(BREATH).await;
                continue;
            };
            let (router, stopped) = (router.clone(), stopped.clone());
            tokio::spawn(async move {
                talk(stream, router, stopped).await;
                drop(place);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
    drop(listener);
    drop(stopped);
    stopping.send_replace(());
    stopping.closed().await;
}

async fn talk(stream: TcpStream, router: Router, mut stopped: watch::Receiver<()>) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let mut connection =
        std::pin::pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    tokio::select! {
        // A connection that broke is nobody's news.
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
