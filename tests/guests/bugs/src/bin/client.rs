//! Places an order, and tries again if something is wrong with the connection.
//!
//! The bug: an answer that is cut short does not say whether the server has done what it was asked to do. Here it has, and the
//! order is placed twice.

#![allow(missing_docs)] // The macro makes a function that has none.

use std::io;

use guests_bugs::is_mended;
use wstd::http::{Body, Client, Error, Request};

const ORDERS: &str = "https://shop.example.com/orders";
const OWN: &str = "https://shop.example.com/orders/7";

/// How often it tries before it gives up.
const ATTEMPTS: u32 = 10;

#[wstd::main]
async fn main() -> io::Result<()> {
    if let Err(error) = order(is_mended()).await {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
    Ok(())
}

async fn order(mended: bool) -> Result<(), String> {
    for _ in 0..ATTEMPTS {
        match send(Request::post(ORDERS), "7: a book").await {
            Ok((201, _)) => return Ok(()),
            Ok((status, text)) => return Err(format!("{status} {text}")),
            Err(_) if mended && is_placed().await? => return Ok(()),
            Err(_) => {}
        }
    }
    Err("there is no connection".into())
}

/// Whether the server has the order. To ask for that again does no harm.
async fn is_placed() -> Result<bool, String> {
    for _ in 0..ATTEMPTS {
        match send(Request::get(OWN), "").await {
            Ok((200, _)) => return Ok(true),
            Ok((404, _)) => return Ok(false),
            Ok((status, text)) => return Err(format!("{status} {text}")),
            Err(_) => {}
        }
    }
    Err("nobody knows whether the order was placed".into())
}

/// The status and the body of an answer.
async fn send(request: wstd::http::request::Builder, body: &str) -> Result<(u16, String), Error> {
    let request = request.body(Body::from(body.to_owned()))?;
    let response = Client::new().send(request).await?;
    let status = response.status().as_u16();
    let mut body = response.into_body();
    Ok((status, body.str_contents().await?.to_owned()))
}
