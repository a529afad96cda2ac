mod bulks;
mod create;
mod delete;
mod delete_by_number;
mod delete_external;
mod get;
mod list;
mod patch;
