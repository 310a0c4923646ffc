//! Against the real programs, in directories below the system's temporary one, as root and as an ordinary user.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::account::{self, Account};
use super::cluster::Cluster;
use super::error::tells_a_full_disk;
use super::home::Home;
use super::pid_file::{PidFile, live_postmaster};
use super::tools::{self, Tools};
use super::{Error, Private, data_dir_from, percent_encode, socket, url};

const DIR_VARIABLE: &str = "GUILDHALL_TEST_OWNED_DIR";

/// A directory that is gone at the end of the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = env::temp_dir().join(format!("guildhall-test-{}-{count}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        Self(dir)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn cluster(&self) -> PathBuf {
        self.data().join("cluster")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.data().join("server.log")).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The answer of psql, which takes the same URL as sqlx.
fn ask(data: &Path, url: &str, statement: &str) -> String {
    let cluster = Cluster::at(Home::prepare(data).unwrap()).unwrap();
    let output = cluster.psql(url, statement).unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn refusal(data: &Path) -> String {
    Private::start(data).unwrap_err().to_string()
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Another process that owns the cluster, which is up.
fn owner_process(data: &Path) -> Child {
    let mut child = spawn_owner(data);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("the cluster is up")));
    child
}

/// This test program again, running only the function below.
fn spawn_owner(data: &Path) -> Child {
    let module = module_path!().split_once("::").unwrap().1;
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture"])
        .arg(format!("{module}::owns_a_cluster_until_it_is_killed"))
        .env(DIR_VARIABLE, data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "other tests run it as a process of its own, to kill it"]
fn owns_a_cluster_until_it_is_killed() {
    let Some(data) = env::var_os(DIR_VARIABLE) else {
        return;
    };
    let private = Private::start(Path::new(&data)).unwrap();
    ask(
        Path::new(&data),
        private.url(),
        "create table if not exists kept as select 42 as answer",
    );
    println!("the cluster is up");
    loop {
        thread::park();
    }
}

#[test]
fn a_cluster_starts_with_its_database_and_stops_cleanly() {
    let scratch = Scratch::new();
    let private = Private::start(&scratch.data()).unwrap();
    let ask = |statement: &str| ask(&scratch.data(), private.url(), statement);
    assert_eq!(ask("select current_database()"), "guildhall");
    assert_eq!(ask("show listen_addresses"), "");
    assert_eq!(ask("show fsync"), "on");
    assert_eq!(ask("show synchronous_commit"), "on");
    assert_eq!(ask("show max_connections"), "200");
    assert_eq!(ask("show shared_buffers"), "256MB");
    assert_eq!(ask("show timezone"), "UTC");
    assert_eq!(ask("show server_encoding"), "UTF8");
    assert_eq!(ask("show lc_collate"), "C.UTF-8");
    private.stop().unwrap();
    assert_eq!(live_postmaster(&scratch.cluster()), None);
    assert!(scratch.log().contains("database system is shut down"));
}

#[test]
fn a_cluster_belongs_to_an_ordinary_user_and_only_that_user_enters() {
    let scratch = Scratch::new();
    let private = Private::start(&scratch.data()).unwrap();
    let cluster = fs::metadata(scratch.cluster()).unwrap();
    assert_ne!(cluster.uid(), 0);
    assert_eq!(cluster.mode() & 0o777, 0o700);
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    let process = fs::metadata(format!("/proc/{pid}")).unwrap();
    assert_eq!(process.uid(), cluster.uid());
    private.stop().unwrap();
}

#[test]
fn a_ctrl_c_in_the_terminal_does_not_reach_the_cluster() {
    let scratch = Scratch::new();
    let _private = Private::start(&scratch.data()).unwrap();
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    assert_eq!(fields[2], pid.to_string(), "it leads a process group");
}

#[test]
fn a_dropped_handle_stops_the_cluster() {
    let scratch = Scratch::new();
    drop(Private::start(&scratch.data()).unwrap());
    assert_eq!(live_postmaster(&scratch.cluster()), None);
}

#[test]
fn a_second_start_attaches() {
    let scratch = Scratch::new();
    let first = Private::start(&scratch.data()).unwrap();
    let second = Private::start(&scratch.data()).unwrap();
    assert_eq!(first.url(), second.url());
    second.stop().unwrap();
    assert_eq!(ask(&scratch.data(), first.url(), "select 1"), "1");
    first.stop().unwrap();
}

#[test]
fn two_starts_at_the_same_moment_share_one_cluster() {
    let scratch = Scratch::new();
    let all_started = Barrier::new(3);
    let start = || {
        let private = Private::start(&scratch.data()).unwrap();
        // The thread that started the cluster has to live as long as the others need it.
        all_started.wait();
        let owns = private.owned.is_some();
        assert_eq!(ask(&scratch.data(), private.url(), "select 1"), "1");
        all_started.wait();
        private.stop().unwrap();
        owns
    };
    let owners = thread::scope(|scope| {
        let threads = [scope.spawn(start), scope.spawn(start), scope.spawn(start)];
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(owners.into_iter().filter(|&owns| owns).count(), 1);
}

#[test]
fn a_cluster_survives_kill_nine_of_its_owner() {
    let scratch = Scratch::new();
    let mut owner = owner_process(&scratch.data());
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_for("the clean end of the cluster", || {
        live_postmaster(&scratch.cluster()).is_none()
            && !Path::new(&format!("/proc/{pid}/cwd")).exists()
    });
    assert!(scratch.log().contains("received fast shutdown request"));
    assert!(scratch.log().contains("database system is shut down"));
    let private = Private::start(&scratch.data()).unwrap();
    let answer = ask(&scratch.data(), private.url(), "select answer from kept");
    assert_eq!(answer, "42");
    assert!(!scratch.log().contains("not properly shut down"));
}

#[test]
fn a_start_right_after_kill_nine_does_not_attach_to_the_dying_cluster() {
    let scratch = Scratch::new();
    for _ in 0..3 {
        let mut owner = owner_process(&scratch.data());
        owner.kill().unwrap();
        owner.wait().unwrap();
        let private = Private::start(&scratch.data()).unwrap();
        assert!(private.owned.is_some());
        let answer = ask(&scratch.data(), private.url(), "select answer from kept");
        assert_eq!(answer, "42");
        private.stop().unwrap();
    }
    assert!(!scratch.log().contains("not properly shut down"));
}

#[test]
fn a_cluster_that_was_itself_killed_is_recovered() {
    let scratch = Scratch::new();
    let mut private = Private::start(&scratch.data()).unwrap();
    ask(
        &scratch.data(),
        private.url(),
        "create table kept as select 42 as answer",
    );
    let owned = private.owned.as_mut().unwrap();
    owned.postmaster.child.kill().unwrap();
    owned.postmaster.child.wait().unwrap();
    private.stop().unwrap();
    let private = Private::start(&scratch.data()).unwrap();
    let answer = ask(&scratch.data(), private.url(), "select answer from kept");
    assert_eq!(answer, "42");
    assert!(scratch.log().contains("not properly shut down"));
}

#[test]
fn a_half_made_directory_is_made_again() {
    let scratch = Scratch::new();
    let home = Home::prepare(&scratch.data()).unwrap();
    drop(home.try_lock().unwrap());
    let account = Account::choose(None).unwrap();
    home.begin_cluster(&account).unwrap();
    fs::write(home.half_made.join("PG_VERSION"), "15\n").unwrap();
    let private = Private::start(&scratch.data()).unwrap();
    assert_eq!(ask(&scratch.data(), private.url(), "select 1"), "1");
    assert!(!home.half_made.exists());
}

#[test]
fn a_start_right_after_kill_nine_during_initdb_makes_a_whole_cluster() {
    let scratch = Scratch::new();
    let half_made = scratch.data().join("cluster.new");
    for delay in [0, 100, 300] {
        let mut owner = spawn_owner(&scratch.data());
        wait_for("initdb", || half_made.join("PG_VERSION").exists());
        thread::sleep(Duration::from_millis(delay));
        owner.kill().unwrap();
        owner.wait().unwrap();
        assert!(!scratch.cluster().exists(), "it was killed too late");
        let private = Private::start(&scratch.data()).unwrap();
        assert_eq!(ask(&scratch.data(), private.url(), "select 1"), "1");
        assert!(!half_made.exists());
        private.stop().unwrap();
        fs::remove_dir_all(scratch.data()).unwrap();
    }
}

#[test]
fn a_missing_database_is_made_at_the_next_start() {
    let scratch = Scratch::new();
    let private = Private::start(&scratch.data()).unwrap();
    let other = private.url().replace("/guildhall?", "/postgres?");
    ask(&scratch.data(), &other, "drop database guildhall");
    private.stop().unwrap();
    let private = Private::start(&scratch.data()).unwrap();
    assert_eq!(ask(&scratch.data(), private.url(), "select 1"), "1");
}

#[test]
fn a_path_too_long_for_a_socket_gets_a_short_private_directory() {
    let scratch = Scratch::new();
    let data = scratch.0.join("with, \"quotes\" & ü").join("x".repeat(120));
    let private = Private::start(&data).unwrap();
    let socket_dir = private.url().split_once("?host=").unwrap().1.to_owned();
    assert!(socket_dir.len() < 40, "{socket_dir}");
    assert_eq!(fs::metadata(&socket_dir).unwrap().mode() & 0o777, 0o700);
    assert_eq!(ask(&data, private.url(), "select 1"), "1");
    private.stop().unwrap();
    assert!(!Path::new(&socket_dir).exists());
}

#[test]
fn a_link_in_place_of_the_socket_directory_is_refused() {
    let scratch = Scratch::new();
    let home = Home::prepare(&scratch.0.join("x".repeat(120))).unwrap();
    let account = Account::choose(None).unwrap();
    let socket_dir = socket::private_dir(&home.cluster, &account).unwrap();
    fs::remove_dir(&socket_dir).unwrap();
    symlink(&scratch.0, &socket_dir).unwrap();
    let refused = socket::private_dir(&home.cluster, &account);
    fs::remove_file(&socket_dir).unwrap();
    assert!(matches!(refused, Err(Error::SocketDirTaken { .. })));
}

#[test]
fn a_too_long_path_is_one_clear_sentence() {
    let data = env::temp_dir().join("x".repeat(200).repeat(5));
    let bytes = data.as_os_str().len();
    assert_eq!(
        refusal(&data),
        format!(
            "the path of the data directory has {bytes} bytes and PostgreSQL takes at most 900: set GUILDHALL_DATA_DIR to a shorter one"
        )
    );
}

#[test]
fn a_socket_path_above_107_bytes_is_one_clear_sentence() {
    let dir = |bytes: usize| PathBuf::from("/".to_owned() + &"x".repeat(bytes - 1));
    let name_bytes = "/.s.PGSQL.5432".len();
    assert!(socket::check_length(&dir(107 - name_bytes)).is_ok());
    let refused = socket::check_length(&dir(108 - name_bytes)).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("has 108 bytes and the system takes at most 107")
    );
}

#[test]
fn a_directory_of_another_user_is_refused() {
    let scratch = Scratch::new();
    let (data, other) = if account::is_root() {
        fs::create_dir(scratch.data()).unwrap();
        fs::write(scratch.data().join("lock"), "").unwrap();
        chown(scratch.data(), Some(12345), None).unwrap();
        (scratch.data(), 12345)
    } else {
        (PathBuf::from("/root"), 0)
    };
    let refused = Private::start(&data).unwrap_err();
    assert!(matches!(refused, Error::OtherOwner { owner, .. } if owner == other));
}

#[test]
fn a_directory_with_other_files_is_refused_and_left_alone() {
    let scratch = Scratch::new();
    fs::write(scratch.0.join("thesis.txt"), "precious").unwrap();
    assert!(refusal(&scratch.0).contains("files that Guildhall did not make"));
    assert_eq!(fs::metadata(&scratch.0).unwrap().mode() & 0o777, 0o755);
    assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1);
}

#[test]
fn a_cluster_of_another_version_is_refused_with_the_package_to_install() {
    let scratch = Scratch::new();
    Private::start(&scratch.data()).unwrap().stop().unwrap();
    fs::write(scratch.cluster().join("PG_VERSION"), "14\n").unwrap();
    assert!(refusal(&scratch.data()).contains("apt install postgresql-14"));
    fs::remove_file(scratch.cluster().join("PG_VERSION")).unwrap();
    assert!(refusal(&scratch.data()).contains("no valid PG_VERSION"));
}

#[test]
fn a_parent_that_the_user_cannot_enter_is_named() {
    if !account::is_root() {
        return;
    }
    let scratch = Scratch::new();
    fs::set_permissions(&scratch.0, Permissions::from_mode(0o700)).unwrap();
    let refused = refusal(&scratch.data());
    assert!(refused.contains("cannot enter"), "{refused}");
    let named = format!("{}: run `chmod o+x`", scratch.0.display());
    assert!(refused.contains(&named), "{refused}");
}

#[test]
fn an_empty_closed_directory_is_opened_just_enough() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.data()).unwrap();
    fs::set_permissions(scratch.data(), Permissions::from_mode(0o700)).unwrap();
    let private = Private::start(&scratch.data()).unwrap();
    let expected = if account::is_root() { 0o711 } else { 0o700 };
    let mode = fs::metadata(scratch.data()).unwrap().mode();
    assert_eq!(mode & 0o777, expected);
    private.stop().unwrap();
}

