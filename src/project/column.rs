//! A column: the tasks of one status, and the positions that put one at its place among them.
//!
//! A column goes by position, what has none comes behind all that have, and equals go by id. Positions are numbers that
//! people read in their files: 1000, 2000, 3000, and between two of them the roundest number near their middle (1500, then
//! 1200, …), with decimals only where there is no whole one left. As long as there is room, one file changes. Where there is
//! none, because neighbours have no position or the same one, the fewest others get a new one.

use super::Project;
use crate::name::TaskId;
use crate::task::Task;
use std::sync::Arc;

/// Between two positions where nothing else is said: an insertion by halves takes ten steps to use that up.
const STEP: f64 = 1_000.0;
/// Decimals of a position. One more and it would be easier to give its neighbours others.
const DECIMALS_MAX: i32 = 6;
/// Up to here every whole number is exact, and a front matter keeps it a number: 2^53.
const POSITION_MAX: f64 = 9_007_199_254_740_992.0;
/// The largest power of ten below that.
const EXPONENT_MAX: i32 = 15;

/// Where a task is to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// The status of its column; its own without one.
    pub status: Option<String>,
    /// The task of that column before which it comes, …
    pub before: Option<TaskId>,
    /// … and the one behind which it comes. Without either it goes where its position puts it.
    pub after: Option<TaskId>,
}

/// How a task gets to its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which of the others get a position first, by their index. After each of these steps they are in the order in which
    /// they were before.
    pub others: Vec<(usize, f64)>,
    /// The position of the task itself.
    pub own: f64,
}

impl Project {
    /// The tasks of a status in their order.
    #[must_use]
    pub fn column(&self, status: &str) -> Vec<&Arc<Task>> {
        let mut column: Vec<_> = self.tasks().filter(|task| task.status == status).collect();
        // Those without a position, and equals, stay in the order of their ids.
        column.sort_by(|a, b| place(a.position).total_cmp(&place(b.position)));
        column
    }
}

/// The position by which a task is sorted; zero has but one place.
fn place(position: Option<f64>) -> f64 {
    position.map_or(f64::INFINITY, |position| position + 0.0)
}

/// Plans how a task gets before the one of this index in a column that holds the others. None when more than `n_max` of them
/// would need another position.
#[must_use]
pub fn plan(column: &[Option<f64>], at: usize, n_max: usize) -> Option<Plan> {
    let n_placed = column
        .iter()
        .take_while(|position| position.is_some())
        .count();
    let end_max = n_placed.max(at);
    // Those before the place need a position, if the task is to have one.
    let n_needed = at.saturating_sub(n_placed);
    for n in n_needed..=n_max.min(end_max) {
        let starts = at.saturating_sub(n)..=at.min(n_placed);
        let windows = starts.filter(|start| (at..=end_max).contains(&(start + n)));
        let filled = windows.filter_map(|start| {
            let low = start.checked_sub(1).and_then(|before| column[before]);
            let high = column.get(start + n).copied().flatten();
            Some((start, spread(low, high, n + 1)?))
        });
        // Of several, the one that leaves the most room.
        if let Some((start, spread)) = filled.max_by_key(|(_, spread)| spread.exponent) {
            return Some(steps(column, start, at, spread.numbers));
        }
    }
    None
}

/// Whoever moves up goes before those below him, whoever moves down before those above: so nobody passes anybody.
fn steps(column: &[Option<f64>], start: usize, at: usize, mut numbers: Vec<f64>) -> Plan {
    let own = numbers.remove(at - start);
    let moved = (start..).zip(numbers).map(|(index, number)| {
        let before = place(column[index]);
        (index, number, number.total_cmp(&before))
    });
    let (up, down): (Vec<_>, Vec<_>) = moved
        .filter(|(_, _, direction)| direction.is_ne())
        .partition(|(_, _, direction)| direction.is_gt());
    let others = up.into_iter().rev().chain(down);
    Plan {
        others: others.map(|(index, number, _)| (index, number)).collect(),
        own,
    }
}

/// Numbers in ascending order.
struct Spread {
    numbers: Vec<f64>,
    /// Of the power of ten of which they are multiples.
    exponent: i32,
}

/// So many numbers between two, as round as can be and evenly apart. None where there are not so many.
fn spread(low: Option<f64>, high: Option<f64>, n: usize) -> Option<Spread> {
    let (first, n_steps) = match (low, high) {
        (Some(low), Some(high)) => return between(low, high, n),
        (None, None) => (1.0, 0.0),
        (Some(low), None) => ((low / STEP).floor() + 1.0, 0.0),
        (None, Some(high)) => ((high / STEP).ceil() - 1.0, as_number(n) - 1.0),
    };
    let numbers: Vec<_> = (0..n)
        .map(|index| (first - n_steps + as_number(index)) * STEP)
        .collect();
    let is_exact = numbers.iter().all(|number| number.abs() <= POSITION_MAX);
    let is_apart = low
        .zip(numbers.first())
        .is_none_or(|(low, first)| low < *first)
        && high
            .zip(numbers.last())
            .is_none_or(|(high, last)| *last < high);
    (is_exact && is_apart).then_some(Spread {
        numbers,
        exponent: EXPONENT_MAX + 1,
    })
}

fn between(low: f64, high: f64, n: usize) -> Option<Spread> {
    (-DECIMALS_MAX..=EXPONENT_MAX).rev().find_map(|exponent| {
        let number = |index: f64| scaled(index, exponent);
        let mut first = scaled(low, -exponent).floor() + 1.0;
        let mut last = scaled(high, -exponent).ceil() - 1.0;
        if first.abs().max(last.abs()) > POSITION_MAX {
            return None;
        }
        // A quotient may have been rounded to one that it is not.
        first += if number(first) <= low { 1.0 } else { 0.0 };
        last -= if number(last) >= high { 1.0 } else { 0.0 };
        let n_there = last - first + 1.0;
        let gap = (n_there + 1.0) / (as_number(n) + 1.0);
        let at = |index: usize| number(first - 1.0 + (as_number(index) * gap).floor());
        (gap >= 1.0).then(|| Spread {
            numbers: (1..=n).map(at).collect(),
            exponent,
        })
    })
}

/// `number` times ten to the power of `exponent`: a decimal is divided, so that it is the number that its digits say.
fn scaled(number: f64, exponent: i32) -> f64 {
    if exponent < 0 {
        number / 10_f64.powi(-exponent)
    } else {
        number * 10_f64.powi(exponent)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a column has fewer tasks than 2^53"
)]
fn as_number(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
