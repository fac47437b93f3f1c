"""Makes the database of this folder with SQLite itself. TestRows knows what is in it."""

import os, sqlite3

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "many.db")
if os.path.exists(path):
    os.unlink(path)
db = sqlite3.connect(path)
db.execute("PRAGMA page_size=512")
db.execute(
    'CREATE TABLE "Many" ("Id" integer PRIMARY KEY, number INTEGER, [text] TEXT, blob BLOB, real REAL, dec DECIMAL(10, 5), '
    "CHECK (number IS NULL OR number < 9223372036854775807), UNIQUE (number))"
)
numbers = [0, 1, -1, 127, -128, 32767, -32768, 8388607, -8388608, 2**31 - 1, -(2**31), 2**47 - 1, -(2**47), 2**63 - 2, -(2**63), None]
for i in range(600):
    n = numbers[i] if i < len(numbers) else 1000 * i
    size = [3, 100, 400, 476, 477, 478, 979, 1500, 5000][i % 9] if i % 10 == 0 else i % 5
    db.execute(
        "INSERT INTO Many VALUES (?,?,?,?,?,?)",
        (7 * i - 3, n, "zeile %d \u00e4" % i, bytes((i + j) % 256 for j in range(size)), i / 4, None),
    )
db.execute("DELETE FROM Many WHERE Id % 3 = 0")
db.execute("ALTER TABLE Many ADD COLUMN late TEXT")
db.execute("CREATE TABLE two (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
db.execute("INSERT INTO two VALUES ('x', 'y')")
db.execute("CREATE TABLE none (a)")
db.commit()
db.close()
