//! What the protocols share: a client that sends requests politely, pages, limits and tokens that stay where they belong.

pub mod address;
mod client;
mod etags;
mod gate;
mod limits;
mod links;

pub use client::{Ask, Client, Reply, Traffic};
pub(crate) use gate::Gate;
pub use limits::Budget;
pub use links::next_page;
