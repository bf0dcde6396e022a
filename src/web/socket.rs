//! WebSockets.

use futures::future::LocalBoxFuture;
use futures::{FutureExt, StreamExt};
use wasm_bindgen::JsCast;

use super::fetch::message;
use super::source::{self, JsSocket, Source};
use crate::host::{FetchFailure, Socket};

struct BrowserSocket {
    socket: JsSocket,
    messages: Source,
}

/// Opens a socket. Whether it connects shows at its first message.
pub(super) fn open(url: &str, protocols: &[String]) -> Result<Box<dyn Socket>, FetchFailure> {
    let socket =
        source::open_socket(url, protocols.to_vec()).map_err(|problem| FetchFailure::NotSent(message(&problem)))?;
    let messages = Source::new(socket.clone().unchecked_into());
    Ok(Box::new(BrowserSocket { socket, messages }))
}

impl Socket for BrowserSocket {
    fn send(&mut self, text: &str) -> Result<(), FetchFailure> {
        match self.socket.send(text) {
            Ok(true) => Ok(()),
            Ok(false) => Err(FetchFailure::NotSent("The socket takes nothing more right now.".to_owned())),
            Err(problem) => Err(FetchFailure::Lost(message(&problem))),
        }
    }

    fn next(&mut self) -> LocalBoxFuture<'_, Option<Result<String, FetchFailure>>> {
        let text = |came: Result<wasm_bindgen::JsValue, _>| match came {
            Ok(text) => Ok(text.as_string().unwrap_or_default()),
            Err(problem) => Err(FetchFailure::Lost(message(&problem))),
        };
        self.messages.next().map(move |came| came.map(text)).boxed_local()
    }
}
