//! Virtual time. It stands still while anything can go on, and jumps to the next timer when everything waits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use cloud_agents::session::Timestamp;
use futures::executor::LocalPool;
use futures::future::RemoteHandle;
use futures::task::LocalSpawnExt;

/// 2026-01-05T09:00:00Z, a Monday morning.
const MORNING: i64 = 1_767_603_600_000;

/// The timers, and how late it is.
#[derive(Debug)]
pub struct Clock {
    now: Cell<i64>,
    sequence: Cell<u64>,
    timers: RefCell<BTreeMap<(i64, u64), Waker>>,
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        Timestamp(self.now.get())
    }

    pub fn sleep(self: &Rc<Self>, duration: Duration) -> Sleep {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2);
        self.sequence.set(self.sequence.get() + 1);
        Sleep { clock: self.clone(), due: (self.now.get().saturating_add(millis), self.sequence.get()), set: false }
    }

    /// Jumps to the next timer and rings it; `false` when none is set.
    fn advance(&self) -> bool {
        let Some(((due, _), waker)) = self.timers.borrow_mut().pop_first() else { return false };
        self.now.set(self.now.get().max(due));
        waker.wake();
        true
    }
}

/// Resolves when it is late enough, always after having waited once.
#[derive(Debug)]
pub struct Sleep {
    clock: Rc<Clock>,
    due: (i64, u64),
    set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Only the clock rings, in the order of the timers: who is looked at for another reason is not early.
        if self.set && !self.clock.timers.borrow().contains_key(&self.due) {
            return Poll::Ready(());
        }
        self.set = true;
        self.clock.timers.borrow_mut().insert(self.due, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.timers.borrow_mut().remove(&self.due);
    }
}

/// Runs futures in virtual time.
pub struct World {
    pub clock: Rc<Clock>,
    pool: RefCell<LocalPool>,
    spawner: futures::executor::LocalSpawner,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl World {
    pub fn new() -> Self {
        let pool = LocalPool::new();
        let spawner = pool.spawner();
        let clock =
            Rc::new(Clock { now: Cell::new(MORNING), sequence: Cell::new(0), timers: RefCell::new(BTreeMap::new()) });
        Self { clock, pool: RefCell::new(pool), spawner }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs until this future is done, and everything spawned along with it.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(flag.clone());
        loop {
            if flag.0.swap(false, Ordering::SeqCst)
                && let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return value;
            }
            self.pool.borrow_mut().run_until_stalled();
            if !flag.0.load(Ordering::SeqCst) {
                assert!(self.clock.advance(), "everything waits and no timer is set: this would hang for ever");
            }
        }
    }

    /// Starts work beside the test. Dropping the handle kills it, as closing a tab does.
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> RemoteHandle<T> {
        self.spawner.spawn_local_with_handle(future).unwrap()
    }

    /// Lets this much time pass.
    pub fn pass(&self, duration: Duration) {
        self.run(self.clock.sleep(duration));
    }

    /// Lets everything happen that needs no time.
    pub fn settle(&self) {
        self.pass(Duration::ZERO);
    }
}
