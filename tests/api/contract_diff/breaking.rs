//! What breaks a client between two OpenAPI documents.

use serde_json::Value;

use super::{
    operation::compare,
    schema::{Comparison, Fault},
};

/// A change that can break a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The id of the operation.
    pub operation: String,
    /// Where and what.
    pub fault: Fault,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// All changes from one document to the next that can break a client.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let comparison = Comparison { before, after };
    let mut changes = Vec::new();
    for (path, methods) in before["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let old = &methods[method];
            if old.is_null() {
                continue;
            }
            let operation = old["operationId"].as_str().unwrap_or("an operation").to_owned();
            let new = &after["paths"][path.as_str()][method];
            let faults = if new.is_null() {
                vec![Fault::of_operation(format!("{method} {path} is gone"))]
            } else {
                compare(&comparison, old, new)
            };
            let change = |fault| Change {
                operation: operation.clone(),
                fault,
            };
            changes.extend(faults.into_iter().map(change));
        }
    }
    changes
}

mod tests {
    use serde_json::json;

    use super::*;
    use crate::support::document;

    /// The document with one place changed; `None` takes it out.
    fn changed(pointer: &str, value: Option<Value>) -> Value {
        let mut document = document().clone();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = document.pointer_mut(parent).expect("a place in the document");
        let name = name.replace("~1", "/");
        match (parent, value) {
            (Value::Object(members), Some(value)) => {
                members.insert(name, value);
            }
            (Value::Object(members), None) => {
                members.remove(&name).expect("a member");
            }
            (Value::Array(items), Some(value)) => items.push(value),
            (other, _) => panic!("{other} has no members"),
        }
        document
    }

    const BULKS: &str = "/paths/~1record-lists~1{record_list_id}~1records~1bulks";

    #[test]
    fn nothing_breaks_where_nothing_changed() {
        assert_eq!(changes(document(), document()), []);
    }

    #[test]
    fn what_breaks_clients_is_found_and_its_opposite_is_not() {
        let answer = "/components/schemas/BulkDeleteResponse";
        let identifier = "/components/schemas/PhoneNumberIdentifier/properties/phone_number";
        let free_data = "/components/schemas/NewRecord/properties/extra_data";
        let priority = "/components/schemas/NewRecord/properties/priority";
        let deletion = "/components/schemas/Deletion/properties";
        for (pointer, value) in [
            (format!("{BULKS}/delete"), None),
            (format!("{BULKS}/delete/operationId"), Some("other".into())),
            (format!("{BULKS}/delete/responses/200"), None),
            (format!("{answer}/properties/total_deleted"), None),
            (format!("{answer}/properties/total_deleted/type"), Some("string".into())),
            (format!("{identifier}/maxLength"), Some(10.into())),
            (format!("{identifier}/minLength"), Some(5.into())),
            (format!("{identifier}/type"), Some("integer".into())),
            (
                "/components/schemas/PhoneNumberIdentifiers/maxItems".to_owned(),
                Some(50.into()),
            ),
            (
                "/components/schemas/NewRecord/required/0".to_owned(),
                Some("timezone".into()),
            ),
            ("/components/schemas/PhoneType/enum".to_owned(), Some(json!(["HOME"]))),
            (
                "/components/schemas/BulkDeleteRequest/oneOf".to_owned(),
                Some(json!([{"$ref": "#/components/schemas/PhoneNumberIdentifiers"}])),
            ),
            (format!("{BULKS}/delete/parameters"), Some(json!([]))),
            (
                format!("{BULKS}/delete/parameters/0"),
                Some(json!({"name": "new", "in": "query", "required": true})),
            ),
            (format!("{BULKS}/delete/responses/200/headers"), Some(json!({}))),
            (
                format!("{BULKS}/delete/responses/200/headers/Operation-Id/schema"),
                Some(json!({"type": "integer"})),
            ),
            (format!("{BULKS}/delete/responses/200/content"), Some(json!({}))),
            (format!("{BULKS}/delete/requestBody/content"), Some(json!({}))),
            (format!("{BULKS}/delete/security"), Some(json!([]))),
            (format!("{answer}/required"), Some(json!([]))),
            (format!("{identifier}/pattern"), Some("^x$".into())),
            (
                "/components/securitySchemes/bearer/scheme".to_owned(),
                Some("basic".into()),
            ),
            (format!("{free_data}/additionalProperties"), Some(false.into())),
            (format!("{identifier}/format"), Some("phone".into())),
            (format!("{priority}/format"), Some("int32".into())),
            (format!("{priority}/format"), None),
            (format!("{deletion}/id/format"), Some("uuid".into())),
            (format!("{deletion}/total_deleted/format"), Some("int32".into())),
            (format!("{deletion}/created_at/format"), None),
            (format!("{BULKS}/delete/tags"), Some(json!(["Other"]))),
            (format!("{BULKS}/delete/tags"), None),
            (
                format!("{BULKS}/delete/responses/200/content/application~1json/schema"),
                Some(document()["components"]["schemas"]["BulkDeleteResponse"].clone()),
            ),
            (format!("{BULKS}/delete/responses/202"), Some(json!({}))),
            (
                format!("{BULKS}/delete/responses/200/content/text~1csv"),
                Some(json!({})),
            ),
        ] {
            let other = changed(&pointer, value);
            assert_ne!(changes(document(), &other), [], "{pointer}");
        }
        for (pointer, value) in [
            (format!("{BULKS}/delete/summary"), Some("other".into())),
            (format!("{BULKS}/delete/responses/418"), Some(json!({}))),
            (format!("{answer}/properties/new"), Some(json!({"type": "string"}))),
            (format!("{identifier}/maxLength"), Some(90.into())),
            (
                "/components/schemas/PhoneNumberIdentifiers/maxItems".to_owned(),
                Some(500.into()),
            ),
            (
                "/components/schemas/BulkDeleteRequest/oneOf/3".to_owned(),
                Some(json!({"type": "object"})),
            ),
            (
                format!("{BULKS}/delete/parameters/0"),
                Some(json!({"name": "new", "in": "query"})),
            ),
            (
                "/components/schemas/RecordIdIdentifier/additionalProperties".to_owned(),
                Some(true.into()),
            ),
            (format!("{answer}/additionalProperties"), Some(false.into())),
            (format!("{BULKS}/delete/tags/1"), Some("Other".into())),
            (format!("{BULKS}/delete/requestBody/content/text~1csv"), Some(json!({}))),
        ] {
            let other = changed(&pointer, value);
            assert_eq!(changes(document(), &other), [], "{pointer}");
        }
    }

