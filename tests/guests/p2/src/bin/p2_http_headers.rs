//! Makes the requests that its arguments say, each a way and an authority: prints what the request says about its
//! headers before it is sent, and what the server answers. The headers are set before the request is made, once with
//! every kind of field that a policy may change.

use guests_p2::{read_to_end, text};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{ErrorCode, Fields, OutgoingBody, OutgoingRequest, Scheme};

fn main() {
    for argument in std::env::args().skip(1) {
        let Some((way, authority)) = argument.split_once(' ') else {
            println!("{argument}: no request");
            continue;
        };
        let request = match way {
            "none" => OutgoingRequest::new(Fields::new()),
            "some" => OutgoingRequest::new(some()),
            // Fields made of a list, in which a name stands twice.
            "list" => {
                let list = [
                    ("COOKIE", "a=1"),
                    ("x-kept", "1"),
                    ("Cookie", "b=2"),
                    ("X-Kept", "2"),
                ];
                let list = list.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
                OutgoingRequest::new(Fields::from_list(&list).expect("fields"))
            }
            // The headers of another request cannot be changed, but can be handed over.
            "immutable" => {
                let other = OutgoingRequest::new(some());
                let headers = other.headers();
                let request = OutgoingRequest::new(headers);
                drop(other);
                request
            }
            // Changes after the request was made come too late.
            "late" => {
                let request = OutgoingRequest::new(some());
                let headers = request.headers();
                let set = headers.set("cookie", &[b"late".to_vec()]);
                let append = headers.append("user-agent", b"late");
                let delete = headers.delete("user-agent");
                println!(
                    "changed: {}",
                    set.is_ok() || append.is_ok() || delete.is_ok()
                );
                drop(headers);
                request
            }
            // A copy of its headers can be changed, and makes another request.
            "copy" => {
                let first = OutgoingRequest::new(some());
                let copy = first.headers().clone();
                copy.set("Cookie", &[b"copied".to_vec()])
                    .expect("a mutable copy");
                copy.append("USER-AGENT", b"copied")
                    .expect("a mutable copy");
                OutgoingRequest::new(copy)
            }
            other => panic!("no way `{other}`"),
        };
        let headers = request.headers();
        let values = |name: &str| -> Vec<String> {
            headers.get(name).iter().map(|value| text(value)).collect()
        };
        println!(
            "shows: cookie {:?}, user-agent {:?}",
            values("cookie"),
            values("user-agent")
        );
        drop(headers);
        match send(request, authority) {
            Ok(answer) => println!("{way}: {answer}"),
            Err(ErrorCode::HttpRequestDenied) => println!("{way}: denied"),
            Err(error) => println!("{way}: {error:?}"),
        }
    }
}

fn some() -> Fields {
    let fields = Fields::new();
    for (name, value) in [
        ("CoOkIe", "secret=1"),
        ("accept", "text/plain"),
        ("cookie", "secret=2"),
        ("User-AGENT", "guest/1.0"),
        ("user-agent", "guest/2.0"),
        ("X-Kept", "yes"),
    ] {
        fields.append(name, value.as_bytes()).expect("a field");
    }
    fields
}

fn send(request: OutgoingRequest, authority: &str) -> Result<String, ErrorCode> {
    request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
    request
        .set_authority(Some(authority))
        .expect("an authority");
    request.set_path_with_query(Some("/")).expect("a path");
    let body = request.body().expect("a body");
    let response = handle(request, None)?;
    OutgoingBody::finish(body, None)?;
    response.subscribe().block();
    let response = response
        .get()
        .expect("a response that is ready")
        .expect("a response that was not taken before")?;
    let body = response.consume().expect("a body");
    let stream = body.stream().expect("a stream");
    Ok(text(&read_to_end(&stream).expect("the body")))
}
