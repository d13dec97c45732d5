//! Uses `std::net` as its arguments say, each a command of several words:
//!
//! - `connect HOST:PORT TEXT`: connects, sends a text, reads the answer to its end.
//! - `listen ADDRESS`: listens, says on which port, answers one connection with what it sent.
//! - `udp LOCAL PEER TEXT`: sends a datagram and waits for one.
//! - `resolve HOST:PORT`: looks a name up.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

fn main() {
    for argument in std::env::args().skip(1) {
        let words: Vec<&str> = argument.split(' ').collect();
        let outcome = match words[..] {
            ["connect", peer, message] => connect(peer, message),
            ["listen", local] => listen(local),
            ["udp", local, peer, message] => udp(local, peer, message),
            ["resolve", name] => resolve(name),
            _ => Ok("no command".into()),
        };
        match outcome {
            Ok(text) => println!("{argument}: {text}"),
            Err(error) => println!("{argument}: {:?}", error.kind()),
        }
    }
}

fn connect(peer: &str, message: &str) -> Result<String> {
    let mut stream = TcpStream::connect(peer)?;
    stream.write_all(message.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn listen(local: &str) -> Result<String> {
    let listener = TcpListener::bind(local)?;
    println!("port {}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    let (mut stream, _) = listener.accept()?;
    let mut message = String::new();
    stream.read_to_string(&mut message)?;
    stream.write_all(message.as_bytes())?;
    Ok(message)
}

fn udp(local: &str, peer: &str, message: &str) -> Result<String> {
    let socket = UdpSocket::bind(local)?;
    socket.send_to(message.as_bytes(), peer)?;
    let mut buffer = [0; 1500];
    let (length, _) = socket.recv_from(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

fn resolve(name: &str) -> Result<String> {
    let addresses = name.to_socket_addrs()?;
    let addresses: Vec<String> = addresses.map(|address| address.to_string()).collect();
    Ok(format!("[{}]", addresses.join(", ")))
}
