//! The OpenAPI document as programs read it, its schemas, and a marketplace to test them on.

use crate::client::{Program, award, let_deadline_pass};
use axum::Router;
use boon::{Compiler, Draft, Schemas};
use serde_json::{Value, json};
use sqlx::PgPool;

/// A call in the document.
#[derive(Clone)]
pub struct Operation {
    pub name: String,
    pub method: String,
    pub path: String,
    pub spec: Value,
}

pub async fn document(site: &Router) -> Value {
    let mut nobody = Program::anonymous(site);
    nobody.get("/openapi.json").await.is(200).json
}

pub fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, spec)| Operation {
            name: spec["operationId"].as_str().unwrap().to_owned(),
            method: method.to_uppercase(),
            path: path.clone(),
            spec: spec.clone(),
        })
    });
    all.collect()
}

impl Operation {
    /// The bodies of its answers: status, content type and content.
    pub fn answers(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let responses = self.spec["responses"].as_object().unwrap();
        responses.iter().flat_map(|(status, response)| {
            let content = response["content"].as_object().into_iter().flatten();
            content.map(move |(kind, content)| (status.as_str(), kind.as_str(), content))
        })
    }

    /// The status of a success.
    pub fn success(&self) -> u16 {
        let (status, ..) = self
            .answers()
            .find(|(status, ..)| status.starts_with('2'))
            .unwrap();
        status.parse().unwrap()
    }

    pub fn schema(&self, status: u16) -> &Value {
        let status = status.to_string();
        let found = self.answers().find(|(known, ..)| *known == status);
        let (_, _, content) =
            found.unwrap_or_else(|| panic!("{}: {status} is undocumented", self.name));
        &content["schema"]
    }

    pub fn body(&self) -> Option<&Value> {
        let request = self.spec.get("requestBody")?;
        let example = &request["content"]["application/json"]["example"];
        assert!(
            example.is_object(),
            "{}: the body has no example",
            self.name
        );
        Some(example)
    }

    pub fn query_examples(&self) -> Vec<(String, String)> {
        let parameters = self.spec["parameters"].as_array();
        let of_query = parameters
            .into_iter()
            .flatten()
            .filter(|one| one["in"] == "query");
        of_query
            .filter_map(|one| {
                let example = one
                    .get("example")
                    .or_else(|| one["schema"].get("example"))?;
                let example = example.as_str().map_or(example.to_string(), str::to_owned);
                Some((one["name"].as_str().unwrap().to_owned(), example))
            })
            .collect()
    }

    /// The path for this project, with a query.
    pub fn at(&self, project: i64, query: &str) -> String {
        let path = self.path.replace("{id}", &project.to_string());
        assert!(
            !path.contains('{'),
            "{path} has a parameter without a value"
        );
        format!("{path}{query}")
    }
}

/// Validates values against the document's schemas.
pub struct Shapes<'d>(pub &'d Value);

impl Shapes<'_> {
    pub fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let mut full_schema = schema.clone();
        full_schema["components"] = self.0["components"].clone();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler
            .add_resource("https://guildhall.example/schema.json", full_schema)
            .unwrap();
        let index = compiler
            .compile("https://guildhall.example/schema.json", &mut schemas)
            .unwrap();
        schemas
            .validate(value, index)
            .map_err(|error| format!("{error:#}"))
    }

    #[track_caller]
    pub fn must_fit(&self, what: &str, schema: &Value, value: &Value) {
        if let Err(error) = self.check(schema, value) {
            panic!("{what}: {error}\n{value:#}");
        }
    }
}

/// A marketplace in which every documented call works.
pub struct Market {
    pub seller: Program,
    pub buyer: Program,
    /// An open project with a live bid by the buyer, higher than the amount in the examples.
    pub bid_on: i64,
    /// An open project without bids.
    pub untouched: i64,
    pub awarded: i64,
}

impl Market {
    pub async fn new(site: &Router, pool: &PgPool) -> Self {
        let mut seller = Program::seller(site, pool).await;
        let mut buyer = Program::buyer(site, pool, "bea").await;
        let awarded = seller.publish(3600).await;
        buyer.bid(awarded, json!(900)).await.is(201);
        let_deadline_pass(pool, awarded).await;
        award(pool).await;
        let bid_on = seller.publish(3600).await;
        buyer.bid(bid_on, json!(900)).await.is(201);
        Self {
            untouched: seller.publish(3600).await,
            seller,
            buyer,
            bid_on,
            awarded,
        }
    }

    /// The caller of this operation, and the project it is about.
    pub fn caller(&mut self, operation: &str) -> (&mut Program, i64) {
        match operation {
            "cancel_project" => (&mut self.seller, self.untouched),
            "read_award" => (&mut self.seller, self.awarded),
            "post_project" | "list_own_projects" => (&mut self.seller, 0),
            _ => (&mut self.buyer, self.bid_on),
        }
    }
}
