//! Which calls have which faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use interpose_calls::{Event, Function, Kind, Parameter, Table, Type, Value};
use interpose_faults::{
    Action, Begin, Condition, Decision, Happened, Injector, Plan, Rule, Site, Trigger, Verdict,
    shortened,
};
use proptest::prelude::*;

/// A table with functions of one number.
fn table(functions: usize) -> Arc<Table> {
    let number = Type {
        size: 8,
        alignment: 8,
        flat: 1,
        kind: Kind::Unsigned,
    };
    let function = |index| Function {
        interface: "test:test/test".into(),
        name: format!("f{index}"),
        parameters: vec![Parameter {
            name: "length".into(),
            ty: 0,
            offset: 0,
        }],
        result: None,
        arguments_in_memory: false,
        result_in_memory: false,
    };
    Arc::new(Table {
        functions: (0..functions).map(function).collect(),
        types: vec![number],
        resources: Vec::new(),
    })
}

fn rule(trigger: Trigger, limit: Option<u64>) -> Rule {
    Rule {
        condition: Condition::default(),
        trigger,
        limit,
    }
}

fn delay(rule: u32) -> Site {
    Site {
        rule,
        of: None,
        action: Action::Delay {
            least: 1,
            most: 1_000_000,
        },
    }
}

/// A plan in which each rule is about the functions of these positions.
fn plan(rules: Vec<(Rule, Vec<u32>)>) -> Plan {
    let mut sites: BTreeMap<u32, Vec<Site>> = BTreeMap::new();
    for (number, (_, functions)) in (0..).zip(&rules) {
        for function in functions {
            sites.entry(*function).or_default().push(delay(number));
        }
    }
    Plan {
        seed: 0,
        rules: rules.into_iter().map(|(rule, _)| rule).collect(),
        sites,
        ..Plan::default()
    }
}

/// The faults of these calls, each of which takes a nanosecond.
fn run(plan: &Plan, seed: u64, begin: &Begin, calls: &[u32]) -> Vec<Happened> {
    let mut injector = Injector::new(table(4), plan.clone(), seed, begin);
    let mut all = Vec::new();
    for (now, function) in (0..).zip(calls) {
        let call = Event::Call {
            function: *function,
            arguments: vec![Value::Unsigned(100)],
        };
        let (verdict, happened) = injector.call(&call, || Some(now));
        match (verdict, &happened) {
            (Verdict::Pass, None) => {}
            (Verdict::Delay(time), Some(happened)) => {
                assert_eq!(happened.decision.parameter, Some(time));
            }
            other => panic!("{other:?}"),
        }
        all.extend(happened);
        injector.observe(&Event::Return {
            function: *function,
            result: None,
        });
    }
    all
}

fn hit(plan: &Plan, calls: usize) -> Vec<u64> {
    let happened = run(plan, 7, &Begin::default(), &vec![0; calls]);
    happened.into_iter().map(|happened| happened.call).collect()
}

#[test]
fn triggers_choose_calls() {
    let of = |trigger, limit| plan(vec![(rule(trigger, limit), vec![0])]);
    assert_eq!(hit(&of(Trigger::Always, None), 4), [0, 1, 2, 3]);
    assert_eq!(hit(&of(Trigger::Always, Some(2)), 4), [0, 1]);
    assert_eq!(hit(&of(Trigger::Nth(2), None), 4), [2]);
    assert_eq!(hit(&of(Trigger::From(2), None), 4), [2, 3]);
    assert_eq!(hit(&of(Trigger::From(1), Some(1)), 4), [1]);
    assert_eq!(hit(&of(Trigger::After(3), None), 5), [3, 4]);
    assert_eq!(hit(&of(Trigger::Probability(1.0), None), 3), [0, 1, 2]);
    assert!(hit(&of(Trigger::Probability(0.0), None), 1000).is_empty());
    let half = hit(&of(Trigger::Probability(0.5), None), 1000).len();
    assert!((400..600).contains(&half), "{half}");
    let few = hit(&of(Trigger::Probability(0.01), None), 10_000).len();
    assert!((50..200).contains(&few), "{few}");
}

