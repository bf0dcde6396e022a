//! Several pieces of work at once.

use std::future::poll_fn;
use std::task::Poll;

use futures::future::LocalBoxFuture;

/// Waits until all of the work is done. Each piece puts its result where it wants it, so that this is in the wasm once;
/// `futures::join!` and `join_all` are there once for every type, kilobytes each.
///
/// A wake-up looks at every piece that is left: meant for tens of them, not for thousands.
pub(crate) async fn together(mut work: Vec<LocalBoxFuture<'_, ()>>) {
    poll_fn(move |context| {
        work.retain_mut(|piece| piece.as_mut().poll(context).is_pending());
        if work.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Waits until the work is done, or until the time is over; what is not done then is given up.
pub(crate) async fn in_time(mut work: LocalBoxFuture<'_, ()>, mut time: LocalBoxFuture<'_, ()>) {
    poll_fn(
        move |context| {
            if work.as_mut().poll(context).is_ready() { Poll::Ready(()) } else { time.as_mut().poll(context) }
        },
    )
    .await;
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use std::cell::RefCell;

    use futures::executor::block_on;
    use futures::future::{FutureExt, pending};
    use futures::{channel::oneshot, poll};

    use super::{in_time, together};

    #[test]
    fn work_that_waits_for_other_work_is_done_with_it() {
        let said = RefCell::new(Vec::new());
        let (send, receive) = oneshot::channel();
        block_on(together(vec![
            async {
                let word = receive.await.unwrap_or("nothing");
                said.borrow_mut().push(word);
            }
            .boxed_local(),
            async {
                said.borrow_mut().push("first");
                send.send("second").ok();
            }
            .boxed_local(),
        ]));
        assert_eq!(said.into_inner(), ["first", "second"]);
    }

    #[test]
    fn work_has_its_time_and_no_more() {
        let mut done = false;
        block_on(in_time(async { done = true }.boxed_local(), pending().boxed_local()));
        assert!(done);
        block_on(in_time(pending().boxed_local(), async {}.boxed_local()));
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        block_on(together(Vec::new()));
    }

    #[test]
    fn one_piece_that_never_ends_keeps_all_waiting() {
        block_on(async {
            let mut all = Box::pin(together(vec![async {}.boxed_local(), pending().boxed_local()]));
            assert!(poll!(all.as_mut()).is_pending());
            assert!(poll!(all.as_mut()).is_pending());
        });
    }
}
