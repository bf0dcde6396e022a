//! Promises that end when the engine does.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{Either, Shared, select};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::thrown;
use crate::error::{Error, Result};

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
    pub(super) fn promise(&self, work: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
        self.run(work, || {
            Err(Error::invalid("This CloudAgents was freed.").with_hint("Make a new one before you call it."))
        })
    }

    /// Resolves with undefined when closed.
    pub(super) fn promise_or_end(&self, work: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
        self.run(work, || Ok(JsValue::UNDEFINED))
    }

    fn run(
        &self,
        work: impl Future<Output = Result<JsValue>> + 'static,
        when_closed: impl FnOnce() -> Result<JsValue> + 'static,
    ) -> Promise {
        let closed = match &self.outer {
            Some(outer) => select(self.closed.clone(), outer.clone()).map(|_| ()).left_future(),
            None => self.closed.clone().map(|_| ()).right_future(),
        };
        future_to_promise(async move {
            // What is closed already does not begin anything.
            let outcome = match select(closed, Box::pin(work)).await {
                Either::Left(_) => when_closed(),
                Either::Right((outcome, _)) => outcome,
            };
            outcome.map_err(thrown)
        })
    }
}
