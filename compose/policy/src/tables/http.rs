//! Reads `[http]`.

use std::path::Path;

use interpose_http::{HttpRules, RequestRule, UrlRule, is_forbidden};
use toml::de::DeValue;

use super::headers::{check_value, header_name, hosts_own};
use super::requests::{METHODS, URL, request_rule};
use super::responses::{RESPONSE, responses};

use crate::error::Problem;
use crate::model::Http;
use crate::reader::{Entry, Reader, Spot, Table, Value, values};
use crate::shape::{Key, Need, Shape, TableShape};

/// The key that drops the headers which the extended policy sets when it is `false`.
const INHERIT_SET_HEADERS: &str = "inherit-set-headers";

pub(crate) static HTTP: TableShape = TableShape {
    name: "[http]",
    about: "Outgoing HTTP requests. What no rule allows is refused.",
    keys: &[
        Key::new("allow", REQUESTS, "Requests that may be made."),
        Key::new(
            "deny",
            REQUESTS,
            "Requests that are refused whatever `allow` says.",
        ),
        Key::new(
            "set-headers",
            Shape::Names,
            "Headers that each request has with exactly this value.",
        ),
        Key::new(
            "remove-headers",
            Shape::List(&Shape::NotEmpty),
            "Headers that no request has.",
        ),
        Key::new(
            INHERIT_SET_HEADERS,
            Shape::Boolean,
            "Whether headers that the extended policy sets are set here too; `true` if not given.",
        )
        .need(Need::Extending),
        Key::new(
            "responses",
            Shape::List(&Shape::Table(&RESPONSE)),
            "Answers without a network; the first that is for a request answers it, whatever `allow` and `deny` say.",
        ),
    ],
    rules: &[],
};

/// A list of URLs or of tables with URLs.
const REQUESTS: Shape = Shape::List(&Shape::AnyOf(&[Shape::NotEmpty, Shape::Table(&REQUEST)]));

static REQUEST: TableShape = TableShape {
    name: "a rule of [http]",
    about: "",
    keys: &[METHODS, URL],
    rules: &[],
};

pub(crate) fn http(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    directory: Option<&Path>,
    base: Option<&Http>,
) -> Option<Http> {
    let table = entry.value.table(reader, &HTTP)?;
    let allow = requests(reader, &table, "allow");
    let deny = requests(reader, &table, "deny");
    for rule in &allow {
        if let Some(denied) = deny.iter().find(|denied| denied.value.covers(&rule.value)) {
            super::report_denied(reader, &rule.span, false)
                .with_label(denied.span.clone(), "denied here");
        }
    }
    if let Some(base) = base
        && table.get("deny").is_none()
    {
        let denied = |rule: &&Spot<RequestRule>| covered(&base.rules.deny, &rule.value);
        for rule in allow.iter().filter(denied) {
            super::report_denied(reader, &rule.span, true);
        }
    }
    let set = set_headers(reader, &table);
    let remove = table.list(reader, "remove-headers", |reader, text| {
        let name = header_name(reader, text)?;
        if is_forbidden(&name) {
            hosts_own(reader, text);
        }
        Some(name)
    });
    reader.distinct(&remove, "this header");
    for name in &remove {
        if let Some(header) = set.iter().find(|header| header.value.0 == name.value) {
            reader
                .contradiction(
                    &name.span,
                    "a header is either set or removed; setting replaces what the guest set",
                )
                .with_label(header.span.clone(), "set here");
        }
    }
    let anew = table.boolean(reader, INHERIT_SET_HEADERS) == Some(false);
    let written = Http {
        rules: HttpRules {
            allow: values(allow),
            deny: values(deny),
        },
        responses: responses(reader, &table, directory),
        set_headers: values(set),
        remove_headers: values(remove),
    };
    Some(match base {
        Some(base) => over(&table, written, base, anew),
        None => written,
    })
}

/// Lays a table over that of the extended policy. If one of the two sets a header and the other removes it, this table
/// wins. Inherited rules that this table denies are dropped.
fn over(table: &Table<'_>, written: Http, base: &Http, anew: bool) -> Http {
    let mut set_headers = match anew {
        true => Vec::new(),
        false => base.set_headers.clone(),
    };
    set_headers.retain(|(name, _)| !written.remove_headers.contains(name));
    super::put_names(&mut set_headers, &written.set_headers);
    let removed = Some(&base.remove_headers);
    let mut remove_headers = table.written_or("remove-headers", written.remove_headers, removed);
    remove_headers.retain(|name| !written.set_headers.iter().any(|(set, _)| set == name));
    let deny = table.written_or("deny", written.rules.deny, Some(&base.rules.deny));
    let mut allow = table.written_or("allow", written.rules.allow, Some(&base.rules.allow));
    allow.retain(|rule| !covered(&deny, rule));
    Http {
        rules: HttpRules { allow, deny },
        responses: table.written_or("responses", written.responses, Some(&base.responses)),
        set_headers,
        remove_headers,
    }
}

/// Whether one of `rules` matches all requests that `rule` matches.
fn covered(rules: &[RequestRule], rule: &RequestRule) -> bool {
    rules.iter().any(|other| other.covers(rule))
}

fn requests(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    key: &'static str,
) -> Vec<Spot<RequestRule>> {
    let items = table.get(key).and_then(|entry| entry.value.array(reader));
    let rules: Vec<_> = items
        .into_iter()
        .flatten()
        .filter_map(|value| request(reader, &value))
        .collect();
    reader.distinct(&rules, "this rule");
    rules
}

fn request(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Spot<RequestRule>> {
    match value.get() {
        DeValue::String(_) => {
            let text = value.text(reader)?;
            let url = reader.parse(&text, UrlRule::parse)?;
            Some(Spot {
                value: RequestRule { methods: None, url },
                span: reader.inside(&text),
            })
        }
        DeValue::Table(_) => {
            let table = value.table(reader, &REQUEST)?;
            Some(Spot {
                value: request_rule(reader, &table)?,
                span: value.span(),
            })
        }
        _ => {
            value.mismatch(reader, "a string or a table").with_hint(
                "write a URL, or `{ methods = [\"GET\"], url = \"https://example.com/*\" }`",
            );
            None
        }
    }
}

fn set_headers(reader: &mut Reader<'_>, table: &Table<'_>) -> Vec<Spot<(String, String)>> {
    let mut headers: Vec<Spot<(String, String)>> = Vec::new();
    for (name, value) in table.strings(reader, "set-headers") {
        let Some(lower) = header_name(reader, &name) else {
            continue;
        };
        if is_forbidden(&lower) {
            hosts_own(reader, &name);
        }
        if lower == "content-length" {
            reader
                .report(
                    &name.span,
                    Problem::Text {
                        what: "`content-length`",
                        reason: "says how long the body is, which a policy cannot know",
                    },
                )
                .with_hint("leave it out; the application and the host agree about it");
        }
        check_value(reader, &value);
        headers.push(Spot {
            value: (lower, value.value.into()),
            span: name.span,
        });
    }
    let names: Vec<_> = headers
        .iter()
        .map(|header| Spot {
            value: &header.value.0,
            span: header.span.clone(),
        })
        .collect();
    reader.distinct(&names, "this header");
    headers
}
