//! Writes what servers answered as `[[http.responses]]` of a policy.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use interpose_http::{has_content, is_field_name, is_forbidden};
use interpose_policy::{duration_text, toml_list, toml_text};

use crate::answers::{Answer, Answers, End, Outcome};
use crate::uses::Request;

/// How long a text may be that is written into the policy. A longer body gets a file of its own.
const LONGEST_TEXT: usize = 4096;

/// A policy with the answers of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Responses {
    /// The policy, as a file.
    pub policy: String,
    /// The files beside it that are bodies: names and contents.
    pub files: Vec<(String, Vec<u8>)>,
    /// What a run gets otherwise than in the recorded one: sentences without a full stop.
    pub differences: Vec<String>,
}

/// Requests that get the same answer, one after the other.
struct Group<'a> {
    request: &'a Request,
    answer: &'a Answer,
    times: u64,
    /// Whether later requests get another answer.
    is_followed: bool,
}

impl Answers {
    /// A policy that extends `extends` and answers the requests of the run as they were answered, in the same order for
    /// each URL and method; the last answer stays. Files beside it begin with `stem`. `recorded` is the name of the
    /// application.
    pub fn to_responses(&self, recorded: &str, extends: &str, stem: &str) -> Responses {
        let mut responses = Responses::default();
        let recorded = recorded.replace(char::is_control, "\u{fffd}");
        responses.policy = format!(
            "# What servers answered to one run of {recorded}, as `interpose responses` wrote it down.\n\
             version = 1\nextends = {}\n",
            toml_text(extends)
        );
        for group in self.groups(&mut responses.differences) {
            let shown = format!("{} {}", group.request.method, group.request.url);
            match group.answer.end {
                End::Open if !group.answer.body.is_empty() => responses.differences.push(format!(
                    "the body of the answer to {shown} ends where the application stopped reading"
                )),
                End::Open | End::Whole => {}
                End::Broken => responses.differences.push(format!(
                    "the body of the answer to {shown} ends where reading it failed, without the error"
                )),
                End::Skipped => responses.differences.push(format!(
                    "the body of the answer to {shown} ends where the application skipped or copied it unread"
                )),
            }
            write(&group, stem, &mut responses);
        }
        responses
    }

    /// The answers, those that are equal and follow each other together: first all to one URL and method, and so on.
    fn groups<'a>(&'a self, differences: &mut Vec<String>) -> Vec<Group<'a>> {
        let mut answered: Vec<(&Request, &Answer)> = Vec::new();
        let mut order: Vec<&Request> = Vec::new();
        for exchange in &self.exchanges {
            let shown = &exchange.shown;
            match (&exchange.outcome, &exchange.request) {
                (Outcome::Unanswered, _) => {
                    differences.push(format!("{shown} had no answer when the run ended"));
                }
                (Outcome::Failed(error), _) => differences.push(format!(
                    "{shown} failed with {error}, which a rule of `[faults]` can repeat"
                )),
                (Outcome::Answered(_), None) => {
                    differences.push(format!("no rule can mean {shown}"));
                }
                (Outcome::Answered(answer), Some(_)) if !(200..600).contains(&answer.status) => {
                    let status = answer.status;
                    differences.push(format!("{shown} had the status {status}"));
                }
                (Outcome::Answered(answer), Some(request)) => {
                    answered.push((request, answer));
                    if !order.contains(&request) {
                        order.push(request);
                    }
                }
            }
        }
        self.note_queries(differences);
        let mut groups: Vec<Group<'a>> = Vec::new();
        for request in order {
            let own = answered.iter().filter(|(of, _)| *of == request);
            for (request, answer) in own {
                match groups.last_mut() {
                    Some(last) if last.request == *request && last.answer.says(answer) => {
                        last.times += 1;
                    }
                    Some(last) if last.request == *request => {
                        last.is_followed = true;
                        groups.push(Group::new(request, answer));
                    }
                    _ => groups.push(Group::new(request, answer)),
                }
            }
        }
        groups
    }

    /// Rules are not about queries.
    fn note_queries(&self, differences: &mut Vec<String>) {
        let mut told = BTreeSet::new();
        for exchange in &self.exchanges {
            let Some(request) = &exchange.request else {
                continue;
            };
            let mut others = self.exchanges.iter();
            let differs = others.any(|other| {
                other.request.as_ref() == Some(request) && other.shown != exchange.shown
            });
            if differs && told.insert(request) {
                differences.push(format!(
                    "requests for {} with different queries are answered in the recorded order",
                    request.url
                ));
            }
        }
    }
}

