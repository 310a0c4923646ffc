//! Which directories are accepted, which are refused, and what is created in them.

use super::{Scratch, query, refusal};
use crate::database::postgres::{
    Error, PrivatePostgres,
    account::{self, OsAccount},
    home::DataDirectory,
    socket,
};
use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

#[test]
fn a_path_too_long_for_a_socket_gets_a_short_private_directory() {
    let scratch = Scratch::new();
    let data = scratch.0.join("with, \"quotes\" & ü").join("x".repeat(120));
    let private = PrivatePostgres::start(&data).unwrap();
    let socket_dir = private.url().split_once("?host=").unwrap().1.to_owned();
    assert!(socket_dir.len() < 40, "{socket_dir}");
    assert_eq!(fs::metadata(&socket_dir).unwrap().mode() & 0o777, 0o700);
    assert_eq!(query(&data, private.url(), "select 1"), "1");
    private.stop().unwrap();
    assert!(!Path::new(&socket_dir).exists());
}

#[test]
fn a_link_in_place_of_the_socket_directory_is_refused() {
    let scratch = Scratch::new();
    let home = DataDirectory::prepare(&scratch.0.join("x".repeat(120))).unwrap();
    let account = OsAccount::choose(None).unwrap();
    let socket_dir = socket::private_dir(&home.cluster, &account).unwrap();
    fs::remove_dir(&socket_dir).unwrap();
    symlink(&scratch.0, &socket_dir).unwrap();
    let refused = socket::private_dir(&home.cluster, &account);
    fs::remove_file(&socket_dir).unwrap();
    assert!(matches!(refused, Err(Error::SocketDirTaken { .. })));
}

#[test]
fn a_path_that_is_too_long_gets_a_clear_message() {
    let data = env::temp_dir().join("x".repeat(200).repeat(5));
    let bytes = data.as_os_str().len();
    assert_eq!(
        refusal(&data),
        format!(
            "the path of the data directory is {bytes} bytes long, but PostgreSQL accepts at most 900: set GUILDHALL_DATA_DIR to a shorter one"
        )
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
    let refused = PrivatePostgres::start(&data).unwrap_err();
    assert!(matches!(refused, Error::OtherOwner { owner, .. } if owner == other));
}

#[test]
fn a_directory_with_other_files_is_refused_and_left_alone() {
    let scratch = Scratch::new();
    fs::write(scratch.0.join("thesis.txt"), "precious").unwrap();
    assert!(refusal(&scratch.0).contains("files that Guildhall did not create"));
    assert_eq!(fs::metadata(&scratch.0).unwrap().mode() & 0o777, 0o755);
    assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1);
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
fn an_empty_directory_gets_only_the_permissions_it_needs() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.data()).unwrap();
    fs::set_permissions(scratch.data(), Permissions::from_mode(0o700)).unwrap();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let expected = if account::is_root() { 0o711 } else { 0o700 };
    let mode = fs::metadata(scratch.data()).unwrap().mode();
    assert_eq!(mode & 0o777, expected);
    private.stop().unwrap();
}
