//! The store in IndexedDB: one object store whose keys are `table/key`, so that a new table needs no new version.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use idb::{Database, DatabaseEvent, Factory, KeyRange, ObjectStoreParams, Query, TransactionMode, TransactionResult};
use wasm_bindgen::JsValue;

use crate::error::{Error, ErrorCode, Result};
use crate::host::{Batch, Store};

const NAME: &str = "cloud-agents";
const VERSION: u32 = 1;
const ENTRIES: &str = "entries";

type Opening = Shared<LocalBoxFuture<'static, Result<Rc<Database>>>>;

/// IndexedDB, opened when it is first needed and once.
pub(super) struct IndexedDb {
    factory: Rc<Factory>,
    opening: Rc<RefCell<Option<Opening>>>,
}

impl IndexedDb {
    /// # Errors
    /// `unsupported` where there is no IndexedDB, as in Node.
    pub(super) fn new() -> Result<Self> {
        if super::host::global("indexedDB").is_none() {
            return Err(Error::new(ErrorCode::Unsupported, "There is no IndexedDB here.")
                .with_hint("Use the store \"memory\", or bring a store of your own."));
        }
        let factory = Factory::new().map_err(|problem| failed(&problem))?;
        Ok(Self { factory: Rc::new(factory), opening: Rc::default() })
    }

    fn database(&self) -> impl Future<Output = Result<Rc<Database>>> + 'static {
        let opening =
            self.opening.borrow_mut().get_or_insert_with(|| open(self.factory.clone()).boxed_local().shared()).clone();
        let cell = self.opening.clone();
        async move {
            let opened = opening.await;
            if opened.is_err() {
                // The next call tries again: the person may have allowed it meanwhile.
                cell.borrow_mut().take();
            }
            opened
        }
    }
}

async fn open(factory: Rc<Factory>) -> Result<Rc<Database>> {
    let mut request = factory.open(NAME, Some(VERSION)).map_err(|problem| failed(&problem))?;
    request.on_upgrade_needed(|event| {
        // A failure here aborts the upgrade, and the request below fails with the reason.
        if let Ok(database) = event.database() {
            let _ = database.create_object_store(ENTRIES, ObjectStoreParams::new());
        }
    });
    let mut database = request.await.map_err(|problem| failed(&problem))?;
    // A newer version of the page waits in another tab: let it upgrade.
    database.on_version_change(|event| {
        if let Ok(database) = event.database() {
            database.close();
        }
    });
    Ok(Rc::new(database))
}

impl Store for IndexedDb {
    fn get(&self, table: &'static str, key: &str) -> LocalBoxFuture<'static, Result<Option<String>>> {
        let (database, key) = (self.database(), full_key(table, key));
        async move {
            let database = database.await?;
            let found: std::result::Result<_, idb::Error> = async {
                let transaction = database.transaction(&[ENTRIES], TransactionMode::ReadOnly)?;
                transaction.object_store(ENTRIES)?.get(Query::Key(key))?.await
            }
            .await;
            Ok(found.map_err(|problem| failed(&problem))?.and_then(|value| value.as_string()))
        }
        .boxed_local()
    }

    fn scan(&self, table: &'static str) -> LocalBoxFuture<'static, Result<Vec<(String, String)>>> {
        let database = self.database();
        async move {
            let database = database.await?;
            let prefix = format!("{table}/");
            let found: std::result::Result<_, idb::Error> = async {
                let transaction = database.transaction(&[ENTRIES], TransactionMode::ReadOnly)?;
                let store = transaction.object_store(ENTRIES)?;
                // "0" is the character after "/".
                let range = || KeyRange::bound(&prefix.as_str().into(), &format!("{table}0").into(), None, Some(true));
                let keys = store.get_all_keys(Some(Query::KeyRange(range()?)), None)?.await?;
                let values = store.get_all(Some(Query::KeyRange(range()?)), None)?.await?;
                Ok(keys.into_iter().zip(values))
            }
            .await;
            let pairs = found.map_err(|problem| failed(&problem))?;
            let pair = |(key, value): (JsValue, JsValue)| {
                Some((key.as_string()?.strip_prefix(&prefix)?.to_owned(), value.as_string()?))
            };
            Ok(pairs.filter_map(pair).collect())
        }
        .boxed_local()
    }

    fn commit(&self, batch: Batch) -> LocalBoxFuture<'static, Result<bool>> {
        let database = self.database();
        async move {
            let database = database.await?;
            let done: std::result::Result<bool, idb::Error> = async {
                let transaction = database.transaction(&[ENTRIES], TransactionMode::ReadWrite)?;
                let store = transaction.object_store(ENTRIES)?;
                for entry in &batch.expect {
                    let found = store.get(Query::Key(full_key(entry.table, &entry.key)))?.await?;
                    if found.and_then(|value| value.as_string()) != entry.value {
                        return Ok(false);
                    }
                }
                for entry in &batch.writes {
                    let key = full_key(entry.table, &entry.key);
                    match &entry.value {
                        Some(value) => drop(store.put(&value.as_str().into(), Some(&key))?),
                        None => drop(store.delete(Query::Key(key))?),
                    }
                }
                Ok(matches!(transaction.await?, TransactionResult::Committed))
            }
            .await;
            match done.map_err(|problem| failed(&problem))? {
                true => Ok(true),
                false if batch.expect.is_empty() => {
                    Err(Error::new(ErrorCode::Storage, "IndexedDB gave the writes up."))
                }
                false => Ok(false),
            }
        }
        .boxed_local()
    }
}

fn full_key(table: &str, key: &str) -> JsValue {
    format!("{table}/{key}").into()
}

fn failed(problem: &idb::Error) -> Error {
    Error::new(ErrorCode::Storage, format!("IndexedDB failed: {problem}."))
}
