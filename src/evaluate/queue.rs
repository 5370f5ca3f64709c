//! Work spread over threads, results in order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// `work` of every item on up to `threads` threads, results in the order of the items.
///
/// Plain threads and not rayon's: a worker of a pool that waits inside a job may pick up another.
pub(super) fn on_threads<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while let Some(index) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&index| index < items.len())
                {
                    let result = work(&items[index]);
                    *results[index].lock().expect("no holder panics") = Some(result);
                }
            });
        }
    });
    results
        .into_iter()
        .map(|slot| {
            let result = slot.into_inner().expect("no holder panics");
            result.expect("every item is visited once")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items_whatever_finishes_first() {
        let items: Vec<u64> = (0..20).collect();
        let results = on_threads(&items, 4, |&item| {
            thread::sleep(Duration::from_millis(20 - item));
            item * item
        });
        assert_eq!(
            results,
            items.iter().map(|item| item * item).collect::<Vec<_>>()
        );
        assert!(on_threads(&[] as &[u64], 4, |&item| item).is_empty());
    }
}
