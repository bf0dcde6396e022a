//! Storage that lasts as long as the page.

use std::cell::RefCell;
use std::future::ready;

use futures::future::LocalBoxFuture;

use super::{Batch, Store};
use crate::by_name::ByName;
use crate::error::Result;

/// A [`Store`] in memory: values by `table/key`.
#[derive(Debug, Default)]
pub struct MemoryStore(RefCell<ByName<String>>);

impl Store for MemoryStore {
    fn get(&self, table: &'static str, key: &str) -> LocalBoxFuture<'static, Result<Option<String>>> {
        Box::pin(ready(Ok(self.0.borrow().get(&full_key(table, key)).cloned())))
    }

    fn scan(&self, table: &'static str) -> LocalBoxFuture<'static, Result<Vec<(String, String)>>> {
        let entries = self.0.borrow();
        let prefix = full_key(table, "");
        let rows = entries.from(&prefix).map_while(|(key, value)| Some((key.strip_prefix(&prefix)?, value)));
        Box::pin(ready(Ok(rows.map(|(key, value)| (key.to_owned(), value.clone())).collect())))
    }

    fn commit(&self, batch: Batch) -> LocalBoxFuture<'static, Result<bool>> {
        let mut entries = self.0.borrow_mut();
        let holds =
            batch.expect.iter().all(|entry| entries.get(&full_key(entry.table, &entry.key)) == entry.value.as_ref());
        if holds {
            for entry in batch.writes {
                let key = full_key(entry.table, &entry.key);
                match entry.value {
                    Some(value) => entries.insert(&key, value),
                    None => drop(entries.remove(&key)),
                }
            }
        }
        Box::pin(ready(Ok(holds)))
    }
}

fn full_key(table: &str, key: &str) -> String {
    [table, "/", key].concat()
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
