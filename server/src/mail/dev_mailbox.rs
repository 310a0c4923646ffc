//! Keeps mail in the database, for `/dev/mail`.

use super::{Letter, compose::Composed};
use guildhall::{
    Result,
    kept_mail::{self, NewMail},
};
use sqlx::PgPool;

/// Keeps a composed letter instead of sending it.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn keep(pool: &PgPool, letter: &Letter, composed: &Composed) -> Result<()> {
    let headers = composed.message.headers().to_string().replace("\r\n", "\n");
    let mail = NewMail {
        message_id: &composed.message_id,
        address: letter.to.address(),
        subject: &composed.subject,
        headers: &headers,
        html: &composed.html,
        text: &composed.text,
    };
    kept_mail::keep(&mut *pool.acquire().await?, &mail).await
}