#[test]
fn a_start_that_fails_shows_the_end_of_the_log() {
    let scratch = Scratch::new();
    Private::start(&scratch.data()).unwrap().stop().unwrap();
    fs::write(
        scratch.cluster().join("postgresql.conf"),
        "work_mem = lots\n",
    )
    .unwrap();
    let began = Instant::now();
    let refused = refusal(&scratch.data());
    assert!(refused.contains("work_mem"), "{refused}");
    assert!(began.elapsed() < Duration::from_secs(5), "it must not wait");
}

#[test]
fn a_log_above_ten_megabytes_starts_anew() {
    let scratch = Scratch::new();
    let home = Home::prepare(&scratch.data()).unwrap();
    home.open_log().unwrap().set_len(10 * 1024 * 1024).unwrap();
    assert_eq!(
        home.open_log().unwrap().metadata().unwrap().len(),
        10 * 1024 * 1024
    );
    home.open_log()
        .unwrap()
        .set_len(10 * 1024 * 1024 + 1)
        .unwrap();
    assert_eq!(home.open_log().unwrap().metadata().unwrap().len(), 0);
}

#[test]
fn the_version_that_made_the_cluster_is_chosen_else_the_newest() {
    let tools = |major| Tools {
        bin: PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")),
        major,
    };
    let choose = |found: &[u32], made: Option<u32>| {
        let found: Vec<Tools> = found.iter().map(|&major| tools(major)).collect();
        tools::choose(&found, made.map(|major| (Path::new("/data"), major)))
    };
    assert_eq!(choose(&[15, 17, 16], None).unwrap().major, 17);
    assert_eq!(choose(&[15, 17, 16], Some(16)).unwrap().major, 16);
    assert!(matches!(choose(&[], None), Err(Error::NotInstalled)));
    assert!(matches!(
        choose(&[13, 14], None),
        Err(Error::TooOld { found: 14, .. })
    ));
    let other = choose(&[17], Some(15));
    assert!(matches!(
        other,
        Err(Error::OtherVersion {
            made_by: 15,
            found: 17,
            ..
        })
    ));
}

