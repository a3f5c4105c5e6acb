//! An address that stays the same while the server behind it is another one in every run: a kept plan is for a server.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A port that passes everything on.
pub(super) struct Front {
    address: SocketAddr,
    behind: Arc<Mutex<Option<SocketAddr>>>,
}

impl Front {
    pub(super) fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let front = Self {
            address: listener.local_addr().unwrap(),
            behind: Arc::default(),
        };
        let behind = Arc::clone(&front.behind);
        // Ends with the first client after the front is gone, which `drop` sends.
        thread::spawn(move || {
            for client in listener.incoming() {
                let Some(server) = *behind.lock().unwrap() else {
                    return;
                };
                // Both may have gone away in the meantime; the client sees that for itself.
                let _ = client.and_then(|client| pass_on(client, server));
            }
        });
        front
    }

    /// Puts itself before a server; gives its own url for the same path.
    pub(super) fn stand_before(&self, url: &str) -> String {
        let rest = url.strip_prefix("http://").unwrap();
        let (server, path) = rest.split_once('/').unwrap();
        *self.behind.lock().unwrap() = Some(server.parse().unwrap());
        format!("http://{}/{path}", self.address)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        *self.behind.lock().unwrap() = None;
        let _ = TcpStream::connect(self.address);
    }
}

fn pass_on(client: TcpStream, server: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || copy(from_client, to_server));
    thread::spawn(move || copy(server, client));
    Ok(())
}

/// Passes bytes on until one end is closed, and closes the other then.
fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    for stream in [from, to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
