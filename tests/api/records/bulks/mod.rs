mod body;
mod create;
mod delete;
mod options;
mod phone_numbers;
mod published_form;
mod rehearsals;
mod twins;
