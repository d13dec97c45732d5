//! Servers on the loopback interface for programs to talk to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The longest time that anything here may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A server that sends all bytes back, and its address. The channel gets a message for each connection.
pub(crate) fn tcp_echo() -> (SocketAddr, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address");
    let (sender, connections) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            if sender.send(()).is_err() {
                return;
            }
            stream.set_read_timeout(Some(LIMIT)).expect("a time limit");
            let mut message = Vec::new();
            if stream.read_to_end(&mut message).is_ok() {
                let _ = stream.write_all(&message);
            }
        }
    });
    (address, connections)
}

/// A server that sends each datagram back.
pub(crate) fn udp_echo() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = socket.local_addr().expect("its address");
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&buffer[..length], peer);
        }
    });
    address
}

/// A server that answers each request with its method and path, or redirects it. The channel gets each request.
pub(crate) fn http_server() -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address");
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            stream.set_read_timeout(Some(LIMIT)).expect("a time limit");
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head);
            let target = head.rsplit_once(" HTTP/").map_or("", |(target, _)| target);
            let target = target.lines().next().unwrap_or_default().to_owned();
            let status = match target.ends_with("/moved") {
                true => "302 Found\r\nlocation: http://127.0.0.1/closed",
                false => "200 OK",
            };
            // The test may count as soon as it has the answer, so the message is sent before.
            if sender.send(target.clone()).is_err() {
                return;
            }
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{target}",
                target.len()
            );
            thread::spawn(|| close(stream));
        }
    });
    (address, requests)
}

/// Closes a connection after its peer. If bytes of the peer, such as the end of a body, were left unread, the
/// connection would be reset and the answer could be lost.
pub(crate) fn close(mut stream: TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// A hyper server that redirects `/to/AUTHORITY/PATH` to `http://AUTHORITY/PATH` and answers all other requests with
/// their paths. The channel gets each path.
pub(crate) fn redirecting_server() -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address");
    listener
        .set_nonblocking(true)
        .expect("a listener to wait on");
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let sender = sender.clone();
                let service = hyper::service::service_fn(move |request| {
                    let answer = redirect(&request);
                    let _ = sender.send(request.uri().path().to_owned());
                    async move { Ok::<_, std::convert::Infallible>(answer) }
                });
                let stream = wasmtime_wasi_http::io::TokioIo::new(stream);
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(stream, service);
                tokio::spawn(connection);
            }
        });
    });
    (address, requests)
}

fn redirect(request: &http::Request<hyper::body::Incoming>) -> http::Response<String> {
    let path = request.uri().path();
    let answer = http::Response::builder();
    match path.strip_prefix("/to/") {
        Some(target) => answer
            .status(307)
            .header("location", format!("http://{target}"))
            .body(String::new()),
        None => answer.body(path.to_owned()),
    }
    .expect("an answer")
}

/// An address at which connections are refused while the returned socket exists, because no other program can take the
/// address.
pub(crate) fn refusing(host: Ipv4Addr) -> (SocketAddr, tokio::net::TcpSocket) {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind(SocketAddr::from((host, 0)))
        .expect("a free port");
    let address = socket.local_addr().expect("its address");
    (address, socket)
}
