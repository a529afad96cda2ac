//! A name server that knows one name.

use std::{
    net::{IpAddr, Ipv4Addr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// An address of this machine where nobody else serves names.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 1);

/// The name, as it is in a question: each part behind its length.
const NAME: &[u8] = b"\x06in-dns\x04test\x00";

/// The length of the head of a message.
const HEAD: usize = 12;

/// A name server, until it is dropped.
pub(super) struct NameServer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    was_asked: AtomicBool,
    is_stopped: AtomicBool,
}

impl NameServer {
    /// `None` without the right to take the port.
    pub(super) fn start() -> Option<Self> {
        let socket = UdpSocket::bind((ADDRESS, 53)).ok()?;
        socket.set_read_timeout(Some(Duration::from_millis(100))).ok()?;
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let mut message = [0; 512];
            while !of_thread.is_stopped.load(Ordering::Relaxed) {
                let Ok((length, peer)) = socket.recv_from(&mut message) else {
                    continue;
                };
                if let Some(answer) = answer(&message[..length]) {
                    of_thread.was_asked.store(true, Ordering::Relaxed);
                    let _ = socket.send_to(&answer, peer);
                }
            }
        });
        Some(Self {
            shared,
            thread: Some(thread),
        })
    }

    pub(super) fn address(&self) -> IpAddr {
        ADDRESS.into()
    }

    pub(super) fn was_asked(&self) -> bool {
        self.shared.was_asked.load(Ordering::Relaxed)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The address of this machine for the name; for another name, or another kind of address, that there is none.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let name = query.get(HEAD..)?.split_inclusive(|byte| *byte == 0).next()?;
    let question = query.get(HEAD..HEAD + name.len() + 4)?;
    let is_known = name == NAME && question.ends_with(&[0, 1, 0, 1]);
    let mut answer = query[..2].to_vec();
    let code = if name == NAME { 0 } else { 3 };
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(is_known), 0, 0, 0, 0]);
    answer.extend(question);
    if is_known {
        // The name of the question, IPv4, for a minute.
        answer.extend([0xc0, HEAD as u8, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(answer)
}
