use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// A time: RFC 3339, or Unix seconds.
pub(super) struct Deadline;

impl PartialSchema for Deadline {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        let seconds = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(253_402_300_799_i64));
        OneOfBuilder::new()
            .item(text)
            .item(seconds)
            .examples(["2027-01-31T17:00:00Z"])
            .into()
    }
}

impl ToSchema for Deadline {}
