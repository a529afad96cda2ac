//! The guides in docs/guides: their programs and commands, run as they are written there.

mod job;
mod moving;
mod opt_outs;
mod proxy;

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::support::{ServerProcess, TestDatabase, program, python_tool, repository_file};

/// What stands in for the programs that the guides call by name.
const STAND_INS: &str = r#"
set -eu
record-lists() { "$PROGRAM" "$@"; }
# What would be installed is there.
npm() { ln -sfn "$NODE_MODULES" node_modules; }
npx() { local name=$1; shift; "node_modules/.bin/$name" "$@"; }
"#;

/// A guide's text.
struct Guide(String);

impl Guide {
    fn read(name: &str) -> Self {
        let path = repository_file("docs/guides").join(name);
        Self(std::fs::read_to_string(path).expect("a guide"))
    }

    /// The blocks that are marked with this language, in order.
    fn blocks(&self, language: &str) -> Vec<&str> {
        let mark = format!("\n```{language}\n");
        let blocks = self.0.split(&mark).skip(1);
        blocks
            .map(|rest| rest.split_inclusive("```\n").next().expect("a block"))
            .map(|block| block.strip_suffix("```\n").expect("the end of a block"))
            .collect()
    }

    /// The one block in this language.
    fn block(&self, language: &str) -> &str {
        let blocks = self.blocks(language);
        assert_eq!(blocks.len(), 1, "blocks of {language}");
        blocks[0]
    }
}

/// A shell in a folder of its own, for the commands of a guide.
struct Shell {
    folder: TempDir,
    database_url: String,
    path: std::ffi::OsString,
    node_modules: Option<std::path::PathBuf>,
}

impl Shell {
    /// `record-lists` works on this database. `None` where the test has to be passed over.
    fn open(database: &TestDatabase) -> Option<Self> {
        let python = python_tool("python3")?;
        let path = python.get_envs().find(|(name, _)| *name == "PATH");
        Some(Self {
            folder: tempfile::tempdir().expect("a folder"),
            database_url: database.url.clone(),
            path: path.and_then(|(_, path)| path.map(Into::into)).expect("a path"),
            node_modules: None,
        })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn save(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a file");
    }

    /// Runs commands to their end, or to the first that fails.
    fn run(&self, commands: &str) -> Output {
        let program = program(self.path());
        let mut bash = Command::new("bash");
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => bash.env(name, value),
                None => bash.env_remove(name),
            };
        }
        for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            bash.env_remove(proxy);
        }
        bash.args(["-c", &format!("{STAND_INS}\n{commands}")])
            .env("PROGRAM", program.get_program())
            .env("RECORD_LISTS_DATABASE_URL", &self.database_url)
            .env("PATH", &self.path)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .envs(self.node_modules.iter().map(|folder| ("NODE_MODULES", folder)))
            .current_dir(self.path())
            .output()
            .expect("bash")
    }

    /// Runs commands that must succeed; what they print.
    #[track_caller]
    fn run_well(&self, commands: &str) -> String {
        let output = self.run(commands);
        let (told, complaint) = texts(&output);
        assert!(output.status.success(), "{commands}\n{told}\n{complaint}");
        told
    }
}

/// Standard output and standard error.
fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a text");
    (text(&output.stdout), text(&output.stderr))
}

/// A server that issues tokens.
async fn serve(database: &TestDatabase, arguments: &[&str]) -> ServerProcess {
    let folder = database.folder.path();
    let key = folder.join("signing-key");
    std::fs::write(&key, [7; 32]).expect("a file");
    let key = key.display().to_string();
    let arguments = [&["--signing-key-file", &key], arguments].concat();
    let server = ServerProcess::start(folder, &database.url, &arguments);
    server.ready().await;
    server
}