#[test]
fn the_first_rule_decides_and_the_next_ones_do_not_see_the_call() {
    let plan = plan(vec![
        (rule(Trigger::Nth(1), None), vec![0, 1]),
        (rule(Trigger::Nth(0), None), vec![0, 2]),
    ]);
    let happened = run(&plan, 7, &Begin::default(), &[0, 2, 1, 2]);
    let hits: Vec<(u32, u64)> = happened
        .iter()
        .map(|happened| (happened.decision.rule, happened.call))
        .collect();
    assert_eq!(hits, [(1, 1), (0, 2)]);
}

#[test]
fn the_power_is_lost_before_a_call() {
    let begin = Begin {
        crash: Some(1),
        ..Begin::default()
    };
    let mut injector = Injector::new(table(1), Plan::default(), 7, &begin);
    let call = Event::Call {
        function: 0,
        arguments: vec![Value::Unsigned(1)],
    };
    assert_eq!(injector.call(&call, || None), (Verdict::Pass, None));
    assert!(matches!(
        injector.call(&call, || None),
        (Verdict::Crash(_), None)
    ));
}

#[test]
fn what_is_short_is_smaller_but_not_nothing() {
    for number in [0, 1] {
        assert_eq!(shortened(number, u64::MAX), number);
    }
    let mut few = 0;
    for by in (0..1000u64).map(|step| step.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
        let short = shortened(1 << 20, by);
        assert!((1..1 << 20).contains(&short));
        few += usize::from(short < 1000);
        assert_eq!(shortened(2, by), 1);
        assert!((1..u64::MAX).contains(&shortened(u64::MAX, by)));
    }
    assert!((300..700).contains(&few), "{few}");
}

#[test]
fn damaged_plans_are_refused() {
    let plan = plan(vec![(rule(Trigger::Always, None), vec![0])]);
    let encoded = plan.encode();
    assert_eq!(Plan::decode(&encoded), Some(plan));
    for end in 0..encoded.len() {
        assert_eq!(Plan::decode(&encoded[..end]), None);
    }
}

fn triggers() -> impl Strategy<Value = Trigger> {
    prop_oneof![
        Just(Trigger::Always),
        (0.0..1.0).prop_map(Trigger::Probability),
        (0..20u64).prop_map(Trigger::Nth),
        (0..20u64).prop_map(Trigger::From),
        (0..40u64).prop_map(Trigger::After),
    ]
}

fn rules() -> impl Strategy<Value = Vec<(Rule, Vec<u32>)>> {
    let functions = proptest::collection::vec(0..4u32, 1..3);
    let limit = proptest::option::of(1..10u64);
    let rule = (triggers(), limit, functions)
        .prop_map(|(trigger, limit, functions)| (rule(trigger, limit), functions));
    proptest::collection::vec(rule, 1..4)
}

proptest! {
    /// A run in which the same is decided has the same faults, whatever its seed. With some of them taken away, the others
    /// stay as they were.
    #[test]
    fn decisions_can_be_replayed_and_taken_away(
        rules in rules(),
        calls in proptest::collection::vec(0..4u32, 0..60),
        seed in any::<u64>(),
        kept in any::<u64>(),
    ) {
        let plan = plan(rules);
        let first = run(&plan, seed, &Begin::default(), &calls);
        prop_assert_eq!(&run(&plan, seed, &Begin::default(), &calls), &first);
        let decided: Vec<Happened> = first
            .into_iter()
            .enumerate()
            .filter(|(number, _)| kept >> (number % 64) & 1 == 1)
            .map(|(_, happened)| happened)
            .collect();
        let decisions: Vec<Decision> = decided
            .iter()
            .map(|happened| happened.decision.clone())
            .collect();
        let begin = Begin { decisions: Some(decisions), ..Begin::default() };
        prop_assert_eq!(Begin::decode(&begin.encode()), Some(begin.clone()));
        prop_assert_eq!(run(&plan, seed ^ 1, &begin, &calls), decided);
    }
}
