//! What resources are found to stand for.

mod support;

use std::sync::Arc;

use interpose_calls::{Event, Value};
use interpose_trace::Labels;
use support::{call, case, kind, ok, reading, resource, table, text};

#[test]
fn files_have_their_paths() {
    let table = table();
    let mut labels = Labels::new(Arc::clone(&table));
    let descriptor = kind(&table, "descriptor");
    for event in reading(&table) {
        if let Event::Drop { identity, .. } = event {
            assert_eq!(labels.label(descriptor, identity), Some("/data/a.txt"));
        }
        labels.observe(&event);
    }
    assert_eq!(labels.label(descriptor, 1), Some("/data"));
    assert_eq!(labels.label(descriptor, 2), None, "it was dropped");
    assert_eq!(
        labels.label(kind(&table, "input-stream"), 1),
        Some("/data/a.txt")
    );
    assert_eq!(
        labels.label(kind(&table, "output-stream"), 1),
        Some("stdout")
    );
    // The same for another instance, which has resources of its own.
    assert_eq!(labels.for_another().label(descriptor, 1), None);
}

#[test]
fn sockets_have_addresses() {
    let table = table();
    let mut labels = Labels::new(Arc::clone(&table));
    let number = |number| Value::Unsigned(number);
    let v4 = Value::Record([10, 0, 0, 1].map(number).to_vec());
    let v4 = case(0, Some(Value::Record(vec![number(443), v4])));
    let v6 = Value::Record([0, 0, 0, 0, 0, 0, 0, 1].map(number).to_vec());
    let v6 = Value::Record(vec![number(80), number(0), v6, number(0)]);
    let socket = kind(&table, "tcp-socket");
    let mut connect = |identity, address, result| {
        let arguments = [resource(identity), resource(1), address];
        for event in call(&table, "start-connect", &arguments, Some(result)) {
            labels.observe(&event);
        }
    };
    connect(1, v4.clone(), case(0, None));
    connect(2, case(1, Some(v6)), case(0, None));
    connect(3, v4, case(1, Some(case(0, None))));
    let streams = ok(Value::Record(vec![resource(7), resource(8)]));
    for event in call(&table, "finish-connect", &[resource(1)], Some(streams)) {
        labels.observe(&event);
    }
    for event in call(
        &table,
        "input-stream.subscribe",
        &[resource(7)],
        Some(resource(9)),
    ) {
        labels.observe(&event);
    }
    assert_eq!(labels.label(socket, 1), Some("10.0.0.1:443"));
    assert_eq!(labels.label(socket, 2), Some("[::1]:80"));
    assert_eq!(labels.label(socket, 3), None, "it was refused");
    for (name, identity) in [("input-stream", 7), ("output-stream", 8), ("pollable", 9)] {
        let label = labels.label(kind(&table, name), identity);
        assert_eq!(label, Some("10.0.0.1:443"), "{name}");
    }
}

#[test]
fn requests_have_urls_and_pass_them_on() {
    let table = table();
    let mut labels = Labels::new(Arc::clone(&table));
    let some = |value: &str| case(1, Some(text(value)));
    let done = || Some(case(0, None));
    let mut events = Vec::new();
    events.extend(call(
        &table,
        "[constructor]outgoing-request",
        &[],
        Some(resource(4)),
    ));
    events.extend(call(
        &table,
        "set-method",
        &[resource(4), case(1, None)],
        done(),
    ));
    events.extend(call(
        &table,
        "set-authority",
        &[resource(4), some("example.com")],
        done(),
    ));
    events.extend(call(
        &table,
        "set-path-with-query",
        &[resource(4), some("/a?b")],
        done(),
    ));
    events.iter().for_each(|event| labels.observe(event));
    let request = kind(&table, "outgoing-request");
    let expected = "POST https://example.com/a?b";
    assert_eq!(labels.label(request, 4), Some(expected));
    let [called, returned] = call(&table, "handle", &[resource(4)], Some(ok(resource(5))));
    labels.observe(&called);
    assert_eq!(labels.label(request, 4), Some(expected));
    labels.observe(&returned);
    assert_eq!(labels.label(request, 4), None, "its ownership was passed");
    let got = case(1, Some(ok(ok(resource(6)))));
    let [called, returned] = call(
        &table,
        "future-incoming-response.get",
        &[resource(5)],
        Some(got),
    );
    labels.observe(&called);
    labels.observe(&returned);
    assert_eq!(
        labels.label(kind(&table, "incoming-response"), 6),
        Some(expected)
    );
}

#[test]
fn values_of_other_shapes_are_no_problem() {
    let table = table();
    let mut labels = Labels::new(Arc::clone(&table));
    let values = [
        Value::Bool(true),
        text(""),
        case(9, None),
        Value::Record(vec![]),
        support::list(&[Value::Unsigned(1)]),
        resource(1),
    ];
    for function in 0..=table.functions.len() as u32 {
        for value in &values {
            labels.observe(&Event::Call {
                function,
                arguments: vec![value.clone(); 3],
            });
            labels.observe(&Event::Return {
                function,
                result: Some(value.clone()),
            });
            labels.observe(&Event::Return {
                function,
                result: None,
            });
        }
    }
}
