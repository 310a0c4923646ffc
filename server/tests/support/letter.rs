//! The letters that a site sends, which its database keeps.

use super::Client;
use server::{
    config::MailConfig,
    mail::Mailer,
    worker::{AccountMailSender, LetterWriter},
};
use sqlx::PgPool;

pub const BASE_URL: &str = "http://guildhall.example";

/// Writes letters that are kept in the database, where /dev/mail shows them.
pub fn letters(pool: &PgPool) -> LetterWriter {
    let mailer = Mailer::new(&MailConfig::default(), BASE_URL, pool).unwrap();
    LetterWriter::new(mailer, BASE_URL.to_owned())
}

/// Sends the letters about accounts that are queued.
pub async fn send_letters(pool: &PgPool) {
    let sender = AccountMailSender::new(pool.clone(), letters(pool));
    while sender.pass().await.unwrap() > 0 {}
}

/// The subjects of all letters to this address, the oldest first, once all that are queued have been sent.
pub async fn subjects(pool: &PgPool, address: &str) -> Vec<String> {
    send_letters(pool).await;
    sqlx::query_scalar("select subject from kept_mail where address = $1 order by id")
        .bind(address)
        .fetch_all(pool)
        .await
        .unwrap()
}

/// The path that the button of the newest letter to this address leads to, once all that are queued have been sent.
pub async fn link_in_letter(pool: &PgPool, address: &str) -> String {
    send_letters(pool).await;
    let text: String = sqlx::query_scalar(
        "select text from kept_mail where address = $1 order by id desc limit 1",
    )
    .bind(address)
    .fetch_one(pool)
    .await
    .unwrap();
    let (_, link) = text.split_once(BASE_URL).expect("the letter has a link");
    link.split_whitespace().next().unwrap().to_owned()
}

/// The secret in a link from a letter.
pub fn secret_in(link: &str) -> &str {
    link.split_once("?secret=")
        .expect("the link has a secret")
        .1
}

/// Presses the button of the newest link to this address, which confirms it.
pub async fn confirm_address(pool: &PgPool, client: &mut Client, address: &str) {
    let link = link_in_letter(pool, address).await;
    let secret = [("secret", secret_in(&link))];
    client.post("/confirm-email/link", &secret).await.is(200);
}
