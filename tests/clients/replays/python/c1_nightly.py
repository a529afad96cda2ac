"""Client C1: each night a new list, filled in chunks of 25."""

from nightly import Token, add_records, create_list, person

token = Token()
list_id = create_list(token, "Airflow 2026-11-30 04:12CST Monday • nightly")
add_records(token, list_id, [person(number) for number in range(1, 61)])
assert token.renewals == 1, "a token lives longer than the job"

print("all as expected")
