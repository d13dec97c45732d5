//! Answers requests: `/echo` with what came, `/get?URL` with what another server answers, everything else with its path.

use wstd::http::{Body, Client, Error, Request, Response};

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    Ok(match (path, parts.uri.query()) {
        ("/echo", _) => Response::new(body),
        ("/get", Some(url)) => {
            let request = Request::get(url).body(Body::empty())?;
            match Client::new().send(request).await {
                Ok(response) => Response::new(response.into_body()),
                Err(error) => Response::new(format!("{error:?}").into()),
            }
        }
        _ => Response::new(path.to_owned().into()),
    })
}
