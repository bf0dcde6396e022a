//! Promises that end when the engine does.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{Either, LocalBoxFuture, Shared, select};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::thrown;
use crate::error::{Error, Result};

/// What a promise becomes. Boxed, so that the code around it is there once and not once a method.
pub(super) type Outcome = LocalBoxFuture<'static, Result<JsValue>>;

/// What is under way on behalf of one engine or follow.
#[derive(Debug)]
pub(super) struct Work {
    /// Dropped when closed, which wakes everything that waits on `closed`.
    open: Rc<RefCell<Option<oneshot::Sender<()>>>>,
    closed: Shared<oneshot::Receiver<()>>,
    /// Closed with this.
    outer: Option<Shared<oneshot::Receiver<()>>>,
}

impl Work {
    pub(super) fn new() -> Self {
        let (sender, receiver) = oneshot::channel();
        Self { open: Rc::new(RefCell::new(Some(sender))), closed: receiver.shared(), outer: None }
    }

    /// Work of its own that ends with this one too.
    pub(super) fn branch(&self) -> Self {
        Self { outer: Some(self.closed.clone()), ..Self::new() }
    }

    pub(super) fn close(&self) {
        self.open.borrow_mut().take();
    }

    /// Rejects when closed.
    pub(super) fn promise(&self, work: Outcome) -> Promise {
        self.run(work, true)
    }

    /// Resolves with undefined when closed.
    pub(super) fn promise_or_end(&self, work: Outcome) -> Promise {
        self.run(work, false)
    }

    fn run(&self, work: Outcome, rejects: bool) -> Promise {
        let (inner, outer) = (self.closed.clone(), self.outer.clone());
        future_to_promise(async move {
            let closed: LocalBoxFuture<'static, ()> = match outer {
                Some(outer) => select(inner, outer).map(|_| ()).boxed_local(),
                None => inner.map(|_| ()).boxed_local(),
            };
            // What is closed already does not begin anything.
            match select(closed, work).await {
                Either::Right((outcome, _)) => outcome.map_err(thrown),
                Either::Left(_) if rejects => Err(thrown(
                    Error::invalid("This CloudAgents was freed.").with_hint("Make a new one before you call it."),
                )),
                Either::Left(_) => Ok(JsValue::UNDEFINED),
            }
        })
    }
}
