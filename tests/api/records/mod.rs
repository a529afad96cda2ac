mod bulks;
mod get;
mod list;
