//! Work of many equal parts, on all cores.

use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread::{available_parallelism, scope};

/// How many there are for us. To ask takes a few files of the system's, 30 microseconds.
static CORES: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, usize::from));

/// Does something with many items, in their order: on all cores, with at least so many items on each. To start a thread takes
/// some 20 microseconds, so what a core does should take ten times that.
pub fn on_all_cores<T: Sync, R: Send>(
    items: &[T],
    n_items_min: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let n_cores = if items.len() > n_items_min { *CORES } else { 1 };
    let n_items = items.len().div_ceil(n_cores).max(n_items_min).max(1);
    if items.len() <= n_items {
        return vec![work(items)];
    }
    scope(|scope| {
        let parts = items.chunks(n_items);
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| work(part))).collect();
        let done = threads.into_iter().map(|thread| thread.join());
        done.map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_in_its_order() {
        for n_items in [0, 1, 2, 7, 1000, 1001] {
            let items: Vec<usize> = (0..n_items).collect();
            for n_min in [0, 1, 3, 2000] {
                let parts = on_all_cores(&items, n_min, <[usize]>::to_vec);
                assert_eq!(parts.concat(), items);
                let is_whole = |part: &Vec<usize>| part.len() >= n_min;
                assert!(parts.iter().rev().skip(1).all(is_whole), "{parts:?}");
            }
        }
    }
}
