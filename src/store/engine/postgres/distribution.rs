//! Whether the tables are distributed over several PostgreSQL servers, by the extension Citus.

use migration::{LISTS, PLACEMENTS, Placement};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};

/// Sends the settings of a transaction along with its statements, to the servers where they run. Without Citus it is a
/// setting that nothing reads.
pub(crate) const PROPAGATE: &str = "SET LOCAL citus.propagate_set_commands = 'local'";

/// How far the tables are distributed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Those of the tables that are distributed.
    distributed: Vec<String>,
    /// How many servers hold lists, or will do.
    servers: u64,
}

impl Distribution {
    /// How many of the tables are distributed.
    pub fn tables(&self) -> usize {
        self.distributed.len()
    }

    /// How many servers hold lists, or will do once the tables are distributed.
    pub fn servers(&self) -> u64 {
        self.servers
    }

    /// Whether lists are on different servers.
    pub fn is_distributed(&self) -> bool {
        self.distributed.iter().any(|table| table == LISTS)
    }

    /// The statements that distribute the other tables, and then remove what they leave on the server that had them.
    pub(crate) fn missing(&self) -> Vec<String> {
        let is_missing = |table: &str| !self.distributed.iter().any(|distributed| distributed == table);
        let missing = PLACEMENTS.iter().filter(|(table, _)| is_missing(table));
        let distribute = missing.clone().map(|(table, placement)| match placement {
            Placement::WithList(column) if *table == LISTS => {
                format!("SELECT create_distributed_table('{table}', '{column}')")
            }
            Placement::WithList(column) => {
                format!("SELECT create_distributed_table('{table}', '{column}', colocate_with => '{LISTS}')")
            }
            Placement::Everywhere => format!("SELECT create_reference_table('{table}')"),
        });
        let remove =
            missing.map(|(table, _)| format!("SELECT truncate_local_data_after_distributing_table('{table}')"));
        distribute.chain(remove).collect()
    }
}

/// How far the tables are distributed; `None` without the extension.
pub(crate) async fn state(transaction: &DatabaseTransaction) -> Result<Option<Distribution>, DbErr> {
    let ask = |sql| transaction.query_all_raw(Statement::from_string(DbBackend::Postgres, sql));
    if ask("SELECT 1 FROM pg_extension WHERE extname = 'citus'".to_owned())
        .await?
        .is_empty()
    {
        return Ok(None);
    }
    let names: Vec<String> = PLACEMENTS
        .iter()
        .map(|(table, _)| format!("to_regclass('{table}')"))
        .collect();
    // Others are there only because a foreign key leads to them.
    let tables = format!(
        "SELECT relname::text FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid \
         WHERE logicalrelid IN ({}) AND (partmethod = 'h' OR repmodel = 't')",
        names.join(", ")
    );
    let servers = "SELECT count(DISTINCT groupid) FROM pg_dist_node WHERE shouldhaveshards AND isactive";
    let mut found = Distribution::default();
    for row in ask(tables).await? {
        found.distributed.push(row.try_get_by_index(0)?);
    }
    for row in ask(servers.to_owned()).await? {
        let servers: i64 = row.try_get_by_index(0)?;
        found.servers = u64::try_from(servers).unwrap_or(0);
    }
    Ok(Some(found))
}