    #[test]
    fn what_the_older_document_allowed_is_missed() {
        for (pointer, value) in [
            (
                "/components/schemas/RecordIdIdentifier/additionalProperties".to_owned(),
                Some(true.into()),
            ),
            (format!("{BULKS}/delete/requestBody/content/text~1csv"), Some(json!({}))),
            (
                format!("{BULKS}/delete/responses/200/content/text~1csv"),
                Some(json!({})),
            ),
        ] {
            let older = changed(&pointer, value);
            assert_ne!(changes(&older, document()), [], "{pointer}");
        }
    }

    #[test]
    fn a_schema_of_another_name_breaks_the_operations_that_refer_to_it() {
        let renamed = document()
            .to_string()
            .replace("\"BulkDeleteResponse\":", "\"BulkOutcome\":")
            .replace("schemas/BulkDeleteResponse\"", "schemas/BulkOutcome\"");
        let renamed: Value = serde_json::from_str(&renamed).expect("a document");
        let changes = changes(document(), &renamed);
        let expected = ["bulk_delete_records", "bulk_delete_records_by_post"].map(|id| Change {
            operation: id.to_owned(),
            fault: Fault::of_operation("schema BulkDeleteResponse: is not referred to any more"),
        });
        assert_eq!(changes, expected);
    }

    #[test]
    fn a_change_knows_the_member_parameter_or_header_that_it_is_about() {
        for (pointer, value, name) in [
            (
                "/components/schemas/BulkDeleteResponse/properties/total_deleted".to_owned(),
                None,
                Some("total_deleted"),
            ),
            (
                "/components/schemas/BulkCreateRequest/properties/records/maxItems".to_owned(),
                Some(50.into()),
                Some("records"),
            ),
            (
                format!("{BULKS}/delete/parameters/0"),
                Some(json!({"name": "new", "in": "query", "required": true})),
                Some("new"),
            ),
            (
                format!("{BULKS}/delete/responses/200/headers/Operation-Id"),
                None,
                Some("Operation-Id"),
            ),
            (format!("{BULKS}/delete/responses/200"), None, None),
        ] {
            let changes = changes(document(), &changed(&pointer, value));
            assert_ne!(changes, [], "{pointer}");
            for change in changes {
                assert_eq!(change.fault.name.as_deref(), name, "{pointer}");
            }
        }
    }
}
