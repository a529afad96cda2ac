//! Whether the threads of the service still do their work. It is each of them that answers, not a thread of its own,
//! which would go on when the others hang.

use std::sync::Arc;

use tokio::sync::{
    mpsc::{self, UnboundedSender},
    oneshot, watch,
};

/// Where one thread is asked for an answer.
type Pulse = UnboundedSender<oneshot::Sender<()>>;

/// The threads that take part. Clones share them.
#[derive(Clone)]
pub struct Heartbeat {
    threads: Arc<watch::Sender<Vec<Pulse>>>,
    expected: usize,
}

impl Heartbeat {
    /// The heartbeat of a service with so many threads, none of which takes part yet.
    pub fn of(expected: usize) -> Self {
        Self {
            threads: Arc::new(watch::Sender::new(Vec::new())),
            expected,
        }
    }

    /// Lets the current thread take part until it ends. Must be called on a thread of an actix system.
    pub fn join(&self) {
        let (pulse, mut asked) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
        actix_rt::spawn(async move {
            while let Some(answer) = asked.recv().await {
                // Nobody waits for it when the process ends.
                let _ = answer.send(());
            }
        });
        self.threads.send_modify(|threads| {
            threads.retain(|pulse| !pulse.is_closed());
            threads.push(pulse);
        });
    }

    /// Waits until all threads take part.
    pub async fn begun(&self) {
        let mut threads = self.threads.subscribe();
        // It cannot fail: this is one of the senders.
        let _ = threads.wait_for(|threads| threads.len() >= self.expected).await;
    }

    /// Waits until each thread that takes part has answered, and one of those for database work. A thread that has
    /// ended is not waited for.
    pub async fn beat(&self) {
        let ask = |pulse: &Pulse| {
            let (answer, answered) = oneshot::channel();
            pulse.send(answer).is_ok().then_some(answered)
        };
        let answers: Vec<_> = self.threads.borrow().iter().filter_map(ask).collect();
        for answered in answers {
            let _ = answered.await;
        }
        let _ = tokio::spawn(async {}).await;
    }
}
