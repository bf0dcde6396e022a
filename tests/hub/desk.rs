//! A person's desk: a browser with tabs, and a cloud.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cloud_agents::error::Result;
use cloud_agents::hub::{Hub, RefreshOptions, RefreshReport, SessionChange, SessionFilter};
use cloud_agents::provider::StartRequest;
use cloud_agents::session::{Kind, Session};

use futures::future::RemoteHandle;

use crate::support::cloud::CloudProvider;
use crate::support::{Cloud, FailingStore, ScriptedHost, World};

pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A browser with one store, and a cloud called `work`.
pub struct Desk {
    pub world: World,
    pub disk: Rc<FailingStore>,
    pub cloud: Rc<Cloud>,
    tabs: std::cell::Cell<u64>,
}

/// One tab.
pub struct Tab {
    pub host: Rc<ScriptedHost>,
    pub hub: Rc<Hub>,
    pub heard: Rc<RefCell<Vec<SessionChange>>>,
}

impl Desk {
    pub fn new() -> Self {
        let world = World::new();
        let disk = FailingStore::new(world.clock.clone());
        let cloud = Cloud::new(world.clock.clone());
        Self { world, disk, cloud, tabs: std::cell::Cell::new(0) }
    }

    /// Opens a tab: the list of last time is there, and the cloud is connected.
    pub fn tab(&self) -> Tab {
        let tab = self.bare_tab();
        self.world.run(tab.hub.load()).unwrap();
        tab.connect("work", &self.cloud);
        tab
    }

    pub fn bare_tab(&self) -> Tab {
        self.tabs.set(self.tabs.get() + 1);
        let host = ScriptedHost::sharing(&self.world, self.disk.clone(), self.tabs.get());
        let hub = Rc::new(Hub::new(host.clone()));
        let heard = Rc::new(RefCell::new(Vec::new()));
        let ear = heard.clone();
        hub.listen(move |changes| ear.borrow_mut().extend_from_slice(changes));
        Tab { host, hub, heard }
    }

    pub fn refresh(&self, tab: &Tab) -> RefreshReport {
        self.world.run(tab.hub.refresh(&RefreshOptions::default()))
    }

    pub fn start(&self, tab: &Tab, prompt: &str) -> Session {
        Session::clone(&self.world.run(tab.hub.start(request(prompt))).unwrap())
    }

    /// A start that is under way while other things happen.
    pub fn starting(&self, tab: &Tab, prompt: &str) -> RemoteHandle<Result<Rc<Session>>> {
        let (hub, request) = (tab.hub.clone(), request(prompt));
        self.world.spawn(async move { hub.start(request).await })
    }

    /// The outbox as the store holds it.
    pub fn outbox(&self) -> Vec<(String, String)> {
        self.disk.table("outbox")
    }
}

impl Tab {
    pub fn connect(&self, id: &str, cloud: &Rc<Cloud>) {
        self.hub.connect_provider(id, id.to_owned(), Kind::Custom, CloudProvider::new(cloud.clone()));
    }

    pub fn rows(&self) -> Vec<Session> {
        self.hub.sessions(&SessionFilter::default()).rows(0, usize::MAX).iter().map(|row| Session::clone(row)).collect()
    }

    pub fn ids(&self) -> Vec<String> {
        self.rows().into_iter().map(|row| row.id).collect()
    }

    pub fn row(&self, id: &str) -> Session {
        let rows = self.rows();
        rows.into_iter().find(|row| row.id == id).unwrap_or_else(|| panic!("there is no row {id}"))
    }

    pub fn the_row(&self) -> Session {
        let rows = self.rows();
        assert_eq!(rows.len(), 1, "there should be one row: {rows:#?}");
        rows[0].clone()
    }
}

pub fn request(prompt: &str) -> StartRequest {
    StartRequest {
        provider: "work".into(),
        repository: "octo/demo".into(),
        prompt: prompt.into(),
        title: None,
        base_ref: None,
        head_ref: None,
        agent: None,
        model: None,
        create_pull_request: false,
        push: None,
    }
}

pub fn in_outbox(row: &Session) -> bool {
    row.facts.raw_status == "outbox"
}
