//! What the formats show of a program.

mod support;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::sync::Arc;
use std::time::Duration;

use interpose_calls::{Event, Table, Value};
use interpose_trace::{Filter, Format, Functions, Json, Page, Summary, Text, Timed, Tracer};
use proptest::prelude::*;
use serde_json::Value as JsonValue;
use sha2::{Digest as _, Sha256};
use support::{call, case, position, reading, resource, table, text};

/// Shows events, one in each 1.5 ms.
fn show(
    table: &Arc<Table>,
    events: &[Event],
    filter: &str,
    source: Option<&str>,
    format: &mut impl Format,
) {
    let filter: Filter = filter.parse().expect("a filter");
    let functions = Arc::new(Functions::new(Arc::clone(table), &filter));
    let mut tracer = Tracer::new(functions, source.map(Arc::from));
    for (position, event) in events.iter().enumerate() {
        let timed = Timed {
            at: Duration::from_micros(1500 * position as u64),
            event: event.clone(),
        };
        tracer.observe(timed, format);
    }
    tracer.finish(Some("the application exited with status 1"), format);
}

/// A program that reads a file, and exits in a call.
fn program(table: &Table) -> Vec<Event> {
    let mut events = reading(table);
    let [exit, _] = call(table, "exit", &[case(1, None)], None);
    events.push(exit);
    events
}

