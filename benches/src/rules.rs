//! Measures the time to ask rules, in the filters' cores compiled for this machine.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use anyhow::Result;
use interpose_http::{HttpMatcher, HttpRules, Request, RequestRule, UrlRule};
use interpose_rules::{HostName, NetworkMatcher, NetworkRules, Protocol, SocketRule};

use crate::table::{Table, Value};

/// The numbers of rules.
const COUNTS: [u32; 3] = [1, 100, 10_000];

/// The least time for which a question is repeated.
const LEAST: Duration = Duration::from_millis(20);

/// The time that one question takes: the median of several rounds.
fn time(rounds: usize, mut ask: impl FnMut() -> bool) -> f64 {
    let mut count = 1_u32;
    while repeat(count, &mut ask) < LEAST {
        count *= 2;
    }
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| repeat(count, &mut ask).as_nanos() as f64 / f64::from(count))
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn repeat(count: u32, ask: &mut impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        black_box(ask());
    }
    start.elapsed()
}

/// The address of the rule with this number; each rule has another one.
fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0a00_0000 + number * 3)
}

fn network(count: u32) -> Result<NetworkMatcher> {
    let mut rules = NetworkRules::default();
    for number in 0..count {
        let texts = [
            format!("tcp://{}:443", address(number)),
            format!("tcp://host-{number}.example.com:443"),
        ];
        for text in texts {
            rules.connect.push(SocketRule::parse_connect(&text)?);
        }
    }
    Ok(NetworkMatcher::new(&rules))
}

fn http(count: u32) -> Result<HttpMatcher> {
    let mut rules = HttpRules::default();
    for number in 0..count {
        rules.allow.push(RequestRule {
            methods: None,
            url: UrlRule::parse(&format!("https://host-{number}.example.com/v1/*"))?,
        });
    }
    Ok(HttpMatcher::new(&rules))
}

/// Asks matchers of different sizes the same questions.
///
/// # Errors
/// An error when a rule of this measurement is not valid.
pub fn measure(rounds: usize) -> Result<Table> {
    let mut table = Table::new(
        "One question to the rules, natively",
        &[
            "with so many rules, each about a host of its own; the rule that answers is in their middle",
            "name: an address that a lookup of an allowed name returned",
        ],
    );
    let mut matchers = Vec::new();
    for count in COUNTS {
        matchers.push((count, network(count)?, http(count)?));
    }
    let columns = ["1 rule", "100 rules", "10,000 rules"];
    let mut row = |name: &str, ask: &dyn Fn(u32, &NetworkMatcher, &HttpMatcher) -> bool| {
        let mut values = columns.map(|column| (column, Value::Nanoseconds(0.0)));
        for ((count, network, http), value) in matchers.iter().zip(&mut values) {
            value.1 = Value::Nanoseconds(time(rounds, || ask(count / 2, network, http)));
        }
        table.row(name, values);
    };
    let public = IpAddr::from([93, 184, 216, 34]);
    let connect = |matcher: &NetworkMatcher, address: IpAddr| {
        let verdict = matcher.connect(Protocol::Tcp, black_box(address), black_box(443));
        verdict.is_allowed()
    };
    row("connect, allowed", &|middle, network, _| {
        connect(network, address(middle).into())
    });
    row("connect, no rule", &|_, network, _| {
        connect(network, public)
    });
    // The names are prepared before the time is taken.
    for (title, allowed) in [("name, allowed", true), ("name, no rule", false)] {
        let names: Vec<HostName> = COUNTS
            .iter()
            .map(|count| HostName::parse(&host(count / 2, allowed)))
            .collect::<Result<_, _>>()?;
        row(title, &|middle, network, _| {
            let position = COUNTS.iter().position(|count| count / 2 == middle);
            let name = &names[position.unwrap_or_default()];
            let verdict = network.connect_named(black_box(name), Protocol::Tcp, public, 443);
            verdict.is_allowed()
        });
        let authorities = COUNTS.map(|count| host(count / 2, allowed));
        row(
            if allowed {
                "request, allowed"
            } else {
                "request, no rule"
            },
            &|middle, _, http| {
                let position = COUNTS.iter().position(|count| count / 2 == middle);
                let request = Request {
                    method: "GET",
                    scheme: "https",
                    authority: &authorities[position.unwrap_or_default()],
                    path_with_query: "/v1/items/17?full=1",
                };
                http.judge(black_box(&request)).is_allowed()
            },
        );
    }
    Ok(table)
}

fn host(number: u32, allowed: bool) -> String {
    let domain = if allowed {
        "example.com"
    } else {
        "example.org"
    };
    format!("host-{number}.{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questions_have_the_answers_that_they_are_called_after() {
        let (network, http) = (network(100).unwrap(), http(100).unwrap());
        let connect = |address: IpAddr| network.connect(Protocol::Tcp, address, 443).is_allowed();
        assert!(connect(address(50).into()) && !connect([93, 184, 216, 34].into()));
        for allowed in [true, false] {
            let host = host(50, allowed);
            let name = HostName::parse(&host).unwrap();
            let public = [93, 184, 216, 34].into();
            let verdict = network.connect_named(&name, Protocol::Tcp, public, 443);
            assert_eq!(verdict.is_allowed(), allowed);
            let request = Request {
                method: "GET",
                scheme: "https",
                authority: &host,
                path_with_query: "/v1/items/17?full=1",
            };
            assert_eq!(http.judge(&request).is_allowed(), allowed);
        }
    }
}
