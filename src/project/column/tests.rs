//! Every place in every column can be reached, and nobody else changes places.

use super::*;
use proptest::prelude::*;

fn planned(column: &[Option<f64>], at: usize) -> (Vec<(usize, f64)>, f64) {
    let plan = plan(column, at, column.len()).unwrap();
    (plan.others, plan.own)
}

#[test]
fn numbers_are_what_people_would_write() {
    let own = |column: &[f64], at| {
        let column: Vec<_> = column.iter().copied().map(Some).collect();
        let (others, own) = planned(&column, at);
        assert_eq!(others, []);
        own
    };
    assert_eq!(own(&[], 0), 1000.0);
    assert_eq!(own(&[1000.0], 1), 2000.0);
    assert_eq!(own(&[1000.0], 0), 0.0);
    assert_eq!(own(&[-300.5], 0), -1000.0);
    assert_eq!(own(&[1250.0], 1), 2000.0);
    for (low, high, middle) in [
        (1000.0, 2000.0, 1500.0),
        (1000.0, 3000.0, 2000.0),
        (1000.0, 1500.0, 1200.0),
        (1000.0, 1200.0, 1100.0),
        (1000.0, 1100.0, 1050.0),
        (1000.0, 1002.0, 1001.0),
        (1.0, 2.0, 1.5),
        (1.0, 1.5, 1.2),
        (0.1, 0.3, 0.2),
        (-1.0, 1.0, 0.0),
        (-2.0, -1.0, -1.5),
        (0.0, 9e15, 4e15),
        (
            9_007_199_254_740_990.0,
            POSITION_MAX,
            9_007_199_254_740_991.0,
        ),
    ] {
        assert_eq!(own(&[low, high], 1), middle, "{low} to {high}");
    }
}

#[test]
fn the_fewest_others_get_a_position() {
    let some = |numbers: &[f64]| numbers.iter().copied().map(Some).collect::<Vec<_>>();
    // To the top of a column without positions, and below its second.
    assert_eq!(planned(&[None, None, None], 0), (vec![], 1000.0));
    let below = planned(&[None, None, None], 2);
    assert_eq!(below, (vec![(0, 1000.0), (1, 2000.0)], 3000.0));
    let mixed = planned(&[Some(4.0), None, None], 2);
    assert_eq!(mixed, (vec![(1, 1000.0)], 2000.0));
    // Between equals: those above give way, for they are fewer. Then those below.
    let equals = some(&[1.0, 1.0, 1.0, 1.0, 2.0]);
    assert_eq!(planned(&equals, 1), (vec![(0, -1000.0)], 0.0));
    assert_eq!(planned(&equals, 3), (vec![(3, 1.6)], 1.3));
    // Nothing is left between two neighbours: one of them gives way, to where there is most room.
    let tight = some(&[1.0, 1.000_001, 500.0]);
    assert_eq!(planned(&tight, 1), (vec![(0, -1000.0)], 0.0));
    assert_eq!(plan(&tight, 1, 0), None);
    // Numbers that would not be exact are none.
    let highest = some(&[POSITION_MAX]);
    assert_eq!(planned(&highest, 1), (vec![(0, 1000.0)], 2000.0));
}

fn positions() -> impl Strategy<Value = Vec<Option<f64>>> {
    let number = prop_oneof![
        (-5..5_i32).prop_map(f64::from),
        (0..9_i32).prop_map(|n| f64::from(n) * STEP),
        (0..9_i32).prop_map(|n| 1000.0 + f64::from(n) / 1e6),
        (0..9_u64).prop_map(|n| f64::from_bits(1.5_f64.to_bits() + n)),
        -POSITION_MAX..POSITION_MAX,
        Just(POSITION_MAX),
    ];
    prop::collection::vec(prop::option::weighted(0.7, number), 0..12).prop_map(|mut column| {
        column.sort_by(|a, b| place(*a).total_cmp(&place(*b)));
        column
    })
}

proptest! {
    #[test]
    fn a_task_gets_to_its_place_and_nobody_else_changes_theirs(
        column in positions(), at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(column.len() + 1);
        let plan = plan(&column, at, usize::MAX).expect("there is always a place");
        let mut after = column.clone();
        for (index, number) in plan.others {
            prop_assert_ne!(after[index], Some(number), "a step for nothing");
            after[index] = Some(number);
            prop_assert!(after.iter().map(|p| place(*p)).is_sorted(), "{after:?}");
        }
        if let Some(before) = at.checked_sub(1) {
            prop_assert!(place(after[before]) < plan.own, "{after:?} {}", plan.own);
        }
        if at < after.len() {
            prop_assert!(plan.own < place(after[at]), "{after:?} {}", plan.own);
        }
        prop_assert!(plan.own.abs() <= POSITION_MAX);
    }

    /// What is between two numbers has the fewest digits that a number there can have.
    #[test]
    fn no_shorter_number_is_between(low in -9999..9999_i32, width in 1..5000_i32) {
        let (low, high) = (f64::from(low), f64::from(low + width));
        let own = plan(&[Some(low), Some(high)], 1, 0).unwrap().own;
        let exponent = (-1..4).rev().find(|e| (own / 10_f64.powi(*e)).fract() == 0.0).unwrap();
        let rounder = 10_f64.powi(exponent + 1);
        let next = ((low / rounder).floor() + 1.0) * rounder;
        prop_assert!(next >= high || exponent == 3, "{own} between {low} and {high}, and not {next}");
    }

    /// However often one puts tasks in the same place.
    #[test]
    fn a_place_is_never_full(below in any::<bool>()) {
        let mut column = vec![Some(1000.0), Some(2000.0)];
        let mut n_others = 0;
        for _ in 0..300 {
            let at = if below { column.len() - 1 } else { 1 };
            let plan = plan(&column, at, 500).unwrap();
            n_others += plan.others.len();
            for (index, number) in plan.others {
                column[index] = Some(number);
            }
            column.insert(at, Some(plan.own));
        }
        prop_assert!(n_others < 3 * column.len(), "{n_others}");
    }
}