#[test]
fn text_is_a_line_a_call() {
    let table = table();
    let mut text = Text::new();
    show(&table, &program(&table), "*", None, &mut text);
    let expected = r#"
   0.000000 filesystem preopens.get-directories() = [(descriptor#1 "/data", "/data")] <0.001500>
   0.003000 filesystem descriptor.open-at(descriptor#1 "/data", "./a.txt", {read}) = descriptor#2 "/data/a.txt" <0.001500>
   0.006000 filesystem descriptor.open-at(descriptor#1 "/data", "no\n", {read}) = err(no-entry) <0.001500>
   0.009000 filesystem descriptor.read-via-stream(descriptor#2 "/data/a.txt", 0) = input-stream#1 "/data/a.txt" <0.001500>
   0.012000 io input-stream.read(input-stream#1 "/data/a.txt", 4096) = b"hello\n\xff \"you\"" <0.001500>
   0.015000 filesystem descriptor.drop(descriptor#2 "/data/a.txt")
   0.016500 filesystem descriptor.open-at(descriptor#1 "/data", "../secret", {read}) = err(not-permitted) <0.001500>
   0.019500 cli stdout.get-stdout() = output-stream#1 stdout <0.001500>
   0.022500 io output-stream.write(output-stream#1 stdout, b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"… (100 bytes)) = ok <0.001500>
   0.025500 cli exit.exit(err) = ? <unfinished: the application exited with status 1>
"#;
    assert_eq!(text.take(), expected.trim_start_matches('\n'));
    show(
        &table,
        &program(&table),
        "filesystem.*,!*.drop,!*.open-at",
        Some("a\nb"),
        &mut text,
    );
    let shown = text.take();
    assert_eq!(shown.lines().count(), 2, "{shown}");
    assert!(
        shown.starts_with("[a\\nb]    0.000000 filesystem preopens."),
        "{shown}"
    );
}

#[test]
fn a_difference_from_a_recording_is_shown() {
    let table = table();
    let [expected, _] = call(&table, "get-directories", &[], None);
    let [came, _] = call(&table, "invoice.pay", &[resource(3)], None);
    let event = |expected: Option<Event>| Event::Differs {
        position: 0,
        expected: expected.map(Box::new),
        came: Box::new(came.clone()),
    };
    let mut text = Text::new();
    show(
        &table,
        &[event(Some(expected)), event(None)],
        "*",
        None,
        &mut text,
    );
    let expected = "   0.000000 the run differs from its recording: expected filesystem preopens.get-directories(), came acme:billing invoice.pay(invoice#3)\n   \
        0.001500 the run differs from its recording: expected the end, came acme:billing invoice.pay(invoice#3)\n";
    assert_eq!(text.take(), expected);
}

#[test]
fn a_summary_adds_up() {
    let table = table();
    let mut summary = Summary::new();
    show(&table, &program(&table), "*", None, &mut summary);
    let expected = "\
% time     seconds  usecs/call     calls    errors        bytes function
------ ----------- ----------- --------- --------- ------------ --------------------------------
 37.50    0.004500    1500.000         3         2           19 filesystem descriptor.open-at
 12.50    0.001500    1500.000         1                      0 cli stdout.get-stdout
 12.50    0.001500    1500.000         1                      0 filesystem descriptor.read-via-stream
 12.50    0.001500    1500.000         1                      5 filesystem preopens.get-directories
 12.50    0.001500    1500.000         1                     13 io input-stream.read
 12.50    0.001500    1500.000         1                    100 io output-stream.write
  0.00    0.000000       0.000         1                      0 cli exit.exit
  0.00    0.000000       0.000         1                      0 filesystem descriptor.drop
------ ----------- ----------- --------- --------- ------------ --------------------------------
100.00    0.012000    1200.000        10         2          137 total
";
    assert_eq!(summary.table(), expected);
}

fn validator() -> jsonschema::Validator {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/trace.schema.json");
    let schema = std::fs::read_to_string(file).expect("the schema");
    let schema: JsonValue = serde_json::from_str(&schema).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

/// The lines, each of which agrees with the schema.
fn valid(lines: &str) -> Vec<JsonValue> {
    let validator = validator();
    let lines = lines.lines().map(|line| {
        let value: JsonValue = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        if let Err(error) = validator.validate(&value) {
            panic!("{error}: {line}");
        }
        value
    });
    lines.collect()
}

#[test]
fn json_agrees_with_its_schema() {
    let table = table();
    let mut json = Json::new();
    let mut events = program(&table);
    let [came, _] = call(&table, "invoice.pay", &[resource(3)], None);
    events.push(Event::Differs {
        position: 0,
        expected: None,
        came: Box::new(came),
    });
    show(&table, &events, "*", Some("web"), &mut json);
    let lines = valid(&json.take());
    assert_eq!(lines.len(), 11);
    let open = &lines[1];
    assert_eq!(open["kind"], "call");
    assert_eq!(open["source"], "web");
    assert_eq!(open["at"], 3_000_000);
    assert_eq!(open["duration"], 1_500_000);
    assert_eq!(open["name"], "filesystem.descriptor.open-at");
    assert_eq!(open["interface"], "wasi:filesystem/types@0.2.6");
    assert_eq!(open["function"], "[method]descriptor.open-at");
    assert_eq!(open["arguments"]["path"], "./a.txt");
    assert_eq!(open["arguments"]["flags"], serde_json::json!(["read"]));
    let directory =
        serde_json::json!({ "resource": "descriptor", "identity": 1, "label": "/data" });
    assert_eq!(open["arguments"]["self"], directory);
    assert_eq!(open["result"]["ok"]["label"], "/data/a.txt");
    assert_eq!(lines[2]["outcome"], "error");
    assert_eq!(lines[2]["result"], serde_json::json!({ "err": "no-entry" }));
    assert_eq!(
        lines[4]["result"]["ok"]["bytes"],
        "68656c6c6f0aff2022796f7522"
    );
    assert_eq!(lines[5]["kind"], "drop");
    assert_eq!(lines[6]["outcome"], "denied");
    assert_eq!(lines[9]["kind"], "differs");
    assert_eq!(lines[10]["outcome"], "unfinished");
    // A line with something else does not agree.
    assert!(
        validator()
            .validate(&serde_json::json!({ "kind": "call", "at": 1 }))
            .is_err()
    );
    let mut other = lines[0].clone();
    other["unknown"] = 1.into();
    assert!(validator().validate(&other).is_err());
}

/// The data that a page has.
fn data(page: &str) -> JsonValue {
    let (_, data) = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .expect("data");
    let (data, _) = data.split_once("</script>").expect("an end");
    serde_json::from_str(data).expect("JSON")
}

#[test]
fn a_page_holds_the_calls_and_nothing_that_they_say_is_markup() {
    let table = table();
    let mut page = Page::new();
    let mut events = program(&table);
    let evil = "</script><script>alert(1)</script><!--{data}{script}";
    let open = [resource(1), text(evil), Value::Flags(vec![0])];
    events.extend(call(
        &table,
        "open-at",
        &open,
        Some(case(1, Some(case(1, None)))),
    ));
    show(&table, &events, "*", None, &mut page);
    let html = page.finish("evil </script><b> & app.wasm");
    let data = data(&html);
    assert_eq!(data["title"], "evil </script><b> & app.wasm");
    let calls = data["calls"].as_array().expect("calls");
    assert_eq!(calls.len(), 11);
    assert_eq!(calls[1][5], "descriptor#1 \"/data\", \"./a.txt\", {read}");
    assert_eq!(calls[1][6], "descriptor#2 \"/data/a.txt\"");
    assert_eq!(calls[6][4], 2, "it was denied");
    assert_eq!(
        data["functions"][1],
        serde_json::json!(["filesystem/types", "filesystem descriptor.open-at"])
    );
    assert_eq!(
        html.matches("</script>").count(),
        2,
        "the data's and the script's"
    );
    assert_eq!(html.matches("<script").count(), 2);
    assert!(!html.contains("<!--"));
    // Nothing is loaded from anywhere, and the browser is told so.
    for outside in ["http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn a_browser_runs_the_script_of_the_page_alone() {
    let html = Page::new().finish("");
    let between = |start: &str, end: &str| {
        let (_, rest) = html.split_once(start).expect(start);
        rest.split_once(end).expect(end).0.to_owned()
    };
    let style = BASE64_STANDARD.encode(Sha256::digest(between("<style>", "</style>")));
    let script =
        BASE64_STANDARD.encode(Sha256::digest(between("</script>\n<script>", "</script>")));
    let policy = format!(
        "content=\"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'\""
    );
    assert!(html.contains(&policy), "the page should have {policy}");
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error(text in "[a-z.*!, :/@\u{1b}ö-]{0,24}") {
        if let Ok(filter) = text.parse::<Filter>() {
            let names = ["io.poll.poll", "a:b.c"];
            let unmatched = filter.unmatched(&names);
            let patterns = text.split(',').count();
            prop_assert!(unmatched.len() <= patterns);
            // What is shown without a pattern is shown with it, or hidden by a pattern with `!`.
            let hides = text.contains('!');
            let only_hides = text.split(',').all(|part| part.trim().starts_with('!'));
            for name in names {
                let all = format!("{text},*").parse::<Filter>().expect("one more pattern");
                prop_assert_eq!(all.shows(name) || hides, true);
                if only_hides {
                    prop_assert_eq!(all.shows(name), filter.shows(name));
                }
                prop_assert!(!filter.shows(name) || all.shows(name));
                let none = format!("{text},!*").parse::<Filter>().expect("one more pattern");
                prop_assert!(!none.shows(name));
            }
        }
    }

    #[test]
    fn any_text_is_shown_safely(path in ".{0,80}", content in prop::collection::vec(any::<u8>(), 0..80), length in 0u64..200) {
        let table = table();
        let open = [resource(1), text(&path), Value::Flags(vec![1])];
        let mut events = call(&table, "open-at", &open, Some(support::ok(resource(2)))).to_vec();
        let via = [resource(2), Value::Unsigned(0)];
        events.extend(call(&table, "read-via-stream", &via, Some(support::ok(resource(1)))));
        let written = Value::Bytes { length: length.max(content.len() as u64), bytes: content };
        events.push(Event::Call {
            function: position(&table, "output-stream.write"),
            arguments: vec![resource(1), written],
        });
        let mut lines = Text::new();
        show(&table, &events, "*", Some(&path), &mut lines);
        let lines = lines.take();
        prop_assert_eq!(lines.matches('\n').count(), 3);
        let is_printable = |c: char| c == '\n' || interpose_stdio::is_printable(c);
        prop_assert!(lines.chars().all(is_printable));
        let mut json = Json::new();
        show(&table, &events, "*", Some(&path), &mut json);
        let json = json.take();
        prop_assert!(json.chars().all(is_printable));
        let json: Vec<JsonValue> = json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        prop_assert_eq!(json.len(), 3);
        prop_assert_eq!(&json[0]["arguments"]["path"], &JsonValue::from(path.as_str()));
        prop_assert_eq!(&json[1]["source"], &JsonValue::from(path.as_str()));
        let mut page = Page::new();
        show(&table, &events, "*", Some(&path), &mut page);
        let html = page.finish(&path);
        prop_assert_eq!(html.matches("</script>").count(), 2);
        prop_assert_eq!(&data(&html)["sources"][0], &JsonValue::from(path.as_str()));
    }
}
