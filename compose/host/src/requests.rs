//! Restricts the HTTP requests that the host makes: the host enforces the policy's rules a second time, when a request
//! leaves.

use std::future::Future;
use std::sync::Arc;

use http::Request;
use interpose_http::{HttpMatcher, OutgoingRequest};
use interpose_policy::model;
use interpose_settings::HeaderRules;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use wasi_interpose::plan::header_rules;

/// A component's access to HTTP servers through the host.
#[derive(Clone, Debug, Default)]
pub enum Http {
    /// None: each fails with `HTTP-request-denied`.
    #[default]
    Denied,
    /// Requests that at least one of these tables allows and whose headers are as the same table requires. The host
    /// changes no headers: it refuses a request with other headers like one to a denied URL.
    Rules(Vec<model::Http>),
    /// All.
    Inherit,
}

/// The answer to a request, and the task that drives its connection.
type Answer = (
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

/// The rules in the form that is compared with requests. Clones share the tables.
#[derive(Clone)]
pub(super) enum Requests {
    Denied,
    Checked(Arc<[Check]>),
    All,
}

/// A table in the form that is compared with requests.
pub(super) struct Check {
    matcher: HttpMatcher,
    headers: HeaderRules,
}

impl Requests {
    pub(super) fn new(http: &Http) -> Self {
        match http {
            Http::Denied => Self::Denied,
            Http::Rules(tables) => Self::Checked(tables.iter().map(Check::new).collect()),
            Http::Inherit => Self::All,
        }
    }

    fn allow<T>(&self, request: &Request<T>) -> bool {
        match self {
            Self::Denied => false,
            Self::Checked(checks) => checks.iter().any(|check| check.allows(request)),
            Self::All => true,
        }
    }
}

impl Check {
    fn new(table: &model::Http) -> Self {
        Self {
            matcher: HttpMatcher::new(&table.rules),
            headers: header_rules(table),
        }
    }

    fn allows<T>(&self, request: &Request<T>) -> bool {
        let uri = request.uri();
        let outgoing = OutgoingRequest {
            method: request.method().as_str(),
            scheme: uri.scheme_str(),
            authority: uri.authority().map(|authority| authority.as_str()),
            path_with_query: uri.path_and_query().map(|path| path.as_str()),
        };
        let headers = request.headers().iter();
        let headers: Vec<(&str, &[u8])> = headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        self.matcher.allows(&outgoing) && self.headers.are_obeyed(&headers)
    }
}

impl WasiHttpHooks for Requests {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        failure: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
        if self.allow(&request) {
            send(request, options, failure)
        } else {
            Box::new(async { Err(Error::HttpRequestDenied) })
        }
    }
}

#[cfg(feature = "http-client")]
fn send(
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
    failure: Box<dyn Future<Output = Result<(), Error>> + Send>,
) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
    wasmtime_wasi_http::default_hooks().send_request(request, options, failure)
}

#[cfg(not(feature = "http-client"))]
fn send(
    _: Request<WasiBody>,
    _: Option<RequestOptions>,
    _: Box<dyn Future<Output = Result<(), Error>> + Send>,
) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
    let reason = "this host was built without the feature `http-client`";
    Box::new(async move { Err(Error::InternalError(Some(reason.into()))) })
}

#[cfg(test)]
mod tests {
    use interpose_policy::Policy;

    use super::*;

    fn table(text: &str) -> model::Http {
        let text = format!("version = 1\n[http]\n{text}");
        let policy = Policy::parse("policy.toml", &text, None).expect("a policy");
        policy.http.expect("the table")
    }

    fn allows(http: Http, method: &str, url: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Requests::new(&http).allow(&request.body(()).expect("a request"))
    }

    #[test]
    fn the_host_holds_the_rules_too() {
        let rules = || {
            Http::Rules(vec![
                table(
                    "allow = [\"https://a.example/v1/*\", { methods = [\"GET\"], url = \"http://b.example/\" }]\n\
                     deny = [\"https://a.example/v1/admin/*\"]",
                ),
                table("allow = [\"http://c.example/*\"]"),
            ])
        };
        for (method, url, expected) in [
            ("GET", "https://a.example/v1/x?q=1", true),
            ("POST", "https://A.example:443/v1/x", true),
            ("GET", "https://a.example/v1/admin/x", false),
            ("GET", "https://a.example/v1/../v2", false),
            ("GET", "https://a.example:8443/v1/x", false),
            ("GET", "http://a.example/v1/x", false),
            ("GET", "https://user@a.example/v1/x", false),
            ("GET", "http://b.example", true),
            ("POST", "http://b.example", false),
            ("GET", "http://c.example/anything", true),
            ("GET", "http://d.example/", false),
            ("GET", "/v1/x", false),
        ] {
            assert_eq!(
                allows(rules(), method, url, &[]),
                expected,
                "{method} {url}"
            );
            assert!(!allows(Http::Denied, method, url, &[]), "{method} {url}");
            assert!(allows(Http::Inherit, method, url, &[]), "{method} {url}");
        }
    }

    #[test]
    fn headers_are_those_of_the_table_that_allows_the_request() {
        let rules = || {
            Http::Rules(vec![
                table(
                    "allow = [\"http://a.example/*\"]\nset-headers = { \"x-key\" = \"1\" }\nremove-headers = [\"cookie\"]",
                ),
                table("allow = [\"http://b.example/*\"]"),
            ])
        };
        let key = ("X-Key", "1");
        for (url, headers, expected) in [
            ("http://a.example/", &[key] as &[_], true),
            ("http://a.example/", &[key, ("accept", "x")], true),
            ("http://a.example/", &[], false),
            ("http://a.example/", &[("x-key", "2")], false),
            ("http://a.example/", &[key, ("Cookie", "c")], false),
            ("http://b.example/", &[("cookie", "c")], true),
        ] {
            assert_eq!(
                allows(rules(), "GET", url, headers),
                expected,
                "{url} {headers:?}"
            );
        }
    }
}
