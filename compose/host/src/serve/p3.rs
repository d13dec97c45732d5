//! Calling a handler of WASI 0.3 with a request.

use std::future::{Future, poll_fn};
use std::pin::Pin;

use http::header::HOST;
use http::uri::{Authority, Scheme, Uri};
use http::{Request, Response};
use http_body_util::BodyExt;
use tokio::sync::oneshot;
use wasmtime::component::{Resource, TypedFunc};
use wasmtime::{Result, Store};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{Request as HostRequest, Response as HostResponse};
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpView};

use super::body::{Cut, Cuttable, IdleLimited, Reply, Watched};
use crate::state::State;

/// The arguments of a handler.
pub(super) type Handled = (Resource<HostRequest>,);

/// The result of a handler.
pub(super) type Returned = (std::result::Result<Resource<HostResponse>, ErrorCode>,);

/// A request in the store of the instance that is to answer it.
pub(super) struct Asked {
    request: Resource<HostRequest>,
    /// Resolves when the instance has told whether it could read the request's body.
    read: Pin<Box<dyn Future<Output = std::result::Result<(), Error>> + Send>>,
    /// Given when the instance ends too early.
    cut: Cut,
}

impl Asked {
    pub(super) fn new(
        store: &mut Store<State>,
        request: Request<IdleLimited>,
        cut: Cut,
    ) -> Result<Self> {
        let http = store.data_mut().http();
        let (request, read) = HostRequest::from_http(http.hooks, absolute(request));
        Ok(Self {
            request: http.table.push(request)?,
            read: Box::pin(read),
            cut,
        })
    }

    /// Calls a handler, passes its answer to `give`, and runs the instance on until the answer was sent, or cannot be sent any
    /// more, and until the instance has nothing left to do.
    pub(super) async fn answer(
        self,
        store: &mut Store<State>,
        handle: TypedFunc<Handled, Returned>,
        give: Reply,
    ) -> Result<()> {
        store
            .run_concurrent(async |accessor| {
                let (returned,) = handle.call_concurrent(accessor, (self.request,)).await?;
                let sent = match returned {
                    Err(code) => {
                        give(Err(format!("{code:?}")));
                        None
                    }
                    Ok(response) => {
                        let response = accessor.with(|mut store| {
                            let response = store.data_mut().http().table.delete(response)?;
                            response.into_http(&mut store, self.read)
                        })?;
                        let (response, sent) = until_sent(response, self.cut);
                        give(Ok(response));
                        Some(sent)
                    }
                };
                if let Some(sent) = sent {
                    // The sender is dropped with the body.
                    let _ = sent.await;
                }
                poll_fn(|context| accessor.poll_no_interesting_tasks(context)).await;
                Ok(())
            })
            .await?
    }
}

/// An answer that fails after a cut, and what resolves when its body was dropped.
fn until_sent(
    response: Response<WasiBody>,
    cut: Cut,
) -> (Response<WasiBody>, oneshot::Receiver<()>) {
    let (sender, receiver) = oneshot::channel::<()>();
    let response = response.map(|body| {
        let body = Cuttable::new(body, cut).boxed_unsync();
        Watched::new(body, sender).boxed_unsync()
    });
    (response, receiver)
}

/// A request with the scheme and the authority in its URI, where a component looks for them. In HTTP/1.1 the authority is in a
/// header, of which it was checked that it is there.
fn absolute<T>(mut request: Request<T>) -> Request<T> {
    let mut parts = request.uri().clone().into_parts();
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    parts.scheme = parts.scheme.or(Some(Scheme::HTTP));
    parts.authority = parts.authority.or(host);
    // `OPTIONS *` and its like have no absolute form.
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}
