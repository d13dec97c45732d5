//! Requests the URLs that its arguments are and prints status and body of each answer.

#![allow(missing_docs)] // The macro makes a function that has none.

use wstd::http::{Body, Client, Request, error::ErrorCode};

#[wstd::main]
async fn main() -> std::io::Result<()> {
    let client = Client::new();
    for url in std::env::args().skip(1) {
        let request = Request::get(&url).body(Body::empty()).expect("a request");
        match client.send(request).await {
            Ok(response) => {
                let status = response.status().as_u16();
                let mut body = response.into_body();
                let text = body.str_contents().await.expect("a body of text");
                println!("{url}: {status} {text}");
            }
            Err(error) => match error.downcast_ref::<ErrorCode>() {
                Some(ErrorCode::HttpRequestDenied) => println!("{url}: denied"),
                _ => println!("{url}: {error:?}"),
            },
        }
    }
    Ok(())
}
