mod create;
mod delete;
mod find;
mod get;
mod list;
mod patch;
