"""Makes the session files of this folder with SQLite itself, by the statements of the programs that write them.

The tables and columns are those of Telethon 1.36 (sessions/sqlite.py), Pyrogram 2 and kurigram 2
(storage/sqlite_storage.py) and mtcute 0.30 (storage/sqlite). Everybody is user 7001 with home DC 1; byte i of
the key is 255 - i.
"""

import os, sqlite3, struct

here = os.path.dirname(os.path.abspath(__file__))
key = bytes(255 - i for i in range(256))


def make(name, *statements, wal=False):
    path = os.path.join(here, name)
    if os.path.exists(path):
        os.unlink(path)
    db = sqlite3.connect(path)
    if wal:
        db.execute("PRAGMA journal_mode=WAL")
    for s in statements:
        db.execute(*s) if isinstance(s, tuple) else db.execute(s)
        db.commit()
    db.close()


make(
    "telethon.session",
    "create table version (version integer primary key)",
    "create table sessions (\n                    dc_id integer primary key,\n                    server_address text,\n"
    "                    port integer,\n                    auth_key blob,\n                    takeout_id integer\n                )",
    "create table entities (id integer primary key, hash integer not null, username text, phone integer, name text, date integer)",
    "create table sent_files (md5_digest blob, file_size integer, type integer, id integer, hash integer, primary key(md5_digest, file_size, type))",
    "create table update_state (id integer primary key, pts integer, qts integer, date integer, seq integer)",
    "insert into version values (7)",
    ("insert into sessions values (?,?,?,?,?)", (2, "149.154.167.51", 443, b"", None)),
    "delete from sessions",
    ("insert or replace into sessions values (?,?,?,?,?)", (1, "149.154.175.53", 443, key, None)),
)

peers = (
    "CREATE TABLE peers\n(\n    id             INTEGER PRIMARY KEY,\n    access_hash    INTEGER,\n    type           INTEGER NOT NULL,\n"
    "    phone_number   TEXT,\n    last_update_on INTEGER NOT NULL DEFAULT (CAST(STRFTIME('%s', 'now') AS INTEGER))\n)"
)

# A file of Pyrogram 1 that Pyrogram 2 has brought up to date.
make(
    "pyrogram.session",
    "CREATE TABLE sessions\n(\n    dc_id     INTEGER PRIMARY KEY,\n    test_mode INTEGER,\n    auth_key  BLOB,\n    date      INTEGER NOT NULL,\n"
    "    user_id   INTEGER,\n    is_bot    INTEGER\n)",
    peers,
    "CREATE TABLE version\n(\n    number INTEGER PRIMARY KEY\n)",
    "CREATE INDEX idx_peers_id ON peers (id)",
    ("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)", (1, 0, key, 0, 7001, 0)),
    "INSERT INTO version VALUES (2)",
    "ALTER TABLE sessions ADD api_id INTEGER",
)

make(
    "kurigram.session",
    "CREATE TABLE sessions\n(\n    dc_id          INTEGER PRIMARY KEY,\n    server_address TEXT,\n    port           INTEGER,\n    api_id         INTEGER,\n"
    "    test_mode      INTEGER,\n    auth_key       BLOB,\n    date           INTEGER NOT NULL,\n    user_id        INTEGER,\n    is_bot         INTEGER\n)",
    peers,
    "CREATE TABLE version\n(\n    number INTEGER PRIMARY KEY\n)",
    ("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (2, "149.154.167.51", 443, None, None, None, 0, None, None)),
    ("UPDATE sessions SET dc_id = 1, server_address = '149.154.175.53', api_id = 17349, test_mode = 0, auth_key = ?, user_id = 7001, is_bot = 0", (key,)),
    "INSERT INTO version VALUES (7)",
    "VACUUM",
)


def tl_bytes(b):
    return bytes([len(b)]) + b + bytes(-(len(b) + 1) % 4)


dc_main = bytes([2, 1, 0]) + tl_bytes(b"149.154.175.53") + struct.pack("<i", 443)
user = struct.pack("<iiii", 1, 0, 7001, 0)

make(
    "mtcute.session",
    "create table mtcute_migrations (repo text not null primary key, version integer not null)",
    "create table key_value (\n              key text primary key,\n              value blob not null\n          )",
    "create table auth_keys (\n                    dc integer primary key,\n                    key blob not null\n                )",
    ("insert or replace into auth_keys (dc, key) values (?, ?)", (2, bytes(256))),
    ("insert or replace into auth_keys (dc, key) values (?, ?)", (1, key)),
    ("insert or replace into key_value (key, value) values (?, ?)", ("dc_main", dc_main)),
    ("insert or replace into key_value (key, value) values (?, ?)", ("current_user", user)),
    wal=True,
)
