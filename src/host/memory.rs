//! Storage that lasts as long as the page.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::ready;

use futures::future::LocalBoxFuture;

use super::{Batch, Store};
use crate::error::Result;

/// A [`Store`] in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(RefCell<BTreeMap<(&'static str, String), String>>);

impl Store for MemoryStore {
    fn get(&self, table: &'static str, key: &str) -> LocalBoxFuture<'static, Result<Option<String>>> {
        Box::pin(ready(Ok(self.0.borrow().get(&(table, key.to_owned())).cloned())))
    }

    fn scan(&self, table: &'static str) -> LocalBoxFuture<'static, Result<Vec<(String, String)>>> {
        let entries = self.0.borrow();
        let rows = entries.iter().filter(|((name, _), _)| *name == table);
        Box::pin(ready(Ok(rows.map(|((_, key), value)| (key.clone(), value.clone())).collect())))
    }

    fn commit(&self, batch: Batch) -> LocalBoxFuture<'static, Result<bool>> {
        let mut entries = self.0.borrow_mut();
        let holds =
            batch.expect.iter().all(|entry| entries.get(&(entry.table, entry.key.clone())) == entry.value.as_ref());
        if holds {
            for entry in batch.writes {
                match entry.value {
                    Some(value) => entries.insert((entry.table, entry.key), value),
                    None => entries.remove(&(entry.table, entry.key)),
                };
            }
        }
        Box::pin(ready(Ok(holds)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, MemoryStore, Store};
    use crate::host::Entry;
    use futures::FutureExt;

    fn entry(key: &str, value: Option<&str>) -> Entry {
        Entry { table: "t", key: key.into(), value: value.map(Into::into) }
    }

    #[test]
    fn writes_all_or_nothing() {
        let store = MemoryStore::default();
        let commit = |expect, writes| store.commit(Batch { expect, writes }).now_or_never().unwrap().unwrap();
        assert!(commit(vec![entry("a", None)], vec![entry("a", Some("1")), entry("b", Some("2"))]));
        assert!(!commit(vec![entry("a", None)], vec![entry("b", None)]));
        let rows = store.scan("t").now_or_never().unwrap().unwrap();
        assert_eq!(rows, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
    }
}
