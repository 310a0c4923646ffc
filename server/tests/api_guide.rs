//! `docs/API.md` is accurate: its commands run as written and print what is shown below them.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use guildhall::{
    account::{self, AccountId, HashCost, Hasher, NewAccount, Role, Viewer},
    fairness::Submitter,
    oauth::{self, NewClient},
    store::MIGRATIONS,
    token::{self, NewPersonalToken, Scope, Scopes},
};
use sqlx::{ConnectOptions, PgPool};
use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{io::AsyncWriteExt, net::TcpStream, process, time::timeout};

const GUIDE: &str = include_str!("../../docs/API.md");
/// The info strings of the blocks that are run; `start` and `browser` blocks are only for people.
const RUN: [&str; 2] = ["sh", "sh oauth"];
/// Separates the output of two blocks.
const END_OF_BLOCK: &str = "----- end of block -----";
const TIMEOUT: Duration = Duration::from_secs(60);

/// Commands and their expected output.
struct Step {
    commands: String,
    printed: Option<String>,
}

/// The blocks to run, each with the output block that follows it, if any.
fn steps(guide: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_run = false;
    for block in guide.split("```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').unwrap();
        let language = language.trim();
        if language.starts_with("sh") {
            is_run = RUN.contains(&language);
            if is_run {
                let commands = text.to_owned();
                steps.push(Step {
                    commands,
                    printed: None,
                });
            }
        } else if is_run {
            let step = steps.last_mut().unwrap();
            assert!(
                step.printed.is_none(),
                "two output blocks follow: {}",
                step.commands
            );
            step.printed = Some(text.to_owned());
        }
    }
    steps
}

/// True if the output matches the guide, where `…` stands for anything within a line.
fn is_as_shown(shown: &str, printed: &str) -> bool {
    let (mut shown, mut printed) = (shown.trim_end().lines(), printed.trim_end().lines());
    loop {
        match (shown.next(), printed.next()) {
            (None, None) => return true,
            (Some(shown), Some(printed)) if matches_guide(shown.trim_end(), printed.trim_end()) => {
            }
            _ => return false,
        }
    }
}

fn matches_guide(shown: &str, printed: &str) -> bool {
    let Some((start, rest)) = shown.split_once('…') else {
        return shown == printed;
    };
    let Some(mut left) = printed.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('…').collect();
    let end = parts.pop().unwrap();
    for part in parts {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(end)
}

/// A running server, killed when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// Starts the built binary on a free port.
    async fn start(pool: &PgPool) -> (Self, String) {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = free.local_addr().unwrap();
        drop(free);
        let child = Command::new(env!("CARGO_BIN_EXE_guildhall"))
            .args(["serve", "--addr", &addr.to_string()])
            .args(["--database-connections", "4"])
            .arg("--database-url")
            .arg(pool.connect_options().to_url_lossy().as_str())
            .env("LEPTOS_OUTPUT_NAME", "guildhall")
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let server = Self(child);
        let answers = async {
            while TcpStream::connect(addr).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(TIMEOUT, answers).await.expect("the server starts");
        (server, format!("http://{addr}"))
    }
}

/// A token with every scope for a new account.
async fn token(pool: &PgPool, role: &str) -> (AccountId, String) {
    let email = format!("{role}@example.com");
    let password = "stepped gable lantern";
    let new = NewAccount::parse(role, role, &email, password).unwrap();
    let hash = Hasher::new(1, HashCost::default())
        .unwrap()
        .hash(&Submitter::operator(), password)
        .await
        .unwrap();
    let mut tx = pool.begin().await.unwrap();
    let account = account::sign_up(&mut tx, &new, &hash)
        .await
        .unwrap()
        .account;
    account::vouch_for_email(&mut tx, account, &email)
        .await
        .unwrap();
    let role: Role = role.parse().unwrap();
    let scopes: Vec<_> = Scopes::of_role(role).iter().map(Scope::name).collect();
    let new = NewPersonalToken::parse(role, "Guide", &scopes, "1").unwrap();
    let secret = token::create_personal(&mut tx, account, &new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (account, secret.reveal().to_owned())
}

/// A program of this account: its client id and secret.
async fn program(pool: &PgPool, owner: AccountId) -> (String, String) {
    let scopes = ["projects:read", "bids:read", "bids:write"];
    let redirect = "http://127.0.0.1:8080/callback";
    let new = NewClient::parse("Guide", "confidential", redirect, &scopes, true).unwrap();
    let owner = Viewer {
        account: owner,
        role: Role::Buyer,
        name: "buyer".to_owned(),
        has_confirmed_email: true,
    };
    let mut tx = pool.begin().await.unwrap();
    let (id, secret) = oauth::register(&mut tx, &owner, &new).await.unwrap();
    let client = oauth::owned_by_id(&mut tx, &owner, id).await.unwrap();
    tx.commit().await.unwrap();
    (client.public_id, secret.unwrap().reveal().to_owned())
}

/// Runs all commands in one shell that stops at the first failure; returns the output of each block.
async fn run(steps: &[Step], environment: &[(&str, &str)]) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("api_guide");
    std::fs::create_dir_all(&folder).unwrap();
    let mut script = "set -euo pipefail\n".to_owned();
    for step in steps {
        script.push_str(&format!("{}\necho '{END_OF_BLOCK}'\n", step.commands));
    }
    let mut bash = process::Command::new("bash")
        .current_dir(folder)
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = bash.stdin.take().unwrap();
    input.write_all(script.as_bytes()).await.unwrap();
    drop(input);
    let output = timeout(TIMEOUT, bash.wait_with_output())
        .await
        .expect("the commands end")
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{complaints}");
    let mut blocks: Vec<_> = printed
        .split(&format!("{END_OF_BLOCK}\n"))
        .map(str::to_owned)
        .collect();
    assert_eq!(blocks.pop().as_deref(), Some(""));
    blocks
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_guides_commands_work(pool: PgPool) {
    let (_server, base) = Server::start(&pool).await;
    let (_, seller) = token(&pool, "seller").await;
    let (account, buyer) = token(&pool, "buyer").await;
    let (client, secret) = program(&pool, account).await;
    let steps = steps(GUIDE);
    assert!(steps.len() >= 12, "only {} blocks are run", steps.len());
    let environment = [
        ("BASE", base.as_str()),
        ("SELLER_TOKEN", &seller),
        ("BUYER_TOKEN", &buyer),
        ("CLIENT_ID", &client),
        ("CLIENT_SECRET", &secret),
    ];
    let blocks = run(&steps, &environment).await;
    assert_eq!(blocks.len(), steps.len());
    for (step, printed) in steps.iter().zip(blocks) {
        let commands = &step.commands;
        let shown = step
            .printed
            .as_deref()
            .unwrap_or_else(|| panic!("no output block follows:\n{commands}"));
        assert!(
            is_as_shown(shown, &printed),
            "{commands}\nshown:\n{shown}\nprinted:\n{printed}"
        );
    }
}

#[test]
fn output_must_match_the_guide_except_where_the_guide_has_an_ellipsis() {
    assert!(is_as_shown(
        "{\"id\":…,\"a\":1}\nHTTP 201\n",
        "{\"id\":77,\"a\":1}\nHTTP 201\n"
    ));
    for printed in [
        "{\"id\":77,\"a\":2}\nHTTP 201",
        "{\"id\":77,\"a\":1}\nHTTP 200",
        "{\"id\":77,\"a\":1}",
        "",
    ] {
        assert!(
            !is_as_shown("{\"id\":…,\"a\":1}\nHTTP 201", printed),
            "{printed}"
        );
    }
}
