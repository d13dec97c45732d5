//! `wasi:http`. Only a middleware can call `handle` of the handler behind it.

use crate::probe::{named, probes, shown};
use crate::wasi::http::client;
use crate::wasi::http::types::{ErrorCode, Fields, Request, Scheme};

named!(ErrorCode);

probes! {
    "wasi:http/client" {
        "send" => |peers| {
            let (writer, trailers) = crate::wit_future::new(|| Ok(None));
            let (request, _) = Request::new(Fields::new(), None, trailers, None);
            drop(writer);
            let set = request
                .set_scheme(Some(&Scheme::Http))
                .and_then(|()| request.set_authority(Some(&peers.http)))
                .and_then(|()| request.set_path_with_query(Some("/")));
            set.map_err(|()| "no request: its URL is refused".to_owned())?;
            shown(client::send(request).await.map(|response| response.get_status_code()))
        },
    }
}
