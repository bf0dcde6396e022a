//! A map: values by name, in ascending order of name.
//!
//! The standard library's trees cost the wasm five kilobytes for each type of value, this next to nothing. A
//! name that is new moves what stands behind it: thousands are no matter, as long as the values are small.

use std::cmp::Ordering;
use std::ops::Index;

use crate::json::{Fields, Writer};

/// Values by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByName<T>(Vec<(String, T)>);

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByName<T> {
    /// Where a name is, or where it belongs.
    fn place(&self, name: &str) -> Result<usize, usize> {
        place(self.0.len(), &|at| &self.0[at].0, name)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.place(name).ok().map(|at| &self.0[at].1)
    }

    /// The value of a name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.place(name).ok().map(|at| &mut self.0[at].1)
    }

    /// Sets the value of a name.
    pub fn insert(&mut self, name: &str, value: T) {
        match self.place(name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (name.to_owned(), value)),
        }
    }

    /// Takes the value of a name away.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        self.place(name).ok().map(|at| self.0.remove(at).1)
    }

    /// The names, in ascending order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The values, in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Names and values from the first name on that is not less than `name`.
    pub fn from(&self, name: &str) -> impl Iterator<Item = (&str, &T)> {
        let (Ok(at) | Err(at)) = self.place(name);
        self.0[at..].iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl ByName<usize> {
    /// Counts one more of a name.
    pub fn count(&mut self, name: &str) {
        let count = self.get(name).copied().unwrap_or_default();
        self.insert(name, count + 1);
    }
}

/// Panics when there is no such name.
impl<T> Index<&str> for ByName<T> {
    type Output = T;

    fn index(&self, name: &str) -> &T {
        let (Ok(at) | Err(at)) = self.place(name);
        let (found, value) = &self.0[at];
        assert_eq!(found, name, "no such name");
        value
    }
}

impl Fields for ByName<usize> {
    fn fields(&self, out: &mut Writer) {
        for (name, count) in &self.0 {
            out.whole(name, *count as u64);
        }
    }
}

impl<T: Fields> Fields for ByName<T> {
    fn fields(&self, out: &mut Writer) {
        for (name, value) in &self.0 {
            out.object(name, value);
        }
    }
}

/// A binary search, there once for all types of values.
fn place<'a>(len: usize, name_at: &dyn Fn(usize) -> &'a str, name: &str) -> Result<usize, usize> {
    let (mut from, mut to) = (0, len);
    while from < to {
        let middle = usize::midpoint(from, to);
        match name_at(middle).cmp(name) {
            Ordering::Less => from = middle + 1,
            Ordering::Equal => return Ok(middle),
            Ordering::Greater => to = middle,
        }
    }
    Err(from)
}

#[cfg(test)]
mod tests {
    use super::ByName;
    use crate::json;

    #[test]
    fn keeps_one_value_a_name_in_order() {
        let mut counts = ByName::default();
        for name in ["b", "c", "a", "b"] {
            counts.count(name);
        }
        assert_eq!(counts.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((counts["b"], counts.get("d")), (2, None));
        assert_eq!(counts.from("aa").map(|(name, _)| name).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!((counts.remove("b"), counts.remove("b"), counts.len()), (Some(2), None, 2));
        assert_eq!(json::object(&counts), r#"{"a":1,"c":1}"#);
    }
}
