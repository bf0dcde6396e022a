//! One tab's outside world.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use cloud_agents::error::{Error, ErrorCode, Result};
use cloud_agents::host::{FetchFailure, Host, HttpReply, HttpRequest, Lock, Secret, Signal, Socket, Store, WebAddress};
use cloud_agents::session::Timestamp;
use futures::future::LocalBoxFuture;
use futures::stream::{self, LocalBoxStream};
use futures::{FutureExt, StreamExt};

use super::clock::Clock;
use super::network::Network;
use super::store::FailingStore;
use super::{World, address};

pub struct ScriptedHost {
    clock: Rc<Clock>,
    pub network: Rc<Network>,
    pub disk: Rc<FailingStore>,
    pub online: Cell<bool>,
    /// How far this machine's wall clock is off, in milliseconds.
    pub skew: Cell<i64>,
    chance: Cell<u64>,
    pub secrets: RefCell<BTreeMap<String, Secret>>,
}

struct Held;

impl Lock for Held {}

impl ScriptedHost {
    pub fn new(world: &World) -> Rc<Self> {
        Self::sharing(world, FailingStore::new(world.clock.clone()), 1)
    }

    /// Another tab over the same store. Each has chance of its own.
    pub fn sharing(world: &World, disk: Rc<FailingStore>, seed: u64) -> Rc<Self> {
        Rc::new(Self {
            clock: world.clock.clone(),
            network: Network::new(world.clock.clone()),
            disk,
            online: Cell::new(true),
            skew: Cell::new(0),
            chance: Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            secrets: RefCell::default(),
        })
    }
}

impl Host for ScriptedHost {
    fn fetch(&self, request: HttpRequest) -> LocalBoxFuture<'static, std::result::Result<HttpReply, FetchFailure>> {
        if !self.online.get() {
            return async { Err(FetchFailure::NotSent("There is no network.".into())) }.boxed_local();
        }
        self.network.fetch(request)
    }

    fn web_address(&self, text: &str, base: Option<&str>) -> Option<WebAddress> {
        address::web_address(text, base)
    }

    fn open_socket(
        &self,
        _url: &str,
        _protocols: &[String],
    ) -> LocalBoxFuture<'static, std::result::Result<Box<dyn Socket>, FetchFailure>> {
        async { Err(FetchFailure::NotSent("There are no sockets here.".into())) }.boxed_local()
    }

    fn now(&self) -> Timestamp {
        self.clock.now().plus(self.skew.get())
    }

    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        self.clock.sleep(duration).boxed_local()
    }

    fn lowercase(&self, text: &str) -> String {
        text.to_lowercase()
    }

    fn random(&self, buffer: &mut [u8]) {
        for byte in buffer {
            // xorshift64*
            let mut state = self.chance.get();
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            self.chance.set(state);
            *byte = state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes()[0];
        }
    }

    fn store(&self) -> Rc<dyn Store> {
        self.disk.clone()
    }

    fn lock(&self, _name: &str) -> LocalBoxFuture<'static, Result<Box<dyn Lock>>> {
        async { Ok(Box::new(Held) as Box<dyn Lock>) }.boxed_local()
    }

    fn broadcast(&self, _message: &str) {}

    fn broadcasts(&self) -> LocalBoxStream<'static, String> {
        stream::pending().boxed_local()
    }

    fn is_online(&self) -> bool {
        self.online.get()
    }

    fn is_visible(&self) -> bool {
        true
    }

    fn signals(&self) -> LocalBoxStream<'static, Signal> {
        stream::pending().boxed_local()
    }

    fn secret(&self, connection: &str) -> LocalBoxFuture<'static, Result<Option<Secret>>> {
        let secret = self.secrets.borrow().get(connection).cloned();
        async move {
            secret.map_or_else(|| Err(Error::new(ErrorCode::Unauthorized, "No token.")), |secret| Ok(Some(secret)))
        }
        .boxed_local()
    }
}
