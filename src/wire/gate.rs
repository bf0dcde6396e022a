//! At most so many requests at a time, first come first served.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A door that lets `free` holders through at a time.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Rc<RefCell<Places>>);

#[derive(Debug)]
struct Places {
    free: usize,
    /// Who waits, by number, in the order in which they came.
    waiting: Vec<(u64, Waker)>,
    last_number: u64,
}

/// A place at the gate, given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass(Gate);

/// Waits for a place.
#[derive(Debug)]
pub(crate) struct Turn {
    gate: Gate,
    /// While it stands in the queue.
    number: Option<u64>,
}

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        Self(Rc::new(RefCell::new(Places { free: places, waiting: Vec::new(), last_number: 0 })))
    }

    /// Waits for a place.
    pub(crate) fn enter(&self) -> Turn {
        Turn { gate: self.clone(), number: None }
    }
}

impl Places {
    /// Calls the first who waits, if there is a place.
    fn call(&self) {
        if let Some((_, first)) = self.waiting.first().filter(|_| self.free > 0) {
            first.wake_by_ref();
        }
    }
}

impl Future for Turn {
    type Output = Pass;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Pass> {
        let gate = self.gate.clone();
        let mut places = gate.0.borrow_mut();
        let first = places.waiting.first().map(|(number, _)| *number);
        if places.free > 0 && first == self.number {
            places.free -= 1;
            if self.number.take().is_some() {
                places.waiting.remove(0);
                places.call();
            }
            return Poll::Ready(Pass(self.gate.clone()));
        }
        let waker = context.waker().clone();
        match self.number {
            Some(mine) => {
                if let Some(place) = places.waiting.iter_mut().find(|(number, _)| *number == mine) {
                    place.1 = waker;
                }
            }
            None => {
                places.last_number += 1;
                self.number = Some(places.last_number);
                let mine = places.last_number;
                places.waiting.push((mine, waker));
            }
        }
        Poll::Pending
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(mine) = self.number {
            let mut places = self.gate.0.borrow_mut();
            if let Some(place) = places.waiting.iter().position(|(number, _)| *number == mine) {
                places.waiting.remove(place);
            }
            places.call();
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut places = self.0.0.borrow_mut();
        places.free += 1;
        places.call();
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
