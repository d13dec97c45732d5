//! An HTTP request that the policy refuses.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};

fn main() {
    let headers = Fields::new();
    println!(
        "header: {:?}",
        headers.append("accept", b"text/plain").is_ok()
    );
    let request = OutgoingRequest::new(headers);
    println!(
        "scheme: {:?}",
        request.set_scheme(Some(&Scheme::Http)).is_ok()
    );
    println!(
        "authority: {:?}",
        request.set_authority(Some("127.0.0.1:9")).is_ok()
    );
    match handle(request, None) {
        Err(error) => println!("refused: {error:?}"),
        Ok(response) => {
            response.subscribe().block();
            match response.get() {
                Some(Ok(Err(error))) => println!("refused later: {error:?}"),
                Some(Ok(Ok(_))) => println!("answered"),
                _ => println!("no answer"),
            }
        }
    }
}
