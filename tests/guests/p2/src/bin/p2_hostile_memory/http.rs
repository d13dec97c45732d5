//! Fields, and the texts of requests.

use wasip2::http::types::{
    Fields, HeaderError, Method, OutgoingRequest, OutgoingResponse, RequestOptions, Scheme,
};

use crate::{Attack, LARGE, aliases, check};

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "fields-with-one-value",
        functions: &["wasi:http/types fields.from-list"],
        run: || from_list(500, || (String::from("a"), aliases::text(MIB))),
    },
    Attack {
        name: "fields-with-one-value-by-gib",
        functions: &["wasi:http/types fields.from-list"],
        run: || from_list(3000, || (String::from("a"), aliases::text(MIB))),
    },
    Attack {
        name: "fields-with-one-value-beyond-4-gib",
        functions: &["wasi:http/types fields.from-list"],
        run: || from_list(4200, || (String::from("a"), aliases::text(MIB))),
    },
    Attack {
        name: "fields-with-small-values",
        functions: &["wasi:http/types fields.from-list"],
        run: || from_list(1 << 18, || (String::new(), aliases::text(1024))),
    },
    Attack {
        name: "values-of-one-field",
        functions: &["wasi:http/types fields.set"],
        run: values_of_one_field,
    },
    Attack {
        name: "name-and-value-are-one",
        functions: &["wasi:http/types fields.append"],
        run: name_and_value,
    },
    Attack {
        name: "names-of-fields",
        functions: &[
            "wasi:http/types fields.get",
            "wasi:http/types fields.has",
            "wasi:http/types fields.delete",
        ],
        run: names,
    },
    Attack {
        name: "texts-of-requests",
        functions: &[
            "wasi:http/types outgoing-request.set-method",
            "wasi:http/types outgoing-request.set-path-with-query",
            "wasi:http/types outgoing-request.set-scheme",
            "wasi:http/types outgoing-request.set-authority",
        ],
        run: texts,
    },
    Attack {
        name: "requests-kept",
        functions: &[],
        run: requests_kept,
    },
    Attack {
        name: "fields-kept",
        functions: &["wasi:http/types fields.append"],
        run: fields_kept,
    },
    Attack {
        name: "numbers-of-messages",
        functions: &[
            "wasi:http/types request-options.set-connect-timeout",
            "wasi:http/types request-options.set-first-byte-timeout",
            "wasi:http/types request-options.set-between-bytes-timeout",
            "wasi:http/types outgoing-response.set-status-code",
        ],
        run: numbers,
    },
];

const MIB: usize = 1 << 20;

/// As large as one set of fields can be, more or less.
const FIELDS: usize = 100_000;

/// `count` entries of which all values are the same bytes.
fn from_list(count: usize, entry: fn() -> (String, &'static str)) -> Result<(), String> {
    let (name, value) = entry();
    let name: &'static str = name.leak();
    let entries = aliases::list(count, || {
        let name = String::from_utf8(aliases::bytes(name.as_bytes())).expect("ASCII");
        (name, aliases::bytes(value.as_bytes()))
    });
    let made = Fields::from_list(&entries).map(drop);
    check(matches!(made, Err(HeaderError::InvalidSyntax)), || {
        format!("{made:?}")
    })?;
    // What comes afterwards is not touched by it.
    let fields = Fields::from_list(&[("a".into(), b"b".to_vec())]).map_err(|e| e.to_string())?;
    check(fields.get("a") == [b"b".to_vec()], || "other fields".into())
}

fn values_of_one_field() -> Result<(), String> {
    let value = aliases::text(MIB);
    let values = aliases::list(500, || aliases::bytes(value.as_bytes()));
    let fields = Fields::new();
    fields
        .set("a", &[b"b".to_vec()])
        .map_err(|e| e.to_string())?;
    let set = fields.set("a", &values);
    check(matches!(set, Err(HeaderError::InvalidSyntax)), || {
        format!("{set:?}")
    })?;
    check(fields.get("a") == [b"b".to_vec()], || "other fields".into())
}

fn name_and_value() -> Result<(), String> {
    let text = aliases::text(LARGE);
    let fields = Fields::new();
    for _ in 0..4 {
        let appended = fields.append(text, text.as_bytes());
        check(appended.is_err(), || "a large field".into())?;
    }
    check(fields.entries().is_empty(), || "fields".into())
}

fn names() -> Result<(), String> {
    let text = aliases::text(LARGE);
    let fields = Fields::new();
    check(fields.get(text).is_empty() && !fields.has(text), || {
        "values".into()
    })?;
    let _ = fields.delete(text);
    Ok(())
}

/// Every text that a request has, in many requests that are kept.
fn texts() -> Result<(), String> {
    let text = aliases::text(LARGE);
    let path = format!("/{text}");
    let method = Method::Other(text.into());
    let scheme = Scheme::Other(text.into());
    let mut kept = Vec::new();
    for _ in 0..20 {
        let request = OutgoingRequest::new(Fields::new());
        let set = [
            request.set_method(&method),
            request.set_path_with_query(Some(&path)),
            request.set_scheme(Some(&scheme)),
            request.set_authority(Some(text)),
        ];
        check(set.iter().all(Result::is_err), || format!("{set:?}"))?;
        kept.push(request);
    }
    Ok(())
}

/// Requests of which all are as large as they can be, until there is no room.
fn requests_kept() -> Result<(), String> {
    let path = format!("/{}", "a".repeat(60_000));
    let authority = "a".repeat(7000);
    let method = Method::Other("A".repeat(1000));
    let mut kept = Vec::new();
    for _ in 0..20_000 {
        let request = OutgoingRequest::new(Fields::new());
        let full = request.set_path_with_query(Some(&path)).is_err();
        let _ = request.set_authority(Some(&authority));
        let _ = request.set_method(&method);
        kept.push(request);
        if full {
            return Ok(());
        }
    }
    Err("requests without end".into())
}

/// Fields of which all are as large as they can be, copies and changed copies, until there is no room.
fn fields_kept() -> Result<(), String> {
    let value = vec![b'v'; FIELDS];
    let fields = Fields::new();
    fields.append("a", &value).map_err(|e| e.to_string())?;
    // A copy has no error to return.
    let copies: Vec<_> = (0..20_000).map(|_| fields.clone()).collect();
    let changed = copies
        .iter()
        .position(|copy| copy.append("b", b"c").is_err());
    let changed = changed.ok_or("changed copies without end")?;
    check(changed > 0, || "not even one".into())?;
    check(copies[0].get("a") == [value.clone()], || "lost".into())?;
    // Room comes back.
    drop(copies);
    let (_request, _response) = (
        OutgoingRequest::new(fields.clone()),
        OutgoingResponse::new(fields.clone()),
    );
    fields.append("b", b"c").map_err(|e| e.to_string())
}

fn numbers() -> Result<(), String> {
    let options = RequestOptions::new();
    let response = OutgoingResponse::new(Fields::new());
    for number in [0, 1, u64::from(u32::MAX), u64::MAX / 2, u64::MAX] {
        let _ = options.set_connect_timeout(Some(number));
        let _ = options.set_first_byte_timeout(Some(number));
        let _ = options.set_between_bytes_timeout(Some(number));
        let _ = response.set_status_code(number as u16);
    }
    Ok(())
}
