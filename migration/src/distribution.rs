//! How the tables lie where one PostgreSQL server is not enough, and the extension Citus distributes them.

/// Where the rows of a table lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// With the list whose id is in this column: all rows of a list are on one server.
    WithList(&'static str),
    /// On every server.
    Everywhere,
}

/// All tables, in the order in which they are distributed.
pub const PLACEMENTS: [(&str, Placement); 10] = [
    ("record_list", Placement::WithList("id")),
    ("record", Placement::WithList("record_list_id")),
    ("record_phone", Placement::WithList("record_list_id")),
    ("operation", Placement::WithList("record_list_id")),
    ("idempotency_key", Placement::WithList("record_list_id")),
    ("saved_response_bytes", Placement::WithList("record_list_id")),
    ("client", Placement::Everywhere),
    ("signing_key", Placement::Everywhere),
    ("credentials_version", Placement::Everywhere),
    ("seaql_migrations", Placement::Everywhere),
];

/// The table whose distribution the others follow.
pub const LISTS: &str = PLACEMENTS[0].0;
