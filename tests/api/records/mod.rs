mod bulks;
mod list;
