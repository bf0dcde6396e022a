//! A network that answers by a script and remembers what it was asked.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use cloud_agents::host::{FetchFailure, HttpReply, HttpRequest};
use cloud_agents::session::Timestamp;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream;

use super::clock::Clock;

type Script = dyn FnMut(&HttpRequest) -> Answer;

/// What the network does with one request.
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    chunks: Box<dyn Iterator<Item = Result<Vec<u8>, FetchFailure>>>,
    after: Duration,
    came_from: Option<String>,
    failure: Option<FetchFailure>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            chunks: Box::new(std::iter::once(Ok(body.into()))),
            after: Duration::ZERO,
            came_from: None,
            failure: None,
        }
    }

    pub fn ok(body: &str) -> Self {
        Self::new(200, body)
    }

    pub fn failing(failure: FetchFailure) -> Self {
        Self { failure: Some(failure), ..Self::new(0, "") }
    }

    pub fn lost() -> Self {
        Self::failing(FetchFailure::Lost("The connection broke.".into()))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    /// As if the host had followed a redirect.
    pub fn from(self, url: &str) -> Self {
        Self { came_from: Some(url.into()), ..self }
    }

    pub fn chunks(self, chunks: impl Iterator<Item = Result<Vec<u8>, FetchFailure>> + 'static) -> Self {
        Self { chunks: Box::new(chunks), ..self }
    }
}

/// A request as it left the core.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: Timestamp,
    pub request: HttpRequest,
}

impl Sent {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
}

pub struct Network {
    clock: Rc<Clock>,
    script: RefCell<Box<Script>>,
    sent: RefCell<Vec<Sent>>,
    under_way: Rc<Cell<usize>>,
    most: Cell<usize>,
    chunks_read: Rc<Cell<usize>>,
}

/// Counts a request as under way until it is answered or given up.
struct UnderWay(Rc<Cell<usize>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Network {
    pub fn new(clock: Rc<Clock>) -> Rc<Self> {
        Rc::new(Self {
            clock,
            script: RefCell::new(Box::new(|request| panic!("nobody expects {} here", request.url))),
            sent: RefCell::default(),
            under_way: Rc::default(),
            most: Cell::new(0),
            chunks_read: Rc::default(),
        })
    }

    pub fn script(&self, script: impl FnMut(&HttpRequest) -> Answer + 'static) {
        *self.script.borrow_mut() = Box::new(script);
    }

    /// These answers one after the other, and the last of them for ever.
    pub fn play(&self, answers: Vec<fn() -> Answer>) {
        let mut next = 0;
        self.script(move |_| {
            let answer = answers[next.min(answers.len() - 1)]();
            next += 1;
            answer
        });
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    pub fn under_way(&self) -> usize {
        self.under_way.get()
    }

    /// The most requests that were ever under way at the same time.
    pub fn most_at_a_time(&self) -> usize {
        self.most.get()
    }

    pub fn chunks_read(&self) -> usize {
        self.chunks_read.get()
    }

    pub fn fetch(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpReply, FetchFailure>> {
        let answer = (self.script.borrow_mut())(&request);
        let url = answer.came_from.clone().unwrap_or_else(|| request.url.clone());
        self.sent.borrow_mut().push(Sent { at: self.clock.now(), request });
        self.under_way.set(self.under_way.get() + 1);
        self.most.set(self.most.get().max(self.under_way.get()));
        let under_way = UnderWay(self.under_way.clone());
        let wait = self.clock.sleep(answer.after);
        let read = self.chunks_read.clone();
        Box::pin(async move {
            wait.await;
            if let Some(failure) = answer.failure {
                return Err(failure);
            }
            let body = stream::iter(answer.chunks).inspect(move |_| {
                let _held = &under_way;
                read.set(read.get() + 1);
            });
            Ok(HttpReply { status: answer.status, headers: answer.headers, url, body: body.boxed_local() })
        })
    }
}
