mod body;
mod create;
mod delete;
mod phone_numbers;
mod twins;
