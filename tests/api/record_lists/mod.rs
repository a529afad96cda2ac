mod create;
mod delete;
mod find;
mod get;
mod list;
