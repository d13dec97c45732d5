//! Errors of HTTP keep their details on the way through the adapters. The host of this test gives the errors that the
//! path of a request names.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame};
use wasmtime::component::{Component, Linker, Resource, ResourceTable};
use wasmtime::{Config, Engine, Store, StoreContextMut};
use wasmtime_wasi::p2::IoError;
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
    default_hooks,
};

use crate::network::{KERNEL, compose};
use crate::peers::refusing;
use crate::support::tools::guest;

/// The length that a response states before it breaks off.
const LENGTH: u64 = 1 << 33;

/// A body that breaks off after its first bytes.
struct Broken(bool);

impl Body for Broken {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let begun = std::mem::replace(&mut self.0, true);
        Poll::Ready(Some(if begun {
            Err(Error::HttpResponseBodySize(Some(LENGTH)))
        } else {
            Ok(Frame::data(Bytes::from_static(b"so far")))
        }))
    }
}

/// The answer to a request, and the task that drives its connection.
type Answer = (
    Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

struct Answers;

impl WasiHttpHooks for Answers {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        failure: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
        let answer = match request.uri().path() {
            "/dns" => Err(Error::DnsError {
                rcode: Some("NXDOMAIN".into()),
                info_code: Some(22),
            }),
            "/tls" => Err(Error::TlsAlertReceived {
                alert_id: Some(40),
                alert_message: Some("handshake failure".into()),
            }),
            "/header" => Err(Error::HttpResponseHeaderSize {
                field_name: Some("cookie".into()),
                field_size: Some(70_000),
            }),
            "/internal" => Err(Error::InternalError(Some("out of order".into()))),
            "/broken" => {
                let rest: Box<dyn Future<Output = _> + Send> = Box::new(async { Ok(()) });
                Ok((Response::new(Broken(false).boxed_unsync()), rest))
            }
            _ => return default_hooks().send_request(request, options, failure),
        };
        Box::new(async { answer })
    }
}

struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    answers: Answers,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.answers,
        }
    }
}

/// Finds the error code in a body's error, in place of Wasmtime's own function, which never finds one.
fn link_error_code(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    types.func_wrap(
        "http-error-code",
        |mut store: StoreContextMut<'_, State>, (error,): (Resource<IoError>,)| {
            let error = store.data_mut().table.get(&error)?;
            Ok((match error.downcast_ref::<Error>() {
                Some(Error::HttpResponseBodySize(size)) => {
                    Some(ErrorCode::HttpResponseBodySize(*size))
                }
                _ => None,
            },))
        },
    )
}

/// The outcomes of the client's commands.
fn outcomes(component: &[u8], commands: &[String]) -> Vec<String> {
    let mut config = Config::new();
    config.concurrency_support(false);
    let engine = Engine::new(&config).expect("an engine");
    let component = Component::new(&engine, component).expect("a component");
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("the host is linked");
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).expect("HTTP is linked");
    link_error_code(&mut linker).expect("the function of the test");
    let stdout = MemoryOutputPipe::new(1 << 20);
    let mut wasi = WasiCtxBuilder::new();
    wasi.arg("program").args(commands).stdout(stdout.clone());
    let state = State {
        wasi: wasi.build(),
        http: WasiHttpCtx::new(),
        table: ResourceTable::new(),
        answers: Answers,
    };
    let mut store = Store::new(&engine, state);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let result = runtime.block_on(async {
        let command = Command::instantiate_async(&mut store, &component, &linker).await?;
        command.wasi_cli_run().call_run(&mut store).await
    });
    let printed = String::from_utf8_lossy(&stdout.contents()).into_owned();
    result
        .unwrap_or_else(|error| panic!("{error:?}\n{printed}"))
        .expect("the program ends well");
    printed.lines().map(str::to_owned).collect()
}

#[test]
fn errors_keep_their_detail() {
    let (refused, _socket) = refusing([127, 0, 0, 1].into());
    let paths = [
        "/dns",
        "/tls",
        "/header",
        "/internal",
        "/broken",
        "/refused",
    ];
    let commands = paths.map(|path| format!("GET http {refused} {path}"));
    let host = outcomes(guest("p2_http_client").component(), &commands);
    let expected = [
        &["DnsError", "NXDOMAIN", "22"] as &[&str],
        &["TlsAlertReceived", "handshake failure", "40"],
        &["HttpResponseHeaderSize", "cookie", "70000"],
        &["InternalError", "out of order"],
        &["200 breaks off", "HttpResponseBodySize", "8589934592"],
        &["ConnectionRefused"],
    ];
    for (line, parts) in host.iter().zip(expected) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }
    assert_eq!(host.len(), paths.len(), "{host:?}");
    let rules = "[http]\nallow = [\"http://127.0.0.1:*/*\"]\n";
    let headers = format!("{rules}set-headers = {{ \"x-added\" = \"1\" }}\n");
    for tables in [
        rules.to_owned(),
        headers.clone(),
        KERNEL.to_owned(),
        format!("{KERNEL}{rules}"),
        format!("{KERNEL}{headers}"),
    ] {
        let composition = compose("p2_http_client", &tables);
        assert_eq!(
            outcomes(&composition.component, &commands),
            host,
            "{tables}"
        );
    }
}
