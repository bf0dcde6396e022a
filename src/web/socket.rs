//! WebSockets through gloo-net.

use futures::future::LocalBoxFuture;
use futures::{FutureExt, SinkExt, StreamExt};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use wasm_bindgen::JsValue;

use super::fetch::message;
use crate::host::{FetchFailure, Socket};

struct BrowserSocket(WebSocket);

/// Opens a socket. Whether it connects shows at its first message.
pub(super) fn open(url: &str, protocols: &[String]) -> Result<Box<dyn Socket>, FetchFailure> {
    let names: js_sys::Array = protocols.iter().map(JsValue::from).collect();
    let opened = web_sys::WebSocket::new_with_str_sequence(url, &names)
        .map_err(|problem| FetchFailure::NotSent(message(&problem)))?;
    let opened = WebSocket::try_from(opened);
    match opened {
        Ok(socket) => Ok(Box::new(BrowserSocket(socket))),
        Err(problem) => Err(FetchFailure::NotSent(problem.to_string())),
    }
}

impl Socket for BrowserSocket {
    fn send(&mut self, text: &str) -> Result<(), FetchFailure> {
        match self.0.send(Message::Text(text.to_owned())).now_or_never() {
            Some(Ok(())) => Ok(()),
            Some(Err(problem)) => Err(FetchFailure::Lost(problem.to_string())),
            None => Err(FetchFailure::NotSent("The socket takes nothing more right now.".to_owned())),
        }
    }

    fn next(&mut self) -> LocalBoxFuture<'_, Option<Result<String, FetchFailure>>> {
        async move {
            loop {
                return Some(match self.0.next().await? {
                    Ok(Message::Text(text)) => Ok(text),
                    Ok(Message::Bytes(bytes)) => match String::from_utf8(bytes) {
                        Ok(text) => Ok(text),
                        // Binary messages belong to no protocol that is spoken here.
                        Err(_) => continue,
                    },
                    Err(problem) => Err(FetchFailure::Lost(problem.to_string())),
                });
            }
        }
        .boxed_local()
    }
}
