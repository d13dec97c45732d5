//! Configuration values of the host and of the policy, through the composed filter.

use interpose_host::Grant;

use crate::network::{BESIDE, compose};
use crate::support::tools::run_component;

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
