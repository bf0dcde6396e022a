//! What tabs share: locks, messages to each other, and news of the network and of who is looking.

use std::cell::RefCell;

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use futures::stream::LocalBoxStream;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, EventTarget, MessageEvent};

use super::host::global;
use crate::error::Result;
use crate::host::{Lock, Signal};

/// The name that all tabs of one origin meet under.
const NAME: &str = "cloud-agents";

/// The way to other tabs, opened when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Channel(RefCell<Option<BroadcastChannel>>);

impl Channel {
    /// Tells the other tabs. Where there is no BroadcastChannel there are no other tabs to tell.
    pub(super) fn post(&self, message: &str) {
        let mut channel = self.0.borrow_mut();
        if channel.is_none() && global("BroadcastChannel").is_some() {
            *channel = BroadcastChannel::new(NAME).ok();
        }
        if let Some(channel) = channel.as_ref() {
            // It fails only for what cannot be cloned; text can.
            let _ = channel.post_message(&message.into());
        }
    }

    /// What other tabs tell, until the stream is dropped.
    pub(super) fn messages(&self) -> LocalBoxStream<'static, String> {
        let (sender, receiver) = mpsc::unbounded();
        let listening = global("BroadcastChannel").and_then(|_| BroadcastChannel::new(NAME).ok()).map(|channel| {
            let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    let _ = sender.unbounded_send(text);
                }
            });
            channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
            Listening { channel, _heard: heard }
        });
        receiver
            .map(move |message| {
                let _ = &listening;
                message
            })
            .boxed_local()
    }
}

/// Closes the channel when nobody listens any more.
struct Listening {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// A lock that is given back when dropped.
struct Held(Option<oneshot::Sender<()>>);

impl Lock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            let _ = release.send(());
        }
    }
}

/// Waits for the lock of that name (Web Locks). Where there are none, nobody else can hold it.
pub(super) async fn lock(name: String) -> Result<Box<dyn Lock>> {
    let locks = global("navigator").and_then(|navigator| Reflect::get(&navigator, &"locks".into()).ok());
    let request =
        locks.as_ref().and_then(|locks| Reflect::get(locks, &"request".into()).ok()?.dyn_into::<Function>().ok());
    let (Some(locks), Some(request)) = (locks, request) else { return Ok(Box::new(Held(None))) };
    let (granted, wait) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    // The lock is held as long as the promise that this returns is pending.
    let hold = Closure::once_into_js(move |_lock: JsValue| -> Promise {
        let _ = granted.send(());
        wasm_bindgen_futures::future_to_promise(async move {
            let _ = released.await;
            Ok(JsValue::UNDEFINED)
        })
    });
    let arguments = Array::of2(&format!("{NAME}:{name}").into(), &hold);
    // A host that refuses locks (an opaque origin) has no tabs that could share anything.
    if request.apply(&locks, &arguments).is_err() || wait.await.is_err() {
        return Ok(Box::new(Held(None)));
    }
    Ok(Box::new(Held(Some(release))))
}

/// News of the network and of who is looking, until the stream is dropped.
pub(super) fn signals() -> LocalBoxStream<'static, Signal> {
    let (sender, receiver) = mpsc::unbounded();
    let mut listening = Vec::new();
    let mut listen = |target: &JsValue, event: &'static str, signal: fn() -> Signal| {
        let Some(target) = target.dyn_ref::<EventTarget>().cloned() else { return };
        let sender = sender.clone();
        let heard = Closure::<dyn FnMut()>::new(move || {
            let _ = sender.unbounded_send(signal());
        });
        if target.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref()).is_ok() {
            listening.push(Listener { target, event, heard });
        }
    };
    let here = JsValue::from(js_sys::global());
    listen(&here, "online", || Signal::Online);
    listen(&here, "offline", || Signal::Offline);
    if let Some(document) = global("document") {
        listen(&document, "visibilitychange", || {
            let state = global("document").and_then(|document| Reflect::get(&document, &"visibilityState".into()).ok());
            match state.and_then(|state| state.as_string()).as_deref() {
                Some("hidden") => Signal::Hidden,
                _ => Signal::Visible,
            }
        });
    }
    receiver
        .map(move |signal| {
            let _ = &listening;
            signal
        })
        .boxed_local()
}

/// Stops listening when dropped.
struct Listener {
    target: EventTarget,
    event: &'static str,
    heard: Closure<dyn FnMut()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.heard.as_ref().unchecked_ref());
    }
}
