mod bulks;
mod create;
mod delete;
mod delete_by_number;
mod get;
mod list;
