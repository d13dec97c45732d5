//! Outgoing HTTP requests.

use interpose_http::{HttpMatcher, HttpRules, Method, OutgoingRequest, RequestRule, UrlRule};

use crate::seen::Seen;
use crate::state::{Called, Parts, Requests, State};
use crate::uses::Request;

/// The error of a refused request.
const DENIED: &str = "HTTP-request-denied";

impl Parts {
    /// How the request looks in a message.
    pub(crate) fn shown(&self) -> String {
        let scheme = self.scheme.as_deref().map(|scheme| format!("{scheme}:"));
        format!(
            "{} {}//{}{}",
            self.method(),
            scheme.unwrap_or_default(),
            self.authority.as_deref().unwrap_or_default(),
            self.path_with_query.as_deref().unwrap_or_default(),
        )
    }

    fn method(&self) -> &str {
        self.method.as_deref().unwrap_or("GET")
    }

    /// The rules that allow the request and hardly more; `None` if none can. Without a scheme there are two, because hosts
    /// choose one.
    pub(crate) fn rules(&self) -> Option<Vec<Request>> {
        let method = Method::parse(self.method()).ok()?;
        let authority = self.authority.as_deref()?;
        let with_query = self.path_with_query.as_deref().unwrap_or_default();
        let path = with_query.split(['?', '#']).next().unwrap_or_default();
        let path = match path.starts_with('/') {
            true => path.replace('*', "%2A"),
            false => format!("/{}", path.replace('*', "%2A")),
        };
        let schemes = match &self.scheme {
            Some(scheme) => vec![scheme.to_ascii_lowercase()],
            None => vec!["http".to_owned(), "https".to_owned()],
        };
        let urls = schemes.iter().map(|scheme| {
            let url = UrlRule::parse(&format!("{scheme}://{authority}{path}")).ok()?;
            Some(url.to_string())
        });
        let urls = urls.collect::<Option<Vec<String>>>()?;
        let rules = urls.iter().map(|url| {
            Some(RequestRule {
                methods: Some(vec![method.clone()]),
                url: UrlRule::parse(url).ok()?,
            })
        });
        let matcher = HttpMatcher::new(&HttpRules {
            allow: rules.collect::<Option<_>>()?,
            deny: Vec::new(),
        });
        let asked = OutgoingRequest {
            method: self.method(),
            scheme: self.scheme.as_deref(),
            authority: self.authority.as_deref(),
            path_with_query: self.path_with_query.as_deref(),
        };
        let requests = urls.into_iter().map(|url| Request {
            url,
            method: self.method().to_owned(),
        });
        matcher.allows(&asked).then(|| requests.collect())
    }
}

/// The text of a method or scheme: the payload of `other`, or the name of the case.
fn word(value: Seen<'_>) -> Option<String> {
    match value.case()? {
        ("other", text) => Some(text?.text()?.to_owned()),
        (case, _) => Some(case.to_owned()),
    }
}

impl Requests {
    /// Takes note of a request that is made, or of one of its parts that is set.
    pub(crate) fn note_parts(&mut self, call: &Called<'_>) {
        let name = call.name();
        if name == "outgoing-request" {
            if let Some(request) = call.result().and_then(Seen::handle) {
                self.parts.insert(request, Parts::default());
            }
            return;
        }
        let Some(part) = name.strip_prefix("outgoing-request.set-") else {
            return;
        };
        let request = call.subject();
        let parts = request.and_then(|request| self.parts.get_mut(&request));
        let (Some(parts), Some(value)) = (parts, call.argument(1)) else {
            return;
        };
        if call.result().is_some_and(Seen::is_error) {
            return;
        }
        let text = || value.some().and_then(Seen::text).map(str::to_owned);
        match part {
            // The standard methods are cases in lower case.
            "method" => {
                parts.method = match value.case() {
                    Some(("other", _)) => word(value),
                    _ => word(value).map(|method| method.to_ascii_uppercase()),
                };
            }
            "scheme" => parts.scheme = value.some().and_then(word),
            "authority" => parts.authority = text(),
            "path-with-query" => parts.path_with_query = text(),
            _ => {}
        }
    }
}

impl State {
    pub(crate) fn note_http(&mut self, call: &Called<'_>) {
        match call.name() {
            "handle" => self.note_request(call),
            "future-incoming-response.get" => self.note_response(call),
            _ => self.requests.note_parts(call),
        }
    }

    fn note_request(&mut self, call: &Called<'_>) {
        let request = call.subject();
        let parts = request.and_then(|request| self.requests.parts.remove(&request));
        let Some(parts) = parts else {
            return;
        };
        if call.error() == Some(DENIED) {
            return self.refuse(call, parts.shown(), DENIED);
        }
        let Some(rules) = parts.rules() else {
            return self.note_unnameable(format!("the request {}", parts.shown()));
        };
        for rule in &rules {
            *self.uses.requests.entry(rule.clone()).or_default() += 1;
        }
        if let Some(response) = call.ok().and_then(Seen::handle) {
            self.requests.under_way.insert(response, rules);
        }
    }

    /// A request may also be refused while it is under way.
    fn note_response(&mut self, call: &Called<'_>) {
        let outcome = call.result().and_then(Seen::some).and_then(Seen::ok);
        if outcome.and_then(Seen::error) != Some(DENIED) {
            return;
        }
        let response = call.subject();
        let rules = response.and_then(|response| self.requests.under_way.remove(&response));
        for rule in rules.into_iter().flatten() {
            if let Some(count) = self.uses.requests.get_mut(&rule) {
                *count -= 1;
                if *count == 0 {
                    self.uses.requests.remove(&rule);
                }
            }
            self.refuse(call, format!("{} {}", rule.method, rule.url), DENIED);
        }
    }
}
