//! Serves HTTP requests with a component that exports `wasi:http/incoming-handler` of WASI 0.2, or `wasi:http/handler` of
//! WASI 0.3, which is preferred. A fresh instance answers each request, so that no request sees what another left behind.
//!
//! Requests run concurrently, and a component that computes for long yields to the others. A failing component does not
//! affect the server: the client gets an error status or a body that breaks off, and an [`Event`] reports the failure.
//!
//! The server ends an instance when its client hangs up without an answer, when the instance has waited too long for
//! something that does not arrive, and when it runs on for too long after its answer was sent or cannot be sent any
//! more. An instance that computes, or that is woken again and again, may run as long as its client stays.

mod body;
pub mod event;
mod p3;
mod patience;
pub mod stop;
mod stream;
mod timer;

use std::convert::Infallible;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::header::{CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentExportIndex, InstancePre, Linker, Resource, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::{HostOutgoingBody, StreamContext};
use wasmtime_wasi_http::p2::types::{HostIncomingRequest, HostResponseOutparam};
use wasmtime_wasi_http::{WasiBody, WasiHttpView};

use self::body::{Answer, Cut, IdleLimited, Reply, Watched};
use self::event::{Event, Failure};
use self::patience::{Attention, Gone, Interest, interest, unless_idle};
use self::stop::Stop;
use self::stream::Client;
use self::timer::TokioTimer;
use crate::error::HostError;
use crate::exceeded::Exceeded;
use crate::grant::Grant;
use crate::host::{Host, Purpose};
use crate::outcome::Outcome;
use crate::program::Program;
use crate::refusals::Refusals;
use crate::save::model::{Save, Saved};
use crate::save::target::{Target, open_targets};
use crate::save::walk::save_all;
use crate::start::outcome_of_start;
use crate::state::{Guests, PreparedGrant, State};
use crate::turns::Turns;
use crate::{limits, linking};
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::wasi::Revision;

/// The default of [`Service::with_max_requests`]: the number of requests that are answered concurrently. Further
/// requests wait, because each has memories of its own.
const MAX_REQUESTS: usize = 256;

/// The time in which a client must send the head of a request, and in which an idle connection is kept.
const HEAD_LIMIT: Duration = Duration::from_secs(30);

/// The default of [`Service::with_idle_limit`]: the time in which a client must send the next piece of a body that a
/// component waits for, or take the next piece of an answer. nginx waits as long for either.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// The time without any movement after which a client that has shut down its sending side counts as gone, unless
/// [`Service::with_idle_limit`] is shorter. Such a client may wait for an answer, but usually it has hung up.
const HALF_CLOSED_LIMIT: Duration = Duration::from_secs(10);

/// The longest limit: thirty years. A `Duration` can be longer than the machine's clock can count.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 86_400);

/// An instance may wait this many times the idle limit for anything: more than once, so that the instance learns that
/// its client makes no progress and can end by itself.
const INSTANCE_PATIENCE: u32 = 2;

/// The time that running requests have when the server is to end.
const GRACE: Duration = Duration::from_secs(10);

/// The time that threads have to end when no request is left; only a thread in a system call takes longer.
const SHUTDOWN: Duration = Duration::from_millis(500);

/// The pause after a connection could not be accepted, usually because too many files are open, which passes.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A WebAssembly runtime that answers HTTP requests with components of WASI 0.2 and 0.3.
pub struct Server {
    host: Host,
}

impl Server {
    /// Makes a server that keeps compiled code in `cache`. Its grants can have no limit of fuel; [`Server::for_grant`]
    /// makes a server for such grants.
    ///
    /// # Errors
    /// [`HostError::Runtime`] when this machine cannot run WebAssembly.
    pub fn new(cache: &CompilationCache) -> Result<Self, HostError> {
        Self::with(cache, Purpose::default())
    }

    /// Like [`Server::new`], for grants like `grant`; see [`Host::for_grant`].
    ///
    /// # Errors
    /// As [`Server::new`].
    pub fn for_grant(cache: &CompilationCache, grant: &Grant) -> Result<Self, HostError> {
        Self::with(cache, Purpose::of(grant))
    }

    fn with(cache: &CompilationCache, purpose: Purpose) -> Result<Self, HostError> {
        // Requests yield to each other, and the server may end them.
        let purpose = Purpose {
            interrupted: true,
            ..purpose
        };
        let host = Host::with(cache, purpose)?;
        Ok(Self { host })
    }

    /// Compiles a component, or takes it from the cache.
    ///
    /// # Errors
    /// As [`Host::compile`].
    pub fn compile(&self, component: &[u8]) -> Result<Program, HostError> {
        self.host.compile(component)
    }

    /// Prepares a component to answer requests, each with the access in `grant`. After each request, the memory files
    /// that `saves` selects are written out. Saving requires a component that was composed with its filesystem exposed.
    ///
    /// # Errors
    /// [`HostError::NotAServer`] for a component that handles no requests, [`HostError::ForeignRequests`] for one whose
    /// requests have other types than this host's, and the errors that would prevent every instance.
    pub fn prepare(
        &self,
        program: &Program,
        grant: &Grant,
        saves: &[Save],
    ) -> Result<Service, HostError> {
        let engine = program.component.engine().clone();
        let (interface, revision) = match (program.surface.p3_handler(), program.surface.handler())
        {
            (Some(newer), _) => (newer, Revision::P3),
            (None, Some(older)) => (older, Revision::P2),
            (None, None) => return Err(HostError::NotAServer),
        };
        let outer = program.component.get_export_index(None, interface);
        let handle = outer.and_then(|outer| {
            let component = &program.component;
            component.get_export_index(Some(&outer), "handle")
        });
        let handle = handle.ok_or(HostError::NotAServer)?;
        program.check_saves(saves)?;
        self.host.purpose.check(&grant.limits)?;
        let saves = open_targets(saves, &grant.directories)?;
        let mut linker = Linker::<State>::new(&engine);
        let refusals = Refusals::default();
        linking::link(&mut linker, program, grant, &refusals).map_err(HostError::Runtime)?;
        let instance = linker
            .instantiate_pre(&program.component)
            .map_err(HostError::Instantiate)?;
        check_handler(&linker, program, interface, revision)?;
        // A directory that cannot be opened is reported now and not to the first client.
        let grant = PreparedGrant::new(grant, Guests::Several)?;
        Ok(Service {
            engine,
            instance,
            handle,
            revision,
            grant,
            refusals,
            saves,
            idle_limit: IDLE_LIMIT,
            max_requests: MAX_REQUESTS,
        })
    }
}

/// Refuses a component whose handler takes requests with the types of an adapter or of its own, for which each call
/// would fail.
fn check_handler(
    linker: &Linker<State>,
    program: &Program,
    interface: &str,
    revision: Revision,
) -> Result<(), HostError> {
    let engine = linker.engine();
    let linked = linker.substituted_component_type(&program.component);
    let component = linked.map_err(HostError::Instantiate)?;
    let handler = component.get_export(engine, interface);
    let Some(ComponentItem::ComponentInstance(handler)) = handler.map(|handler| handler.ty) else {
        return Err(HostError::NotAServer);
    };
    let handle = handler.get_export(engine, "handle");
    let Some(ComponentItem::ComponentFunc(handle)) = handle.map(|handle| handle.ty) else {
        return Err(HostError::NotAServer);
    };
    let instance = component.instance_type();
    let checked = match revision {
        Revision::P3 => handle.typecheck::<p3::Handled, p3::Returned>(&instance),
        Revision::P2 | Revision::Config => handle.typecheck::<Handled, ()>(&instance),
    };
    checked.map_err(HostError::ForeignRequests)
}

/// The arguments of a handler.
type Handled = (
    Resource<HostIncomingRequest>,
    Resource<HostResponseOutparam>,
);

/// A component that is prepared to answer requests.
pub struct Service {
    engine: Engine,
    instance: InstancePre<State>,
    handle: ComponentExportIndex,
    /// The revision of WASI of which the handler is.
    revision: Revision,
    grant: PreparedGrant,
    refusals: Refusals,
    saves: Vec<Target>,
    idle_limit: Duration,
    max_requests: usize,
}

impl Service {
    /// Sets how many requests are answered concurrently; further requests wait. The default is 256, the minimum is 1.
    pub fn with_max_requests(mut self, count: usize) -> Self {
        self.max_requests = count.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Sets how long a client may keep a component waiting for the next piece of a request's body, and how long a
    /// client may take no piece of an answer. After that time the body or the connection breaks off. The default is 60
    /// seconds.
    ///
    /// An instance that waits for anything else, such as a clock or another server, is ended after twice this time. An
    /// instance that runs on after its answer was sent or cannot be sent any more is ended after this time.
    pub fn with_idle_limit(mut self, limit: Duration) -> Self {
        self.idle_limit = limit.min(LONGEST);
        self
    }

    /// What the policy refuses of all requests together, as far as adapters tell of it: see [`Grant::reports`].
    pub fn refusals(&self) -> Refusals {
        self.refusals.clone()
    }

    /// Answers the requests that arrive at `listener` until `stop` signals the end. Then the server accepts no more
    /// connections, and running requests have ten seconds to end. `report` is called with each event, from any thread.
    ///
    /// # Errors
    /// [`HostError::Runtime`] when the threads could not be started or the listener could not be used.
    pub fn serve(
        self,
        listener: TcpListener,
        stop: &Stop,
        report: impl Fn(Event) + Send + Sync + 'static,
    ) -> Result<(), HostError> {
        let failed = |error: std::io::Error| HostError::Runtime(error.into());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let turns = Turns::start(self.engine.clone());
        listener.set_nonblocking(true).map_err(failed)?;
        let serving = Arc::new(Serving {
            turns: Arc::new(Semaphore::new(self.max_requests)),
            service: self,
            guests: Mutex::new(JoinSet::new()),
            saving: Arc::default(),
            report: Box::new(report),
        });
        let result = runtime.block_on(serving.run(listener, stop));
        // An instance that still runs after the grace period is ended when it next yields.
        runtime.shutdown_timeout(SHUTDOWN);
        drop(turns);
        result.map_err(failed)
    }
}

/// The data that the tasks of a running server share.
struct Serving {
    service: Service,
    turns: Arc<Semaphore>,
    guests: Mutex<JoinSet<()>>,
    /// Held while files are written, so that the files of two requests do not mix.
    saving: Arc<tokio::sync::Mutex<()>>,
    report: Box<dyn Fn(Event) + Send + Sync>,
}

impl Serving {
    async fn run(self: Arc<Self>, listener: TcpListener, stop: &Stop) -> std::io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut connections = JoinSet::new();
        let mut ending = pin!(stop.said(Stop::GRACEFULLY));
        loop {
            tokio::select! {
                () = &mut ending => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let connection = Arc::clone(&self).connection(stream, stop.clone());
                        connections.spawn(connection);
                    }
                    Err(error) => {
                        (self.report)(Event::NotAccepted(error));
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let ended = async {
            while connections.join_next().await.is_some() {}
            let mut guests = std::mem::take(&mut *self.guests());
            while guests.join_next().await.is_some() {}
        };
        tokio::select! {
            () = ended => {}
            () = tokio::time::sleep(GRACE) => {}
            () = stop.said(Stop::AT_ONCE) => {}
        }
        Ok(())
    }

    /// Answers the requests of one connection.
    async fn connection(self: Arc<Self>, stream: tokio::net::TcpStream, stop: Stop) {
        let client = Client::new(stream);
        let limit = self.service.idle_limit.min(HALF_CLOSED_LIMIT);
        // An error means that the client hung up or does not speak HTTP, or that a body broke off, which its instance
        // has reported. None of them needs another report.
        tokio::select! {
            () = self.requests(&client, &stop) => {}
            () = client.hung_up(limit) => {}
        }
    }

    async fn requests(self: &Arc<Self>, client: &Client, stop: &Stop) {
        let service = service_fn(|request| {
            let serving = Arc::clone(self);
            async move { Ok::<_, Infallible>(serving.answer(request).await) }
        });
        // Reading has no limit here, because the server also waits to read while a component computes.
        let mut stream = TimeoutStream::new(client.io());
        stream.set_write_timeout(Some(self.service.idle_limit));
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer)
                .header_read_timeout(HEAD_LIMIT)
                // A client that has shut down its sending side may still wait for the answer.
                .half_close(true)
                .serve_connection(TokioIo::new(Box::pin(stream)), service)
        );
        tokio::select! {
            _ = &mut connection => return,
            () = stop.said(Stop::GRACEFULLY) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }

    /// Passes a request to a new instance and returns the head of the answer.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<WasiBody> {
        let began = Instant::now();
        if !names_its_host(&request) {
            return plain(StatusCode::BAD_REQUEST);
        }
        let described = describe(&request);
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return plain(StatusCode::SERVICE_UNAVAILABLE);
        };
        let (sender, receiver) = oneshot::channel();
        // When the connection ends, this future is dropped, and the interest with it.
        let (interest, attention) = interest();
        let guest = Arc::clone(&self).guest(request, described.clone(), sender, attention, turn);
        {
            let mut guests = self.guests();
            while guests.try_join_next().is_some() {}
            guests.spawn(guest);
        }
        let answer = receiver.await;
        interest.settle();
        let response = match answer {
            Ok(Ok(response)) => watched(response, interest),
            Ok(Err(code)) => {
                self.failed(&described, Failure::Refused(code));
                plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Err(_) if interest.was_idle() => plain(StatusCode::GATEWAY_TIMEOUT),
            // The instance has reported the reason, or will do so when it ends.
            Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
        };
        (self.report)(Event::Answered {
            request: described,
            status: response.status().as_u16(),
            after: began.elapsed(),
        });
        response
    }

    /// Runs one instance. It may run on after its answer was given.
    async fn guest(
        self: Arc<Self>,
        request: Request<Incoming>,
        described: String,
        sender: oneshot::Sender<Answer>,
        attention: Attention,
        _turn: OwnedSemaphorePermit,
    ) {
        match self.handle(request, &described, sender, attention).await {
            Ok(saved) if saved.is_empty() => {}
            Ok(saved) => (self.report)(Event::Saved {
                request: described,
                saved,
            }),
            Err(failure) => self.failed(&described, failure),
        }
    }

    /// Calls a new instance, ends it when a limit is reached, reports failures, and returns the saved files. The sender
    /// of the answer is dropped at the end of all this, unless the instance has dropped it before.
    async fn handle(
        &self,
        request: Request<Incoming>,
        described: &str,
        sender: oneshot::Sender<Answer>,
        mut attention: Attention,
    ) -> Result<Vec<Saved>, Failure> {
        let service = &self.service;
        let not_started =
            |error: wasmtime::Error| Failure::NotStarted(HostError::Instantiate(error));
        let mut state = State::new(&service.grant, Some(described));
        state.saving = service.saves.clone();
        state.saving_turn = Some(Arc::clone(&self.saving));
        let leaving = Arc::clone(&state.leaving);
        let mut store = Store::new(&service.engine, state);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let limits = &service.grant.grant.limits;
        limits::hold(&mut store, limits)
            .map_err(|error| Failure::NotStarted(HostError::Runtime(error)))?;
        let answered = Arc::new(AtomicBool::new(false));
        let given = Arc::clone(&answered);
        let request = request.map(|body| IdleLimited::new(body, service.idle_limit));
        let give = move |answer: Answer| {
            given.store(true, Ordering::Release);
            // A client that has hung up takes no answer.
            let _ = sender.send(answer);
        };
        let cut = Cut::default();
        let asked = match service.revision {
            Revision::P3 => Asked::P3(Box::new((
                p3::Asked::new(&mut store, request, cut.clone()).map_err(not_started)?,
                Box::new(give),
            ))),
            Revision::P2 | Revision::Config => {
                let mut http = store.data_mut().http();
                let incoming = http
                    .new_incoming_request(Scheme::Http, request)
                    .map_err(not_started)?;
                let give = |answer: Result<_, ErrorCode>| {
                    give(answer.map_err(|code| format!("{code:?}")));
                };
                let answer = http
                    .new_response_outparam_from_callback(give)
                    .map_err(not_started)?;
                Asked::P2(incoming, answer)
            }
        };
        let ended = {
            let mut call = pin!(service.call(&mut store, asked));
            let ended = tokio::select! {
                ended = unless_idle(service.instance_limit(), call.as_mut()) => ended.unwrap_or(Err(Ended::Idle)),
                ended = service.unwanted(&mut attention) => Err(ended),
                exceeded = limits::time_is_over(limits.timeout.as_ref()) => Err(Ended::Itself(Outcome::Exceeded(exceeded))),
            };
            match ended {
                // The instance ended by itself, and its files are being saved.
                Err(
                    Ended::Idle
                    | Ended::Late
                    | Ended::HungUp
                    | Ended::Itself(Outcome::Exceeded(Exceeded::Timeout(_))),
                ) if leaving.load(Ordering::Acquire) => call.await,
                ended => ended,
            }
        };
        let answered = answered.load(Ordering::Acquire);
        break_off(&mut store.data_mut().table);
        if ended.is_err() {
            cut.give();
        }
        let failure = match ended {
            Ok(()) => {
                save_all(&mut store).await;
                (!answered).then_some(Failure::NoAnswer)
            }
            Err(Ended::NotStarted(error)) => Some(Failure::NotStarted(error)),
            Err(Ended::Itself(Outcome::Exited(status))) => {
                (!answered).then_some(Failure::Exited(status))
            }
            Err(Ended::Itself(Outcome::Trapped(trap))) => Some(Failure::Trapped { trap, answered }),
            Err(Ended::Itself(Outcome::Exceeded(exceeded))) => {
                if matches!(exceeded, Exceeded::Timeout(_)) {
                    attention.was_idle();
                }
                Some(Failure::Exceeded { exceeded, answered })
            }
            Err(Ended::HungUp) => {
                self.hung_up(described);
                None
            }
            Err(Ended::Late) => Some(Failure::Late {
                limit: service.idle_limit,
            }),
            Err(Ended::Idle) => {
                attention.was_idle();
                Some(Failure::Idle {
                    limit: service.instance_limit(),
                    answered,
                })
            }
        };
        if let Some(failure) = failure {
            self.failed(described, failure);
        }
        match store.into_data().saved.unwrap_or(Ok(Vec::new())) {
            Err(error) => Err(Failure::Save(error)),
            Ok(saved) => Ok(saved),
        }
    }

    fn hung_up(&self, request: &str) {
        (self.report)(Event::HungUp {
            request: request.to_owned(),
        });
    }

    fn failed(&self, request: &str, failure: Failure) {
        (self.report)(Event::Failed {
            request: request.to_owned(),
            failure,
        });
    }

    fn guests(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.guests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Aborts the bodies that an instance has begun and not finished, because a client must not take them for complete.
fn break_off(table: &mut ResourceTable) {
    for resource in table.iter_mut() {
        if let Some(body) = resource.downcast_mut::<HostOutgoingBody>() {
            // Aborting requires an owned body. The replacement is dropped with the table.
            let (other, _) = HostOutgoingBody::new(StreamContext::Response, None, 1, 1);
            std::mem::replace(body, other).abort();
        }
    }
}

/// Whether a request names its host exactly once, in a valid form (RFC 9112 section 3.2). A component is told the host
/// and may make decisions by it.
fn names_its_host(request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.uri().authority().is_some(),
        (Some(host), None) => Authority::try_from(host.as_bytes()).is_ok(),
        (Some(_), Some(_)) => false,
    }
}

/// How an instance ended without returning.
enum Ended {
    /// The component could not be instantiated.
    NotStarted(HostError),
    /// The instance exited, trapped or exceeded a limit.
    Itself(Outcome),
    /// The client hung up without an answer.
    HungUp,
    /// The instance waited too long.
    Idle,
    /// The instance ran on for too long after its client had gone.
    Late,
}

impl Service {
    /// Instantiates the component and calls its handler with a request.
    async fn call(&self, store: &mut Store<State>, asked: Asked) -> Result<(), Ended> {
        let instance = self.instance.instantiate_async(&mut *store).await;
        let limits = &self.grant.grant.limits;
        let instance =
            instance.map_err(
                |error| match outcome_of_start(error, limits, store.data()) {
                    Ok(outcome) => Ended::Itself(outcome),
                    Err(error) => Ended::NotStarted(error),
                },
            )?;
        store.data_mut().instance = Some(instance);
        let not_started = |error| Ended::NotStarted(HostError::Instantiate(error));
        let result = match asked {
            Asked::P2(request, answer) => {
                let handle = instance
                    .get_typed_func::<Handled, ()>(&mut *store, &self.handle)
                    .map_err(not_started)?;
                handle.call_async(store, (request, answer)).await
            }
            Asked::P3(asked) => {
                let handle = instance
                    .get_typed_func::<p3::Handled, p3::Returned>(&mut *store, &self.handle)
                    .map_err(not_started)?;
                let (asked, give) = *asked;
                asked.answer(store, handle, give).await
            }
        };
        result.map_err(|error| Ended::Itself(Outcome::of(&error, limits)))
    }

    /// The time that an instance may wait for anything.
    fn instance_limit(&self) -> Duration {
        self.idle_limit.saturating_mul(INSTANCE_PATIENCE)
    }

    /// Returns when the instance is not needed any more.
    async fn unwanted(&self, attention: &mut Attention) -> Ended {
        match attention.gone().await {
            Gone::Unanswered => Ended::HungUp,
            Gone::Answered => {
                tokio::time::sleep(self.idle_limit).await;
                Ended::Late
            }
        }
    }
}

/// A request that a new instance is to answer.
enum Asked {
    /// To a handler of WASI 0.2, with the place for the answer.
    P2(
        Resource<HostIncomingRequest>,
        Resource<HostResponseOutparam>,
    ),
    /// To a handler of WASI 0.3, and what takes the answer.
    P3(Box<(p3::Asked, Reply)>),
}

/// A request as messages name it: without the query, which may contain secrets.
fn describe(request: &Request<Incoming>) -> String {
    const MAX: usize = 200;
    let path: String = request
        .uri()
        .path()
        .chars()
        .take(MAX)
        .flat_map(char::escape_debug)
        .collect();
    format!("{} {path}", request.method())
}

/// An answer that holds an interest until its body is dropped.
fn watched(response: Response<WasiBody>, interest: Interest) -> Response<WasiBody> {
    response.map(|body| Watched::new(body, interest).boxed_unsync())
}

/// An answer of the server itself.
fn plain(status: StatusCode) -> Response<WasiBody> {
    let text = format!("{}\n", status.canonical_reason().unwrap_or_default());
    let body = Full::from(text).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}
