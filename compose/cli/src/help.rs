//! The end of each `--help`: examples and exit statuses.

use std::fmt::Write as _;

use crate::failure::{Kind, Statuses};

/// The heading of the options that override the policy.
pub const OVERRIDING: &str = "Overriding the policy";

/// The heading of the options that all commands have.
pub const COMMON: &str = "Options of every command";

/// The failures of a command that takes no policy and no component.
pub const WITHOUT_A_POLICY: &[Kind] = &[Kind::Machine, Kind::Input];

/// The failures of a command in which a policy can refuse a component.
pub const WITH_A_POLICY: &[Kind] = &[Kind::Machine, Kind::Input, Kind::Refused];

/// The end of the help for a command with these failures.
pub fn after(examples: &[&str], failures: &[Kind]) -> String {
    let success = ["0    success"];
    text(examples, &success, failures, Statuses::Small)
}

/// The end of the help for `policy diff`, which has a status for a difference.
pub fn after_diff(examples: &[&str]) -> String {
    let success = ["0    the policies come to the same", "1    they differ"];
    let failures = [Kind::Input, Kind::Machine];
    text(examples, &success, &failures, Statuses::BesideADifference)
}

/// The end of the help for `test`, which has a status for a run that failed.
pub fn after_test(examples: &[&str]) -> String {
    let success = ["0    all runs passed", "1    a run failed"];
    let failures = [Kind::Input, Kind::Refused, Kind::Machine];
    text(examples, &success, &failures, Statuses::BesideADifference)
}

/// The end of the help for `run`.
pub fn after_run(examples: &[&str]) -> String {
    let success = ["the application's, if it came to its end"];
    let failures = [
        Kind::Machine,
        Kind::Refused,
        Kind::Input,
        Kind::Trapped,
        Kind::Exceeded,
    ];
    text(examples, &success, &failures, Statuses::BesideAnApplication)
}

/// The end of the help for `learn`, which runs an application but has statuses of its own.
pub fn after_learn(examples: &[&str]) -> String {
    let success = ["0    the policy was written, whatever the application's exit status"];
    let failures = [Kind::Machine, Kind::Input, Kind::Refused, Kind::Trapped];
    text(examples, &success, &failures, Statuses::Small)
}

fn text(examples: &[&str], success: &[&str], failures: &[Kind], statuses: Statuses) -> String {
    let mut text = "Examples:".to_owned();
    for example in examples {
        let _ = write!(text, "\n  {example}");
    }
    text += "\n\nExit status:";
    for line in success {
        let _ = write!(text, "\n  {line}");
    }
    for kind in failures {
        let _ = write!(
            text,
            "\n  {:<3}  {}",
            kind.status(statuses),
            kind.sentence()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use crate::CommandLine;

    fn commands_below<'a>(command: &'a clap::Command, found: &mut Vec<&'a clap::Command>) {
        for command in command.get_subcommands() {
            if command.get_name() != "help" {
                found.push(command);
                commands_below(command, found);
            }
        }
    }

    #[test]
    fn every_command_has_examples_that_can_be_read() {
        let mut line = CommandLine::command();
        line.build();
        let mut commands = Vec::new();
        commands_below(&line, &mut commands);
        assert!(commands.len() > 10);
        for command in commands {
            let name = command.get_display_name().unwrap_or_default();
            let after = command.get_after_help().map(ToString::to_string);
            let after = after.unwrap_or_else(|| panic!("`{name}` has no examples"));
            assert!(after.contains("\nExit status:\n"), "{name}: {after}");
            let mut examples = 0;
            for example in after
                .lines()
                .filter_map(|line| line.strip_prefix("  interpose "))
            {
                let words = example.split_whitespace();
                let words = words.take_while(|word| !["|", ">"].contains(word));
                let words = std::iter::once("interpose").chain(words);
                if let Err(error) = CommandLine::try_parse_from(words) {
                    panic!("{name}: {example}: {error}");
                }
                examples += 1;
            }
            assert!(examples > 0, "{name}: {after}");
        }
    }
}
