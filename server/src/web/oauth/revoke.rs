use super::{answer::Failed, request::Request};
use crate::web::App;
use axum::extract::State;
use guildhall::oauth;

/// `POST /oauth/revoke` (RFC 7009). The hint is not needed: a token's prefix says what it is.
pub(super) async fn revoke(State(app): State<App>, request: Request) -> Result<(), Failed> {
    let mut tx = app.pool.begin().await?;
    let client = request.client(&mut tx).await?;
    let token = request.params.need("token", "token is missing.")?;
    oauth::revoke(&mut tx, &client, token).await??;
    tx.commit().await?;
    app.callers.forget();
    Ok(())
}
