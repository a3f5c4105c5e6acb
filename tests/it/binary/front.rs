//! An address that stays the same whatever becomes of the server behind it: another one in every run, one that is held
//! up, or one that is gone for a while.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
};

/// A port that passes everything on.
#[derive(Clone)]
pub(super) struct Front {
    address: SocketAddr,
    state: Arc<Shared>,
    /// Ends the port with the last front that a test has.
    _ending: Arc<Ending>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    released: Condvar,
    /// The thread that takes connections up, while it listens. Whoever opens or closes the front holds it.
    listening: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    behind: Option<SocketAddr>,
    /// Whether it listens.
    open: bool,
    held: bool,
    connections: Vec<TcpStream>,
}

impl Front {
    pub(super) fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<Shared>::default();
        *state.listening.lock().unwrap() = Some(listen(listener, &state));
        let ending = Ending(address, Arc::clone(&state));
        Self { address, state, _ending: Arc::new(ending) }
    }

    /// Puts itself before a server; gives its own url for the same path.
    pub(super) fn stand_before(&self, url: &str) -> String {
        let rest = url.strip_prefix("http://").unwrap();
        let (server, path) = rest.split_once('/').unwrap();
        self.state.state.lock().unwrap().behind = Some(server.parse().unwrap());
        format!("http://{}/{path}", self.address)
    }

    /// From now on nothing passes, in either direction.
    pub(super) fn hold(&self) {
        self.state.state.lock().unwrap().held = true;
    }

    /// Lets pass what was held.
    pub(super) fn release(&self) {
        self.state.state.lock().unwrap().held = false;
        self.state.released.notify_all();
    }

    /// Breaks all connections and listens no more.
    pub(super) fn vanish(&self) {
        close(self.address, &self.state);
    }

    /// Listens again at the same address.
    pub(super) fn come_back(&self) {
        let mut listening = self.state.listening.lock().unwrap();
        let listener = TcpListener::bind(self.address).unwrap();
        *listening = Some(listen(listener, &self.state));
    }
}

/// Passes connections on until the front is closed.
fn listen(listener: TcpListener, state: &Arc<Shared>) -> JoinHandle<()> {
    state.state.lock().unwrap().open = true;
    let state = Arc::clone(state);
    thread::spawn(move || {
        for client in listener.incoming() {
            let behind = {
                let state = state.state.lock().unwrap();
                if !state.open {
                    return;
                }
                state.behind
            };
            // Both may have gone away in the meantime; the client sees that for itself.
            if let (Ok(client), Some(server)) = (client, behind) {
                let _ = pass_on(client, server, &state);
            }
        }
    })
}

/// Comes back when nobody listens at the address any more.
fn close(address: SocketAddr, state: &Shared) {
    let mut listening = state.listening.lock().unwrap();
    let Some(thread) = listening.take() else {
        return;
    };
    {
        let mut state = state.state.lock().unwrap();
        state.open = false;
        for connection in state.connections.drain(..) {
            // One that has ended already is no failure.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
    // Whoever comes wakes the thread, which sees then that it is to end.
    let _ = TcpStream::connect(address);
    thread.join().unwrap();
}

struct Ending(SocketAddr, Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.1.state.lock().unwrap().held = false;
        self.1.released.notify_all();
        close(self.0, &self.1);
    }
}

fn pass_on(client: TcpStream, server: SocketAddr, state: &Arc<Shared>) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    for end in [&client, &server] {
        end.set_nodelay(true)?;
        let end = end.try_clone()?;
        state.state.lock().unwrap().connections.push(end);
    }
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let (there, back) = (Arc::clone(state), Arc::clone(state));
    thread::spawn(move || copy(from_client, to_server, &there));
    thread::spawn(move || copy(server, client, &back));
    Ok(())
}

/// Passes bytes on until one end is closed, and closes the other then.
fn copy(mut from: TcpStream, mut to: TcpStream, state: &Shared) {
    let mut bytes = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let held = state.state.lock().unwrap();
        drop(state.released.wait_while(held, |state| state.held).unwrap());
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    for stream in [from, to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
