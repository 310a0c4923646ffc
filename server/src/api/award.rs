use super::{
    amount::Amount,
    bid::pseudonym,
    call::{Call, ProjectPath},
    problem::Problem,
    state::Api,
};
use axum::Json;
use guildhall::{
    account::Contact,
    award::{self, AwardOutcome, Contacts, RankedBid},
    bid::Note,
    moment, project,
    token::Scope,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(show))
}

/// The result of a project, with everything needed to recompute it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Award, example = json!({
    "project_id": 7, "status": "awarded", "decided_at": "2026-11-20T17:00:00Z", "winning_bid_id": 21, "ties": 1,
    "ranking": [{ "place": 1, "id": 21, "bidder": "Bidder 1", "amount": 850.5, "currency": "EUR", "accepted_at": "2026-11-17T08:30:00Z" }],
    "message": "Bid 21 won with the lowest amount.",
}))]
pub(super) struct AwardBody {
    project_id: i64,
    #[schema(value_type = AwardStatus)]
    status: &'static str,
    #[schema(format = DateTime)]
    decided_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    winning_bid_id: Option<i64>,
    /// How many bids had the winning amount; the one accepted first won.
    ties: usize,
    /// The active bids in rank order; at most 500.
    ranking: Vec<RankedBidBody>,
    /// The winner, shown to the project's seller if the token has `bids:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    winner: Option<ContactBody>,
    /// The seller, shown to the winner if the token has `bids:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    seller: Option<ContactBody>,
    message: String,
}

/// How a project ended.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `State` has")]
pub(super) enum AwardStatus {
    Awarded,
    Unawarded,
}

impl From<&RankedBid> for RankedBidBody {
    fn from(ranked: &RankedBid) -> Self {
        Self {
            place: ranked.place,
            id: ranked.bid.0,
            bidder: pseudonym(ranked.bidder_number),
            bidder_name: ranked.bidder_name.clone(),
            note: ranked.note.clone().map(Note::into_text),
            amount: ranked.amount.into(),
            currency: ranked.amount.currency().code(),
            accepted_at: moment::rfc3339(ranked.accepted_at),
        }
    }
}

/// An active bid with its rank.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RankedBid)]
pub(super) struct RankedBidBody {
    /// Starts at 1.
    place: usize,
    id: i64,
    #[schema(example = "Bidder 1")]
    bidder: String,
    /// Shown to the project's seller if the token has `bids:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    bidder_name: Option<String>,
    /// The note to the bid, shown to the project's seller and to its bidder if the token has `bids:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<String>,
    #[schema(value_type = f64, example = 850.5)]
    amount: Amount,
    #[schema(example = "EUR")]
    currency: &'static str,
    #[schema(format = DateTime)]
    accepted_at: String,
}

/// A name and an e-mail address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub(super) struct ContactBody {
    #[schema(example = "Marta Kowalczyk")]
    name: String,
    /// Empty if the account has been erased.
    #[schema(example = "marta@example.com")]
    email: String,
}

impl From<Contact> for ContactBody {
    fn from(contact: Contact) -> Self {
        let email = contact.address().unwrap_or_default().to_owned();
        Self {
            name: contact.name,
            email,
        }
    }
}

/// Read the award
///
/// The result of an ended project, recomputed from its bids. Until there is one, the answer is 404.
#[utoipa::path(
    get, path = "/api/v1/projects/{id}/award", tag = "Projects", operation_id = "read_award",
    params(("id" = i64, Path, description = "The project's id", example = 7, minimum = 1)),
    security((), ("oauth2" = ["bids:read"]), ("token" = [])),
    responses((status = 200, description = "The result", body = AwardBody)),
)]
async fn show(call: Call, ProjectPath(id): ProjectPath) -> Result<Json<AwardBody>, Problem> {
    let db = &mut *call.app.pool.acquire().await?;
    let project = project::find(db, id).await?;
    let outcome = award::outcome(db, call.viewer(Scope::BidsRead), &project).await?;
    let decided_at = moment::rfc3339(outcome.decided_at());
    let status = project.state().name();
    let award = match outcome {
        AwardOutcome::Awarded(award) => award,
        AwardOutcome::Unawarded { .. } => {
            return Ok(Json(AwardBody {
                project_id: id.0,
                status,
                decided_at,
                winning_bid_id: None,
                ties: 0,
                ranking: Vec::new(),
                winner: None,
                seller: None,
                message: "The project ended without a bid.".to_owned(),
            }));
        }
    };
    let won = award.first.bid.0;
    let ranking = award.ranking().map(RankedBidBody::from).collect();
    let (winner, seller) = match award.contacts {
        Contacts::OfWinner(winner) => (Some(winner), None),
        Contacts::OfSeller(seller) => (None, Some(seller)),
        Contacts::Hidden => (None, None),
    };
    Ok(Json(AwardBody {
        project_id: id.0,
        status,
        decided_at,
        winning_bid_id: Some(won),
        ties: award.ties,
        ranking,
        winner: winner.map(Into::into),
        seller: seller.map(Into::into),
        message: format!("Bid {won} won with the lowest amount."),
    }))
}