#[test]
fn a_version_is_read_from_what_postgres_says() {
    let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
    assert_eq!(tools::major_of(debian), Some(15));
    assert_eq!(tools::major_of("postgres (PostgreSQL) 19devel"), Some(19));
    assert_eq!(tools::major_of("bash: postgres: not found"), None);
}

#[test]
fn an_account_is_read_from_passwd_but_never_root() {
    let passwd = "root:x:0:0::/root:/bin/sh\nbroken\npostgres:x:101:104::/var/lib/postgresql:/bin/bash\nevil:x:0:0::/:/bin/sh\n";
    let postgres = account::named(passwd, "postgres").unwrap();
    assert_eq!((postgres.uid, postgres.gid), (101, 104));
    assert_eq!(account::named(passwd, "evil"), None);
    assert_eq!(account::named(passwd, "nobody"), None);
}

#[test]
fn a_pid_file_is_ready_only_when_its_eighth_line_says_so() {
    let start = "4711\n/data/cluster\n1763800000\n5432\n/data/cluster\n\n  1234 5\n";
    let parsed = |status: &str| PidFile::parse(&format!("{start}{status}"));
    assert!(parsed("ready   \n").unwrap().ready);
    assert!(!parsed("starting\n").unwrap().ready);
    assert!(!parsed("").unwrap().ready);
    assert_eq!(parsed("").unwrap().pid, 4711);
    assert_eq!(parsed("").unwrap().port, 5432);
    assert_eq!(parsed("").unwrap().socket_dir, Path::new("/data/cluster"));
    assert_eq!(PidFile::parse("4711\n/data/cluster\n"), None);
}

