mod bulks;
mod create;
mod delete;
mod get;
mod list;
