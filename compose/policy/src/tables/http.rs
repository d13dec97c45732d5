//! `[http]`.

use interpose_http::is_forbidden;
use interpose_http::{HttpRules, Method, RequestRule, UrlRule, is_token};
use toml::de::DeValue;

use crate::error::Problem;
use crate::model::Http;
use crate::reader::{Entry, Reader, Spot, Table, Text, Value, values};

pub(crate) const HTTP: &[&str] = &["allow", "deny", "set-headers", "remove-headers"];
pub(crate) const REQUEST: &[&str] = &["methods", "url"];

pub(crate) fn http(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Http> {
    let table = entry.value.table(reader, "[http]", HTTP)?;
    let allow = requests(reader, &table, "allow");
    let deny = requests(reader, &table, "deny");
    for rule in &allow {
        if let Some(denied) = deny.iter().find(|denied| denied.value.covers(&rule.value)) {
            reader
                .report(
                    &rule.span,
                    Problem::Unreachable {
                        reason: "`deny` wins over it",
                    },
                )
                .with_label(denied.span.clone(), "denied here")
                .with_hint("remove the rule, or deny less");
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
    let rules = HttpRules {
        allow: values(allow),
        deny: values(deny),
    };
    Some(Http {
        rules,
        set_headers: values(set),
        remove_headers: values(remove),
    })
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
            let table = value.table(reader, "a rule of [http]", REQUEST)?;
            let methods = table.get("methods").map(|entry| {
                let methods = table.list(reader, "methods", |reader, text| {
                    reader.parse(text, Method::parse)
                });
                reader.distinct(&methods, "this method");
                if let DeValue::Array(written) = entry.value.get()
                    && written.is_empty()
                {
                    reader
                        .report(&entry.value.span(), Problem::Empty { what: "`methods`" })
                        .with_hint("without `methods`, the rule is about every method");
                }
                values(methods)
            });
            let url = table.require(
                reader,
                "url",
                "say which URLs: `url = \"https://example.com/*\"`",
            )?;
            let text = url.value.text(reader)?;
            let url = reader.parse(&text, UrlRule::parse)?;
            Some(Spot {
                value: RequestRule { methods, url },
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
        // RFC 9110 section 5.5; what is beyond ASCII has no common meaning.
        if !value
            .value
            .bytes()
            .all(|b| b == b'\t' || (b' '..=b'~').contains(&b))
        {
            let reason = "consists of printable ASCII characters";
            reader.report(
                &value.span,
                Problem::Text {
                    what: "the value of a header",
                    reason,
                },
            );
        }
        if value.value.trim() != value.value {
            let reason = "neither begins nor ends with white space";
            reader.report(
                &value.span,
                Problem::Text {
                    what: "the value of a header",
                    reason,
                },
            );
        }
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

/// Reports a header that belongs to the connection, not to the request (RFC 9110 sections 7.2 and 7.6.1, RFC 9112
/// section 6): hosts make it, and refuse it of anybody else.
fn hosts_own(reader: &mut Reader<'_>, name: &Text<'_>) {
    reader
        .report(
            &name.span,
            Problem::Text {
                what: "this header",
                reason: "is the host's to set",
            },
        )
        .with_hint("leave it out; the host lets no application send one of its own");
}

/// Reads the name of a header (a token of RFC 9110 section 5.6.2), in any case.
fn header_name(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<String> {
    if !is_token(text.value) {
        let reason = "consists of letters, digits and `!#$%&'*+-.^_|~` or a backquote";
        reader.report(
            &text.span,
            Problem::Text {
                what: "the name of a header",
                reason,
            },
        );
        return None;
    }
    Some(text.value.to_ascii_lowercase())
}
