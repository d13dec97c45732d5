//! Any text as a policy: it is read or answered with problems that lie in it and can be shown, and what can be printed
//! of what was read is read again as the same.
#![no_main]

use interpose_http::UrlRule;
use interpose_policy::Policy;
use interpose_policy::model::NetworkRules;
use interpose_rules::{DenyRule, HostPattern, NetworkMatcher, SocketRule};
use libfuzzer_sys::fuzz_target;
use miette::{GraphicalReportHandler, GraphicalTheme};

fuzz_target!(
    |source: &str| match Policy::parse("policy.toml", source, None) {
        Ok(policy) => {
            if let Some(network) = &policy.network {
                print_network(&network.rules);
                NetworkMatcher::new(&network.rules);
                for socket in &network.preopen {
                    let printed = socket.to_string();
                    assert_eq!(SocketRule::parse_preopen(&printed).as_ref(), Ok(socket));
                }
            }
            for rule in policy
                .http
                .iter()
                .flat_map(|http| http.rules.allow.iter().chain(&http.rules.deny))
            {
                assert_eq!(
                    UrlRule::parse(&rule.url.to_string()).as_ref(),
                    Ok(&rule.url)
                );
            }
        }
        Err(errors) => {
            assert!(!errors.problems.is_empty());
            let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none());
            for problem in errors.problems.iter().take(20) {
                let span = problem.span().expect("a problem of a text has a place");
                assert!(source.get(span).is_some());
                // Showing takes time that grows with the text.
                if source.len() < 500 {
                    handler
                        .render_report(&mut String::new(), problem)
                        .expect("a report is text");
                }
            }
        }
    }
);

fn print_network(network: &NetworkRules) {
    for rule in &network.connect {
        assert_eq!(
            SocketRule::parse_connect(&rule.to_string()).as_ref(),
            Ok(rule)
        );
    }
    for rule in &network.listen {
        assert_eq!(
            SocketRule::parse_listen(&rule.to_string()).as_ref(),
            Ok(rule)
        );
    }
    for pattern in &network.resolve {
        assert_eq!(
            HostPattern::parse(&pattern.to_string()).as_ref(),
            Ok(pattern)
        );
    }
    for rule in &network.deny {
        assert_eq!(DenyRule::parse(&rule.to_string()).as_ref(), Ok(rule));
    }
}
