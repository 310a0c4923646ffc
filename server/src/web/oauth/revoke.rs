use super::{answer::ErrorResponse, request::Request};
use crate::state::Shared;
use axum::extract::State;
use guildhall::oauth;

/// `POST /oauth/revoke` (RFC 7009). The type hint is not needed, because a token's prefix tells its type.
pub(super) async fn revoke(
    State(shared): State<Shared>,
    request: Request,
) -> Result<(), ErrorResponse> {
    let mut tx = shared.pool.begin().await?;
    let client = request.client(&mut tx).await?;
    let token = request.params.require("token", "token is missing.")?;
    oauth::revoke(&mut tx, &client, token).await??;
    tx.commit().await?;
    shared.callers.forget();
    Ok(())
}
