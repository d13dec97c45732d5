//! Fields, and the texts of requests.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    Fields, HeaderError, IncomingResponse, Method, OutgoingRequest, OutgoingResponse,
    RequestOptions, Scheme,
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
        name: "bodies-kept",
        functions: &[],
        run: bodies_kept,
    },
    Attack {
        name: "small-bodies-kept",
        functions: &[],
        run: small_bodies_kept,
    },
    Attack {
        name: "headers-of-answers-kept",
        functions: &[],
        run: headers_of_answers_kept,
    },
    Attack {
        name: "answers-kept",
        functions: &[],
        run: answers_kept,
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

/// A request to this machine.
fn local_request() -> OutgoingRequest {
    let request = OutgoingRequest::new(Fields::new());
    let set = [
        request.set_scheme(Some(&Scheme::Http)),
        request.set_authority(Some("127.0.0.1:1")),
        request.set_path_with_query(Some("/")),
    ];
    // Where there is no room for these, the request has no answer either.
    let _ = set;
    request
}

/// An answer to a request; `None` where requests are denied.
fn answer(request: OutgoingRequest) -> Option<IncomingResponse> {
    let future = handle(request, None).ok()?;
    future.subscribe().block();
    future.get()?.ok()?.ok()
}

/// Bodies of requests that are not handed over yet, as large as they may become.
fn bodies_kept() -> Result<(), String> {
    let piece = vec![b'b'; MIB];
    let (mut kept, mut left) = (Vec::new(), 200usize);
    while left > 0 {
        let request = local_request();
        let body = request.body().map_err(|()| "no body")?;
        let stream = body.write().map_err(|()| "no stream")?;
        while left > 0 && stream.check_write().is_ok_and(|permit| permit > 0) {
            let permit = stream.check_write().unwrap_or_default() as usize;
            if stream.write(&piece[..permit.min(MIB)]).is_err() {
                break;
            }
            // All that is kept beyond the limit is refused, zeroes too.
            let _ = stream.write_zeroes(1 << 40);
            left -= 1;
        }
        left = left.saturating_sub(1);
        kept.push((request, body, stream));
    }
    // Those that were kept may still be handed over.
    for (request, body, stream) in kept {
        drop(stream);
        let _future = handle(request, None);
        drop(body);
    }
    Ok(())
}

/// Many bodies of which each has few bytes.
fn small_bodies_kept() -> Result<(), String> {
    let mut kept = Vec::new();
    for _ in 0..20_000 {
        let request = local_request();
        let body = request.body().map_err(|()| "no body")?;
        let stream = body.write().map_err(|()| "no stream")?;
        for _ in 0..10 {
            let _ = stream.check_write();
            let _ = stream.write(b"b");
        }
        kept.push((request, body, stream));
    }
    Ok(())
}

/// Changed copies of the headers of one answer, until there is no room.
fn headers_of_answers_kept() -> Result<(), String> {
    let Some(response) = answer(local_request()) else {
        return Ok(());
    };
    let value = vec![b'v'; FIELDS];
    let mut kept = Vec::new();
    for _ in 0..2000 {
        let copy = response.headers().clone();
        let full = copy.append("b", &value).is_err();
        kept.push(copy);
        if full {
            return Ok(());
        }
    }
    Err("changed copies without end".into())
}

/// Answers, their headers and their bodies, of which none is dropped.
fn answers_kept() -> Result<(), String> {
    let mut kept = Vec::new();
    for _ in 0..10_000 {
        let Some(response) = answer(local_request()) else {
            return Ok(());
        };
        let headers = (response.headers(), response.headers());
        let body = response.consume().map_err(|()| "no body")?;
        let stream = body.stream().map_err(|()| "no stream")?;
        kept.push((response, headers, body, stream));
    }
    Ok(())
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