impl<'a> Group<'a> {
    fn new(request: &'a Request, answer: &'a Answer) -> Self {
        Self {
            request,
            answer,
            times: 1,
            is_followed: false,
        }
    }
}

impl Answer {
    /// Whether another answer is the same, however long it took.
    fn says(&self, other: &Self) -> bool {
        (self.status, &self.headers, &self.body, self.end)
            == (other.status, &other.headers, &other.body, other.end)
    }
}

/// Writes a response, and its body if that needs a file.
fn write(group: &Group<'_>, stem: &str, responses: &mut Responses) {
    let (request, answer) = (group.request, group.answer);
    let mut text = format!(
        "\n[[http.responses]]\nmethods = {}\nurl = {}\nstatus = {}\n",
        toml_list([toml_text(&request.method)].into_iter()),
        toml_text(&request.url),
        answer.status
    );
    for (name, values) in headers(answer, request, &mut responses.differences) {
        let value = match values.as_slice() {
            [value] => toml_text(value),
            values => toml_list(values.iter().map(toml_text)),
        };
        let _ = writeln!(text, "headers.{} = {value}", toml_text(&name));
    }
    match std::str::from_utf8(&answer.body) {
        _ if answer.body.is_empty() || !has_content(answer.status) => {}
        Ok(body) if body.len() <= LONGEST_TEXT => {
            let _ = writeln!(text, "body = {}", toml_text(body));
        }
        _ => {
            let name = format!("{stem}.{}.body", responses.files.len() + 1);
            let _ = writeln!(text, "file = {}", toml_text(&name));
            responses.files.push((name, answer.body.clone()));
        }
    }
    let latency = u64::try_from(answer.latency.as_micros()).unwrap_or(u64::MAX);
    if latency > 0 {
        let latency = duration_text(latency.saturating_mul(1000));
        let _ = writeln!(text, "latency = {}", toml_text(latency));
    }
    if group.is_followed {
        let _ = writeln!(text, "times = {}", group.times);
    }
    responses.policy += &text;
}

