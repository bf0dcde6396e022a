//! Promises that end when the engine does.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::future::LocalBoxFuture;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::crossing::thrown;
use crate::error::{Error, Result};

/// What a promise becomes: JSON text, or undefined. Boxed, so that the code around it is there once and not once a method.
pub(super) type Outcome = LocalBoxFuture<'static, Result<Option<String>>>;

/// What is under way on behalf of one engine or follow.
#[derive(Debug)]
pub(super) struct Work {
    own: Rc<Closing>,
    /// This ends with that too.
    outer: Option<Rc<Closing>>,
}

/// Whether it is over, and who wants to know.
#[derive(Debug, Default)]
struct Closing {
    over: Cell<bool>,
    /// Those who wait, each once.
    waiting: RefCell<Vec<Waker>>,
}

impl Work {
    pub(super) fn new() -> Self {
        Self { own: Rc::default(), outer: None }
    }

    /// Work of its own that ends with this one too.
    pub(super) fn branch(&self) -> Self {
        Self { own: Rc::default(), outer: Some(self.own.clone()) }
    }

    pub(super) fn close(&self) {
        self.own.over.set(true);
        for waker in self.own.waiting.take() {
            waker.wake();
        }
    }

    /// Rejects when closed.
    pub(super) fn promise(&self, work: Outcome) -> Promise {
        self.run(work, true)
    }

    /// Resolves with undefined when closed.
    pub(super) fn promise_or_end(&self, work: Outcome) -> Promise {
        self.run(work, false)
    }

    fn run(&self, mut work: Outcome, rejects: bool) -> Promise {
        let closings: Vec<Rc<Closing>> = std::iter::once(self.own.clone()).chain(self.outer.clone()).collect();
        future_to_promise(async move {
            let outcome = poll_fn(|context| {
                // What is closed already does not begin anything.
                if closings.iter().any(|closing| closing.over.get()) {
                    return Poll::Ready(if rejects { Err(freed()) } else { Ok(None) });
                }
                let outcome = work.as_mut().poll(context);
                for closing in &closings {
                    closing.note(context.waker(), outcome.is_pending());
                }
                outcome
            });
            let outcome = outcome.await;
            // Promises may be kept for long, and what the work held must not be.
            drop(work);
            outcome.map(|text| text.map_or(JsValue::UNDEFINED, Into::into)).map_err(thrown)
        })
    }
}

impl Closing {
    fn note(&self, waker: &Waker, waits: bool) {
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|other| !other.will_wake(waker));
        if waits {
            waiting.push(waker.clone());
        }
    }
}

fn freed() -> Error {
    Error::invalid("This CloudAgents was freed.").with_hint("Make a new one before you call it.")
}
