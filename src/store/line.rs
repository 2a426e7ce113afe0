//! The line in which one waits for a project's turn.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lets one in at a time. Whoever goes and comes again at once, as a batch does, stands behind one who waits: a bare mutex
/// would give it to him again and again.
#[derive(Debug, Default)]
pub(super) struct Line {
    turn: Mutex<()>,
    /// Held by the first of those who wait.
    first: Mutex<()>,
}

impl Line {
    /// Waits for the turn, which ends with the guard.
    pub(super) fn wait(&self) -> MutexGuard<'_, ()> {
        let _first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
    use std::time::Duration;

    #[test]
    fn who_comes_again_at_once_lets_others_in() {
        let line = Line::default();
        let (n_taken, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(SeqCst) {
                    let _turn = line.wait();
                    n_taken.fetch_add(1, SeqCst);
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            while n_taken.load(SeqCst) == 0 {
                std::thread::yield_now();
            }
            let before = n_taken.load(SeqCst);
            (0..50).for_each(|_| drop(line.wait()));
            let n_others = n_taken.load(SeqCst) - before;
            is_over.store(true, SeqCst);
            // One turn each time; more where the machine lets us wait before we stand in line.
            assert!(n_others <= 150, "{n_others} turns while we had 50");
        });
    }
}