/// The headers that a response can have, each with its values. Those of the connection are the host's, and the length is
/// that of the body.
fn headers(
    answer: &Answer,
    request: &Request,
    differences: &mut Vec<String>,
) -> Vec<(String, Vec<String>)> {
    let mut headers: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in &answer.headers {
        if name == "content-length" {
            if request.method == "HEAD" && value != b"0" {
                let url = &request.url;
                differences.push(format!(
                    "the answer to HEAD {url} has the `content-length` 0"
                ));
            }
            continue;
        }
        if is_forbidden(name) {
            continue;
        }
        let is_plain = |byte: &u8| *byte == b'\t' || (b' '..=b'~').contains(byte);
        let value = std::str::from_utf8(value).ok();
        let value = value.filter(|value| value.bytes().all(|byte| is_plain(&byte)));
        let Some(value) = value.filter(|_| is_field_name(name)) else {
            differences.push(format!(
                "the answer to {} {} has no header `{name}`, whose value is not ASCII",
                request.method, request.url
            ));
            continue;
        };
        let value = value.trim().to_owned();
        match headers.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => headers.push((name.clone(), vec![value])),
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use interpose_policy::Policy;
    use interpose_policy::model::Contents;

    use super::*;
    use crate::answers::Exchange;

    fn answer(status: u16, body: &[u8]) -> Answer {
        Answer {
            latency: Duration::from_nanos(1_500_700),
            status,
            headers: vec![],
            body: body.to_vec(),
            end: End::Whole,
        }
    }

    fn exchange(method: &str, path: &str, outcome: Outcome) -> Exchange {
        let url = format!("https://a.example{path}");
        let own = path.split('?').next().unwrap_or_default();
        Exchange::new(
            format!("{method} {url}"),
            Some(Request {
                url: format!("https://a.example{own}"),
                method: method.into(),
            }),
            outcome,
        )
    }

    fn parse(responses: &Responses) -> Policy {
        Policy::parse("p", &responses.policy, Some(std::path::Path::new("/d")))
            .unwrap_or_else(|errors| panic!("{:#?}\n{}", errors.problems, responses.policy))
    }

    #[test]
    fn answers_are_in_the_order_of_each_url() {
        let busy = || Outcome::Answered(answer(503, b""));
        let fine = |text: &[u8]| Outcome::Answered(answer(200, text));
        let answers = Answers {
            exchanges: vec![
                exchange("POST", "/x", busy()),
                exchange("GET", "/y", fine(b"y")),
                exchange("POST", "/x", busy()),
                exchange("POST", "/x", Outcome::Failed("connection-refused".into())),
                exchange("POST", "/x", fine(b"done\n\"")),
                exchange("GET", "/z", Outcome::Unanswered),
            ],
        };
        let responses = answers.to_responses("app", "deterministic", "r");
        let policy = parse(&responses);
        let http = policy.http.expect("responses");
        let found: Vec<_> = http
            .responses
            .iter()
            .map(|response| {
                let Contents::Text(body) = &response.body else {
                    panic!("a text")
                };
                (
                    response.status,
                    response.times,
                    body.as_str(),
                    response.latency,
                )
            })
            .collect();
        let latency = 1_500_000;
        assert_eq!(
            found,
            [
                (503, Some(2), "", latency),
                (200, None, "done\n\"", latency),
                (200, None, "y", latency),
            ]
        );
        assert_eq!(
            responses.differences,
            [
                "POST https://a.example/x failed with connection-refused, which a rule of `[faults]` can repeat",
                "GET https://a.example/z had no answer when the run ended",
            ]
        );
        assert!(responses.files.is_empty());
    }

    #[test]
    fn what_no_text_can_be_gets_a_file() {
        let large = vec![b'x'; LONGEST_TEXT + 1];
        let answers = Answers {
            exchanges: vec![
                exchange("GET", "/a", Outcome::Answered(answer(200, &[0xff, 0]))),
                exchange("GET", "/b", Outcome::Answered(answer(200, &large))),
                exchange("GET", "/c", Outcome::Answered(answer(204, b""))),
            ],
        };
        let responses = answers.to_responses("a\nb", "./base.toml", "r");
        let files = [
            ("r.1.body".into(), vec![0xff, 0]),
            ("r.2.body".into(), large),
        ];
        assert_eq!(responses.files, files);
        assert!(responses.policy.contains("extends = \"./base.toml\"\n"));
        assert!(
            responses
                .policy
                .lines()
                .next()
                .is_some_and(|line| line.contains("a\u{fffd}b"))
        );
        assert!(responses.policy.contains("file = \"r.2.body\"\n"));
    }

    #[test]
    fn headers_are_those_that_a_response_can_have() {
        let mut own = answer(200, b"text");
        own.headers = [
            ("content-type", &b"text/plain"[..]),
            ("connection", b"close"),
            ("content-length", b"9"),
            ("set-cookie", b"a=1"),
            ("x", b"\xff"),
            ("set-cookie", b" b=2 "),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_vec()))
        .to_vec();
        let answers = Answers {
            exchanges: vec![exchange("GET", "/a", Outcome::Answered(own))],
        };
        let responses = answers.to_responses("app", "deny", "r");
        let policy = parse(&responses);
        let pairs = [
            ("content-type", "text/plain"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(policy.http.expect("responses").responses[0].headers, pairs);
        assert_eq!(
            responses.differences.len(),
            1,
            "{:?}",
            responses.differences
        );
    }

    #[test]
    fn what_differs_is_told() {
        let mut cut = answer(200, b"some");
        cut.end = End::Open;
        let mut skipped = answer(200, b"");
        skipped.end = End::Skipped;
        let answers = Answers {
            exchanges: vec![
                exchange("GET", "/a?q=1", Outcome::Answered(cut)),
                exchange("GET", "/a?q=2", Outcome::Answered(skipped)),
                exchange("GET", "/b", Outcome::Answered(answer(700, b""))),
            ],
        };
        let differences = answers.to_responses("app", "deny", "r").differences;
        assert_eq!(
            differences,
            [
                "GET https://a.example/b had the status 700",
                "requests for https://a.example/a with different queries are answered in the recorded order",
                "the body of the answer to GET https://a.example/a ends where the application stopped reading",
                "the body of the answer to GET https://a.example/a ends where the application skipped or copied it unread",
            ]
        );
    }
}
