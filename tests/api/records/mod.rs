mod bulks;
mod create;
mod get;
mod list;
