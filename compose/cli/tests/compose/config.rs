//! Configuration values of the host and of the policy, through the composed filter.

use interpose_host::{Grant, Offer};

use crate::network::{BESIDE, compose};
use crate::support::tools::{imports, run_component};

#[test]
fn values_are_those_that_are_set_or_inherited() {
    let values = [
        ("greeting", "hello"),
        ("feature.a", "1"),
        ("feature.b", "2"),
        ("secret", "of the host"),
    ];
    let run = |tables: &str| {
        let composition = compose("p2_config_values", tables);
        let names = ["program", "greeting", "feature.a", "secret", "new", "none"];
        let grant = Grant {
            arguments: names.map(str::to_owned).to_vec(),
            config: values
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            ..Grant::default()
        };
        let ran = run_component(&composition.component, grant);
        assert_eq!(ran.end, "exit 0", "{tables}: {ran:?}");
        let mut lines: Vec<String> = ran.stdout.lines().map(str::to_owned).collect();
        let all = lines.pop().expect("a line");
        let shown = lines
            .into_iter()
            .filter_map(|line| Some(line.split_once(": ")?.1.to_owned()))
            .collect::<Vec<String>>();
        (shown, all.matches("\", \"").count(), all)
    };
    for beside in BESIDE {
        let (shown, count, all) = run(&format!(
            "{beside}[config]\nset = {{ greeting = \"of the policy\", new = \"\" }}\ninherit = [\"feature.*\"]"
        ));
        let expected = [
            "Ok(Some(\"of the policy\"))",
            "Ok(Some(\"1\"))",
            "Ok(None)",
            "Ok(Some(\"\"))",
            "Ok(None)",
        ];
        assert_eq!(shown, expected, "{beside}");
        assert_eq!(count, 4, "{all}");
        assert!(!all.contains("of the host"), "{all}");

        let (shown, count, all) = run(&format!("{beside}[config]"));
        assert_eq!(shown, ["Ok(None)"; 5], "{beside}");
        assert_eq!(count, 0, "{all}");

        let (shown, count, all) = run(beside);
        assert_eq!(shown[2], "Ok(Some(\"of the host\"))", "{beside}");
        assert_eq!(count, values.len(), "{all}");
    }
}

/// A table decides about `store@0.2.0-draft` like about the release candidate; `runtime` is the host's if the policy
/// names it.
#[test]
fn drafts_are_decided_about_or_left_by_name() {
    let named = "[interfaces]\nallow = [\"wasi:config/runtime@0.2.0-draft\"]\n";
    for beside in BESIDE {
        let tables =
            format!("{beside}{named}[config]\nset = {{ new = \"set\" }}\ninherit = [\"greet*\"]");
        let composition = compose("p2_config_drafts", &tables);
        let imported = imports(&composition.component);
        let names: Vec<&str> = imported
            .iter()
            .filter(|name| name.starts_with("wasi:config/"))
            .map(String::as_str)
            .collect();
        assert_eq!(
            names,
            [
                "wasi:config/runtime@0.2.0-draft",
                "wasi:config/store@0.2.0-draft"
            ]
        );
        let value = |name: &str| (name.to_owned(), "of the host".to_owned());
        let offer = Offer {
            arguments: ["program", "greeting", "secret", "new"]
                .map(str::to_owned)
                .to_vec(),
            config: vec![value("greeting"), value("secret")],
            ..Offer::default()
        };
        let grant = Grant::of(&composition.plan, &offer);
        let ran = run_component(&composition.component, grant);
        assert_eq!(ran.end, "exit 0", "{tables}: {ran:?}");
        let lines: Vec<&str> = ran.stdout.lines().collect();
        let expected = [
            "store greeting: Ok(Some(\"of the host\"))",
            "runtime greeting: Ok(Some(\"of the host\"))",
            "store secret: Ok(None)",
            "runtime secret: Ok(Some(\"of the host\"))",
            "store new: Ok(Some(\"set\"))",
            "runtime new: Ok(None)",
            "store: Ok([(\"greeting\", \"of the host\"), (\"new\", \"set\")])",
            "runtime: Ok([(\"greeting\", \"of the host\"), (\"secret\", \"of the host\")])",
        ];
        assert_eq!(lines, expected, "{tables}");
    }
}
