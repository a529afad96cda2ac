mod bulks;
mod find;
mod get;
mod list;
mod long_lists;
mod members;
mod orders;
mod timezones;
