"""Notes in a table, by pynamodb."""

from pynamodb.attributes import (
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.exceptions import PutError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite


class ByText(GlobalSecondaryIndex):
    class Meta:
        index_name = "by-text"
        read_capacity_units = write_capacity_units = 1
        projection = AllProjection()

    text = UnicodeAttribute(hash_key=True)


class Note(Model):
    class Meta:
        table_name = "notes"
        region = "eu-central-1"
        read_capacity_units = write_capacity_units = 1

    user = UnicodeAttribute(hash_key=True)
    at = NumberAttribute(range_key=True)
    text = UnicodeAttribute(default="")
    tags = ListAttribute(default=list)
    when = UTCDateTimeAttribute(null=True)
    by_text = ByText()


Note.create_table(wait=True)
print(Note.exists(), Note.describe_table()["KeySchema"])
with Note.batch_write() as batch:
    for at in range(30):
        batch.save(Note("a", at, text=f"note {at % 3}", tags=["x", at]))
print(Note.get("a", 7).attribute_values)
print(
    [
        n.at
        for n in Note.query(
            "a",
            Note.at.between(3, 20),
            filter_condition=Note.text == "note 1",
            page_size=4,
        )
    ]
)
print(sorted(n.at for n in Note.by_text.query("note 2", limit=3)))
print(Note.count("a"), sum(1 for _ in Note.scan(Note.text.contains("0"))))
note = Note.get("a", 1)
note.update([Note.text.set("changed"), Note.tags.set(Note.tags.append(["new"]))])
print(note.text, note.tags)
try:
    note.save(Note.text == "other")
except PutError as error:
    print(error.cause_response_code)
with TransactWrite(connection=Note._get_connection().connection) as both:
    both.save(Note("b", 1, text="b"))
    both.delete(Note("a", 1))
try:
    Note.get("a", 1)
except Note.DoesNotExist as error:
    print(error)
print(
    [list(n.attribute_values.items())[:2] for n in Note.batch_get([("a", 2), ("b", 1)])]
)
Note.delete_table()
print(Note.exists())
