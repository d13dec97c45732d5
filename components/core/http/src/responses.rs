//! Answers by request, in the order of a policy.

use alloc::vec::Vec;

use crate::rules::Resolved;
use crate::{HttpMatcher, HttpRules, OutgoingRequest, Request, RequestRule};

/// The answers to requests. An answer is of any type.
#[derive(Clone, Debug)]
pub struct Responses<A> {
    responses: Vec<Response<A>>,
}

#[derive(Clone, Debug)]
struct Response<A> {
    requests: HttpMatcher,
    /// How many more requests it answers; `None` for any number.
    left: Option<u64>,
    answer: A,
}

impl<A> Default for Responses<A> {
    fn default() -> Self {
        Self {
            responses: Vec::new(),
        }
    }
}

impl<A> Responses<A> {
    /// Answers, each with the requests that it is for, and how many of them it answers at most.
    pub fn new(responses: impl IntoIterator<Item = (RequestRule, Option<u64>, A)>) -> Self {
        let responses = responses.into_iter();
        let response = |(rule, left, answer)| Response {
            requests: HttpMatcher::new(&HttpRules {
                allow: Vec::from([rule]),
                deny: Vec::new(),
            }),
            left,
            answer,
        };
        Self {
            responses: responses.map(response).collect(),
        }
    }

    /// The first answer that is for a request and has not yet answered as many as it may; the request counts. `None` if
    /// there is none, as for a request that has no canonical form.
    ///
    /// A request without a scheme is one for `https`, as on Wasmtime's host.
    pub fn answer(&mut self, request: &OutgoingRequest<'_>) -> Option<&A> {
        let request = Resolved::new(&Request {
            method: request.method,
            scheme: request.scheme.unwrap_or("https"),
            authority: request.authority?,
            path_with_query: request.path_with_query.unwrap_or_default(),
        })?;
        let response = self
            .responses
            .iter_mut()
            .find(|response| response.left != Some(0) && response.requests.means(&request))?;
        if let Some(left) = &mut response.left {
            *left -= 1;
        }
        Some(&response.answer)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;
    use crate::{Method, UrlRule};

    fn rule(methods: &[&str], url: &str) -> RequestRule {
        let methods = methods.iter().map(|method| Method::parse(method).unwrap());
        let methods: Vec<Method> = methods.collect();
        RequestRule {
            methods: (!methods.is_empty()).then_some(methods),
            url: UrlRule::parse(url).unwrap(),
        }
    }

    fn request<'a>(method: &'a str, authority: &'a str, path: &'a str) -> OutgoingRequest<'a> {
        OutgoingRequest {
            method,
            scheme: Some("http"),
            authority: Some(authority),
            path_with_query: Some(path),
        }
    }

    #[test]
    fn the_first_that_matches_answers() {
        let mut responses = Responses::new([
            (rule(&["POST"], "http://a/x"), None, 1),
            (rule(&[], "http://a/x"), None, 2),
            (rule(&[], "http://a/*"), None, 3),
        ]);
        let mut answer = |method, authority, path| {
            let answer = responses.answer(&request(method, authority, path));
            answer.copied()
        };
        assert_eq!(answer("POST", "a", "/x"), Some(1));
        assert_eq!(answer("GET", "A.:80", "/y/../x?q=1"), Some(2));
        assert_eq!(answer("GET", "a", "/y"), Some(3));
        assert_eq!(answer("GET", "a", ""), Some(3));
        assert_eq!(answer("GET", "b", "/x"), None);
        assert_eq!(answer("GET", "a:81", "/x"), None);
        assert_eq!(answer("GET", "user@a", "/x"), None);
        assert_eq!(answer("GET", "a", "/../x"), None);
    }

    #[test]
    fn one_that_has_answered_as_often_as_it_may_leaves_the_rest_to_later_ones() {
        let mut responses = Responses::new([
            (rule(&[], "http://a/*"), Some(2), 503),
            (rule(&[], "http://a/*"), Some(1), 200),
        ]);
        let mut answer = || responses.answer(&request("GET", "a", "/")).copied();
        let answers = [answer(), answer(), answer(), answer(), answer()];
        assert_eq!(answers, [Some(503), Some(503), Some(200), None, None]);
    }

    #[test]
    fn a_request_without_a_scheme_is_one_for_https() {
        let mut responses = Responses::new([
            (rule(&[], "http://a/*"), None, 1),
            (rule(&[], "https://a/*"), None, 2),
        ]);
        let mut asked = request("GET", "a", "/");
        asked.scheme = None;
        assert_eq!(responses.answer(&asked), Some(&2));
        asked.scheme = Some("ftp");
        assert_eq!(responses.answer(&asked), None);
        asked.authority = None;
        assert_eq!(responses.answer(&asked), None);
    }

    proptest! {
        #[test]
        fn answers_are_those_of_rules_one_by_one(
            limits in prop::collection::vec((0..3usize, prop::option::of(0..3u64)), 0..6),
            paths in prop::collection::vec(0..3usize, 0..12),
        ) {
            const RULES: [&str; 3] = ["http://a/x", "http://a/*", "http://a/y"];
            const PATHS: [&str; 3] = ["/x", "/y", "/z"];
            let rules = limits.iter().enumerate();
            let rules = rules.map(|(number, &(at, limit))| (rule(&[], RULES[at]), limit, number));
            let mut responses = Responses::new(rules);
            let mut used = vec![0u64; limits.len()];
            for path in paths {
                let matches = |at: usize| match at {
                    0 => path == 0,
                    1 => true,
                    _ => path == 1,
                };
                let expected = limits.iter().enumerate().position(|(number, &(at, limit))| {
                    matches(at) && limit.is_none_or(|limit| used[number] < limit)
                });
                if let Some(expected) = expected {
                    used[expected] += 1;
                }
                let answer = responses.answer(&request("GET", "a", PATHS[path]));
                prop_assert_eq!(answer.copied(), expected);
            }
        }
    }
}
