//! A refresh that several wait for.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::future::LocalBoxFuture;

use super::refresh::Refreshed;

/// A refresh under way. All who wait for it drive it on, and it is given up when nobody waits any more.
pub(super) struct Running {
    /// Whether it reads everything again.
    pub(super) force: bool,
    state: RefCell<State>,
}

enum State {
    UnderWay {
        work: LocalBoxFuture<'static, Refreshed>,
        /// Only the last of them is known to the work: it was the last to look.
        waiting: Vec<Waker>,
    },
    Done(Refreshed),
}

/// One of those who wait.
pub(super) struct Waiting(Rc<Running>);

impl Running {
    pub(super) fn new(force: bool, work: LocalBoxFuture<'static, Refreshed>) -> Rc<Self> {
        Rc::new(Self { force, state: RefCell::new(State::UnderWay { work, waiting: Vec::new() }) })
    }

    /// Waits for what it comes to.
    pub(super) fn outcome(self: Rc<Self>) -> Waiting {
        Waiting(self)
    }
}

impl Future for Waiting {
    type Output = Refreshed;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Refreshed> {
        let mut state = self.0.state.borrow_mut();
        let (refreshed, woken) = match &mut *state {
            State::Done(refreshed) => return Poll::Ready(refreshed.clone()),
            State::UnderWay { work, waiting } => match work.as_mut().poll(context) {
                Poll::Ready(refreshed) => (refreshed, std::mem::take(waiting)),
                Poll::Pending => {
                    let waker = context.waker();
                    waiting.retain(|other| !other.will_wake(waker));
                    waiting.push(waker.clone());
                    return Poll::Pending;
                }
            },
        };
        *state = State::Done(refreshed.clone());
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        Poll::Ready(refreshed)
    }
}

impl Drop for Waiting {
    /// Another drives the work on.
    fn drop(&mut self) {
        let woken = match &mut *self.0.state.borrow_mut() {
            State::UnderWay { waiting, .. } => std::mem::take(waiting),
            State::Done(_) => return,
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use futures::FutureExt;
    use futures::channel::oneshot;
    use futures::executor::LocalPool;
    use futures::future::{AbortHandle, Abortable};
    use futures::task::LocalSpawnExt;

    use super::{Refreshed, Running};

    #[test]
    fn who_gives_up_leaves_the_work_to_the_others() {
        let mut pool = LocalPool::new();
        let (news, wait) = oneshot::channel();
        let running = Running::new(false, async { wait.await.unwrap() }.boxed_local());
        let patient = pool.spawner().spawn_local_with_handle(running.clone().outcome()).unwrap();
        pool.run_until_stalled();
        let (stop, stopped) = AbortHandle::new_pair();
        let impatient = Abortable::new(running.outcome(), stopped);
        let impatient = pool.spawner().spawn_local_with_handle(impatient).unwrap();
        pool.run_until_stalled();
        stop.abort();
        assert!(pool.run_until(impatient).is_err());
        news.send(Refreshed::of(3)).unwrap();
        assert_eq!(pool.run_until(patient).changed(), Some(3));
    }

    #[test]
    fn all_hear_what_it_came_to_and_nobody_else_keeps_it() {
        let mut pool = LocalPool::new();
        let (news, wait) = oneshot::channel();
        let running = Running::new(true, async { wait.await.unwrap() }.boxed_local());
        let kept = std::rc::Rc::downgrade(&running);
        let readers: Vec<_> =
            (0..3).map(|_| pool.spawner().spawn_local_with_handle(running.clone().outcome()).unwrap()).collect();
        drop(running);
        pool.run_until_stalled();
        news.send(Refreshed::of(1)).unwrap();
        for reader in readers {
            assert_eq!(pool.run_until(reader).changed(), Some(1));
        }
        assert!(kept.upgrade().is_none());
    }
}
