//! The nightly job, in each of its languages.

use std::{net::SocketAddr, process::ExitStatus};

use super::{Guide, Shell, texts};
use crate::support::{TestDatabase, node_modules};

/// Where the guides say that the service is.
const WRITTEN_ADDRESS: &str = "http://127.0.0.1:8080";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Python,
    TypeScript,
}

/// A job that is ready to run: its client is registered.
pub struct Job {
    guide: Guide,
    shell: Shell,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub told: String,
    pub complaints: String,
}

impl Job {
    /// Does all that the guide says before the run. `None` where the test has to be passed over.
    pub fn prepare(language: Language, database: &TestDatabase) -> Option<Self> {
        let mut shell = Shell::open(database)?;
        let (guide, block, file) = match language {
            Language::Python => ("nightly-opt-outs-python.md", "python", "opt_outs.py"),
            Language::TypeScript => {
                shell.node_modules = Some(node_modules()?);
                ("nightly-opt-outs-typescript.md", "typescript", "opt-outs.mts")
            }
        };
        let guide = Guide::read(guide);
        assert!(guide.0.contains(&format!("Save this as `{file}`")));
        shell.save(file, guide.block(block));
        let commands = guide.blocks("sh");
        let (_, before) = commands.split_last().expect("commands");
        shell.run_well(&before.join("\n"));
        Some(Self { guide, shell })
    }

    pub fn write_file(&self, text: &str) {
        self.shell.save("opted-out.csv", text);
    }

    /// The example of the guide, followed by these lines.
    pub fn write_numbers(&self, lines: &str) {
        self.write_file(&format!("{}{lines}", self.guide.block("csv")));
    }

    pub fn write_client(&self, client: &str) {
        self.shell.save("client.json", client);
    }

    /// Runs the job as the guide says, with further options, against the service at this address.
    pub async fn run(&self, address: SocketAddr, options: &str) -> Ended {
        let commands = self.guide.blocks("sh");
        let run = commands.last().expect("a command");
        assert!(run.contains(WRITTEN_ADDRESS), "{run}");
        let run = run.replace(WRITTEN_ADDRESS, &format!("{options} http://{address}"));
        // The proxy goes on meanwhile.
        let output = tokio::task::block_in_place(|| self.shell.run(&run));
        let (told, complaints) = texts(&output);
        let ended = Ended {
            status: output.status,
            told,
            complaints,
        };
        ended.assert_tells_of_nobody();
        ended
    }
}

impl Ended {
    /// A log keeps what is printed, so it must not have phone numbers.
    #[track_caller]
    fn assert_tells_of_nobody(&self) {
        for number in ["415555", "416555", "1632960961"] {
            assert!(!self.told.contains(number), "{self:?}");
            assert!(!self.complaints.contains(number), "{self:?}");
        }
    }

    /// All was done; this is the summary.
    #[track_caller]
    pub fn assert_done(&self, summary: &str) {
        assert!(self.status.success(), "{self:?}");
        assert_eq!(self.told, format!("opt_outs: {summary}\n"), "{self:?}");
    }

    /// Not all was done, and it says so.
    #[track_caller]
    pub fn assert_not_done(&self, complaints: &[&str]) {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        for complaint in complaints {
            assert!(self.complaints.contains(complaint), "{complaint}: {self:?}");
        }
    }
}
