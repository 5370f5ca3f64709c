//! Work spread over threads, results in order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::error::Result;

/// `work` of every item on up to `threads` threads, results in the order of the items. After an error none is begun any
/// more.
///
/// Plain threads and not rayon's: a worker of a pool that waits inside a job may pick up another.
pub(super) fn on_threads<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results: Vec<Mutex<Option<Result<R>>>> = items.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else {
                        break;
                    };
                    let result = work(item);
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    *results[index].lock().expect("no holder panics") = Some(result);
                }
            });
        }
    });
    // a slot is empty only where an error kept its item from being begun
    let results = results.into_iter();
    let results = results.filter_map(|slot| slot.into_inner().expect("no holder panics"));
    results.collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::Error;

    #[test]
    fn results_keep_the_order_of_the_items_whatever_finishes_first() {
        let items: Vec<u64> = (0..20).collect();
        let results = on_threads(&items, 4, |&item| {
            thread::sleep(Duration::from_millis(20 - item));
            Ok(item * item)
        });
        assert_eq!(
            results.unwrap(),
            items.iter().map(|item| item * item).collect::<Vec<_>>()
        );
        let nothing = on_threads(&[] as &[u64], 4, |&item| Ok(item)).unwrap();
        assert!(nothing.is_empty());
    }

    #[test]
    fn nothing_is_begun_after_an_error() {
        let begun = AtomicUsize::new(0);
        let results = on_threads(&[1, 2, 3, 4], 1, |&item| {
            begun.fetch_add(1, Ordering::Relaxed);
            if item == 2 {
                return Err(Error::usage("two", "take another"));
            }
            Ok(item)
        });
        assert!(results.unwrap_err().to_string().contains("two"));
        assert_eq!(begun.into_inner(), 2);
    }
}
