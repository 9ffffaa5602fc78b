//! The API's description, made from its routes and types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::api::{BrandsView, ROUTES, Respond, Route, SpikeInFull, SpikesView};
use super::conversations::{AskedConversations, ConversationsView};
use super::problem::Problem;
use super::query::Asked;
use super::trends::{BrandTrendsView, TrendsView};

/// The document, `OpenAPI` 3.1, whose schemas are JSON Schema 2020-12.
pub(super) fn document() -> Value {
    let settings = SchemaSettings::draft2020_12();
    let settings = settings.with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in &ROUTES {
        let operation = operation(route, &mut schemas);
        let methods = paths.entry(route.path).or_insert_with(|| json!({}));
        methods[route.method] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ophef",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Spikes of negative publicity, their reasons, and what people make \
                of them; who waits for an answer; what is said of brands over weeks. Faults are application/problem+json (RFC 9457).",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let answer = match route.path {
        "/api/v1/brands" => schema::<BrandsView>(schemas),
        "/api/v1/spikes" => schema::<SpikesView>(schemas),
        "/api/v1/spikes/{id}" => schema::<SpikeInFull>(schemas),
        "/api/v1/spikes/{id}/feedback" => schema::<mention::Feedback>(schemas),
        "/api/v1/conversations" => schema::<ConversationsView>(schemas),
        "/api/v1/trends" => schema::<TrendsView>(schemas),
        "/api/v1/trends/{brand}" => schema::<BrandTrendsView>(schemas),
        _ => json!({"type": "object"}),
    };
    let mut operation = json!({
        "summary": route.summary,
        "responses": {
            "200": {"description": "As asked for",
                "content": {"application/json": {"schema": answer}}},
            "default": {"description": "A fault",
                "content": {"application/problem+json": {"schema": schema::<Problem>(schemas)}}},
        },
    });
    let mut parameters = Vec::new();
    if route.path.contains("{id}") {
        parameters.push(json!({"name": "id", "in": "path", "required": true,
            "description": "Id of the spike.",
            "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}}));
    }
    if route.path.contains("{brand}") {
        parameters.push(json!({"name": "brand", "in": "path", "required": true,
            "description": "Slug of the brand.", "schema": {"type": "string"}}));
    }
    match route.path {
        "/api/v1/spikes" => parameters.extend(query_parameters::<Asked>()),
        "/api/v1/conversations" => parameters.extend(query_parameters::<AskedConversations>()),
        _ => {}
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if route.method == "post" {
        let body = schema::<Respond>(schemas);
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": body}}});
        operation["security"] = json!([{"token": []}]);
    }
    operation
}

fn schema<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    schemas.subschema_for::<T>().to_value()
}

/// The fields of what can be asked for, each a parameter.
fn query_parameters<T: JsonSchema>() -> Vec<Value> {
    let asked = schemars::schema_for!(T).to_value();
    let fields = asked["properties"].as_object().cloned().unwrap_or_default();
    let parameters = fields.into_iter().map(|(name, field)| {
        json!({"name": name, "in": "query", "required": false,
            "description": field["description"], "schema": {"type": "string"}})
    });
    parameters.collect()
}
