//! A store in memory that refuses when told to, and that several tabs can share.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use cloud_agents::error::{Error, ErrorCode, Result};
use cloud_agents::host::{Batch, Entry, MemoryStore, Store};
use futures::FutureExt;
use futures::future::LocalBoxFuture;

use super::clock::Clock;

pub struct FailingStore {
    inner: Rc<MemoryStore>,
    clock: Rc<Clock>,
    /// What the next commits come to; those after them succeed.
    verdicts: RefCell<VecDeque<bool>>,
    broken: Cell<bool>,
    latency: Cell<Duration>,
    commits: Cell<usize>,
}

impl FailingStore {
    pub fn new(clock: Rc<Clock>) -> Rc<Self> {
        Rc::new(Self {
            inner: Rc::default(),
            clock,
            verdicts: RefCell::default(),
            broken: Cell::new(false),
            latency: Cell::new(Duration::ZERO),
            commits: Cell::new(0),
        })
    }

    /// Says for the next commits, in turn, whether they succeed.
    pub fn next_commits(&self, verdicts: &[bool]) {
        self.verdicts.borrow_mut().extend(verdicts);
    }

    /// From now on every commit fails, or none does.
    pub fn set_broken(&self, broken: bool) {
        self.broken.set(broken);
    }

    /// From now on every commit succeeds.
    pub fn mend(&self) {
        self.broken.set(false);
        self.verdicts.borrow_mut().clear();
    }

    pub fn set_latency(&self, latency: Duration) {
        self.latency.set(latency);
    }

    pub fn commits(&self) -> usize {
        self.commits.get()
    }

    /// What a table holds, looked at from outside.
    pub fn table(&self, table: &'static str) -> Vec<(String, String)> {
        self.inner.scan(table).now_or_never().unwrap().unwrap()
    }

    /// Puts something there that the core did not write.
    pub fn plant(&self, table: &'static str, key: &str, value: Option<&str>) {
        let entry = Entry { table, key: key.to_owned(), value: value.map(str::to_owned) };
        let batch = Batch { expect: Vec::new(), writes: vec![entry] };
        assert!(self.inner.commit(batch).now_or_never().unwrap().unwrap());
    }
}

impl Store for FailingStore {
    fn get(&self, table: &'static str, key: &str) -> LocalBoxFuture<'static, Result<Option<String>>> {
        let (inner, key) = (self.inner.clone(), key.to_owned());
        let wait = self.clock.sleep(self.latency.get());
        Box::pin(async move {
            wait.await;
            inner.get(table, &key).await
        })
    }

    fn scan(&self, table: &'static str) -> LocalBoxFuture<'static, Result<Vec<(String, String)>>> {
        let inner = self.inner.clone();
        let wait = self.clock.sleep(self.latency.get());
        Box::pin(async move {
            wait.await;
            inner.scan(table).await
        })
    }

    fn commit(&self, batch: Batch) -> LocalBoxFuture<'static, Result<bool>> {
        self.commits.set(self.commits.get() + 1);
        let succeeds = self.verdicts.borrow_mut().pop_front().unwrap_or(!self.broken.get());
        let inner = self.inner.clone();
        let wait = self.clock.sleep(self.latency.get());
        Box::pin(async move {
            wait.await;
            if !succeeds {
                return Err(Error::new(ErrorCode::Storage, "The disk is full."));
            }
            inner.commit(batch).await
        })
    }
}
