mod body;
mod create;
mod delete;
mod options;
mod phone_numbers;
mod rehearsals;
mod twins;
