//! The same work on many things, over all cores.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads to use: as many as were asked for, and one for each core where 0 says that nobody asked.
pub(crate) fn threads(jobs: usize) -> usize {
    if jobs == 0 { std::thread::available_parallelism().map_or(1, NonZero::get) } else { jobs }
}

/// Does `work` on each item, on up to `threads` threads, taking items in order as threads come free.
///
/// The results are in the order of the items. Order the items by falling size, so that no large one comes last. Where the
/// system gives no more threads, those that there are do all of the work.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], threads: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<R>>> = Mutex::new(items.iter().map(|_| None).collect());
    let turn = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return };
            let result = work(item);
            if let Some(place) = lock(&results).get_mut(number) {
                *place = Some(result);
            }
        }
    };
    let threads = threads.clamp(1, items.len().max(1));
    if threads == 1 {
        turn();
    } else {
        std::thread::scope(|scope| {
            for _ in 1..threads {
                if std::thread::Builder::new().spawn_scoped(scope, turn).is_err() {
                    break;
                }
            }
            turn();
        });
    }
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_iter().flatten().collect()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_the_order() {
        let items: Vec<usize> = (0..100).collect();
        assert_eq!(super::map(&items, 4, |n| n * 2), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(super::map(&[] as &[u8], 4, |n| *n), Vec::<u8>::new());
    }
}