#[test]
fn a_url_keeps_slashes_and_encodes_the_rest() {
    assert_eq!(
        percent_encode("/a b/ü&=+%".as_bytes()),
        "/a%20b/%C3%BC%26%3D%2B%25"
    );
    assert_eq!(
        url(Path::new("/run/x"), 5432),
        "postgres://guildhall@localhost:5432/guildhall?host=/run/x"
    );
}

#[test]
fn the_default_directory_follows_the_environment() {
    let dir = |root, set: &[(&str, &str)]| {
        data_dir_from(root, |name| {
            let found = set.iter().find(|pair| pair.0 == name);
            found.map(|pair| PathBuf::from(pair.1))
        })
    };
    let all = [
        ("GUILDHALL_DATA_DIR", "/d"),
        ("XDG_DATA_HOME", "/x"),
        ("HOME", "/h"),
    ];
    assert_eq!(dir(true, &all), Path::new("/d"));
    assert_eq!(
        dir(true, &all[1..]),
        Path::new("/var/lib/guildhall/postgres")
    );
    assert_eq!(dir(false, &all[1..]), Path::new("/x/guildhall/postgres"));
    assert_eq!(
        dir(false, &all[2..]),
        Path::new("/h/.local/share/guildhall/postgres")
    );
}

#[test]
fn a_full_disk_is_recognised_in_the_words_of_postgres() {
    let words = "FATAL:  could not write to file \"pg_wal/xlogtemp.9\": No space left on device";
    assert!(tells_a_full_disk(words));
    assert!(!tells_a_full_disk(
        "FATAL:  the database system is starting up"
    ));
}
