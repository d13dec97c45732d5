//! Reads the keys of a table that say which requests it is about: `methods` and `url`.

use interpose_http::{Method, RequestRule, UrlRule};
use toml::de::DeValue;

use crate::error::Problem;
use crate::reader::{Reader, Table, values};
use crate::shape::{Key, Need, Shape};

/// The key with the methods.
pub(super) const METHODS: Key = Key::new(
    "methods",
    Shape::NonEmptyList(&Shape::NotEmpty),
    "The methods; every method if not given.",
);

/// The key with the URLs.
pub(super) const URL: Key = Key::new(
    "url",
    Shape::NotEmpty,
    "The URLs, like `https://example.com/v1/*`.",
)
.need(Need::Required(
    "say which URLs: `url = \"https://example.com/*\"`",
));

/// Reads `methods` and `url`.
pub(super) fn request_rule(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<RequestRule> {
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
    let text = table.text(reader, "url")?;
    let url = reader.parse(&text, UrlRule::parse)?;
    Some(RequestRule { methods, url })
}
