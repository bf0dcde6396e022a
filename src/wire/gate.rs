//! At most so many requests at a time, first come first served.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::oneshot;

/// A door that lets `free` holders through at a time.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Rc<RefCell<Places>>);

#[derive(Debug)]
struct Places {
    free: usize,
    waiting: VecDeque<oneshot::Sender<Pass>>,
}

/// A place at the gate, given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass(Option<Gate>);

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        Self(Rc::new(RefCell::new(Places { free: places, waiting: VecDeque::new() })))
    }

    /// Waits for a place.
    pub(crate) async fn enter(&self) -> Pass {
        let turn = {
            let mut places = self.0.borrow_mut();
            if places.free > 0 {
                places.free -= 1;
                return Pass(Some(self.clone()));
            }
            let (sender, receiver) = oneshot::channel();
            places.waiting.push_back(sender);
            receiver
        };
        // The sender lives in the queue until it is used, so an answer always comes.
        turn.await.unwrap_or(Pass(None))
    }

    fn leave(&self) {
        loop {
            let next = self.0.borrow_mut().waiting.pop_front();
            match next {
                // Whoever waited may be gone; then the pass comes back in the error and must not be given back twice.
                Some(waiting) => match waiting.send(Pass(Some(self.clone()))) {
                    Ok(()) => return,
                    Err(mut unused) => unused.0 = None,
                },
                None => {
                    self.0.borrow_mut().free += 1;
                    return;
                }
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(gate) = self.0.take() {
            gate.leave();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use futures::FutureExt;

    #[test]
    fn lets_so_many_through_and_the_next_when_one_leaves() {
        let gate = Gate::new(2);
        let first = gate.enter().now_or_never().unwrap();
        let _second = gate.enter().now_or_never().unwrap();
        let mut third = Box::pin(gate.enter());
        assert!((&mut third).now_or_never().is_none());
        drop(first);
        assert!(third.now_or_never().is_some());
    }

    #[test]
    fn who_gave_up_waiting_takes_no_place() {
        let gate = Gate::new(1);
        let held = gate.enter().now_or_never().unwrap();
        let mut impatient = Box::pin(gate.enter());
        assert!((&mut impatient).now_or_never().is_none());
        drop(impatient);
        drop(held);
        let again = gate.enter().now_or_never();
        assert!(again.is_some());
        drop(again);
        assert!(gate.enter().now_or_never().is_some());
    }
}
