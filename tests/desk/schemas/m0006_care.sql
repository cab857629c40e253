BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'kotivahti-desk','m0001_first_schema','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'kotivahti-desk','m0002_customers','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'kotivahti-desk','m0003_escalation','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'kotivahti-desk','m0004_requests','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'kotivahti-desk','m0005_region_and_proof','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'kotivahti-desk','m0006_care','2026-03-02 12:00:00+00:00');
CREATE TABLE access (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    client TEXT NOT NULL
, role TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE account (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    added_ms INTEGER NOT NULL,
    added_by TEXT NOT NULL
, changed_ms INTEGER, changed_by TEXT, ended_ms INTEGER) STRICT;
INSERT INTO "account" VALUES('anna','nurse','$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',1772452800000,'os:root',NULL,NULL,NULL);
CREATE TABLE alert (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    code TEXT NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    escalation INTEGER NOT NULL,
    client TEXT NOT NULL,
    site TEXT NOT NULL,
    account TEXT,
    role TEXT,
    next_by TEXT,
    outcome TEXT,
    late INTEGER NOT NULL,
    raised_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    revised_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (source, id)
) STRICT;
CREATE TABLE alert_revision (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (source, id, rev)
) STRICT;
CREATE TABLE asked (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    alert TEXT NOT NULL,
    rev INTEGER NOT NULL,
    level INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    asked_ms INTEGER NOT NULL,
    UNIQUE (source, alert, rev, level, turn, recipient)
) STRICT;
CREATE TABLE asking (
    source TEXT NOT NULL,
    alert TEXT NOT NULL,
    rev INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    level INTEGER NOT NULL,
    reached_ms INTEGER,
    next_ms INTEGER,
    PRIMARY KEY (source, alert)
) STRICT, WITHOUT ROWID;
CREATE TABLE assessed (
    source TEXT NOT NULL,
    client TEXT NOT NULL,
    hazard TEXT NOT NULL,
    day TEXT NOT NULL,
    level TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (source, hazard, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE claim (
    gateway TEXT NOT NULL,
    request TEXT NOT NULL,
    kind TEXT NOT NULL,
    customer TEXT,
    replaces TEXT,
    typed_address TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    seen_ms INTEGER,
    settled_ms INTEGER,
    restored_ms INTEGER,
    PRIMARY KEY (gateway, request)
) STRICT;
CREATE TABLE claim_code (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    customer TEXT NOT NULL,
    replaces TEXT,
    issued_ms INTEGER NOT NULL,
    issued_by TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    used_ms INTEGER,
    used_by TEXT,
    request TEXT
) STRICT;
CREATE TABLE claim_salt (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    salt BLOB NOT NULL
) STRICT;
INSERT INTO "claim_salt" VALUES(1,X'2A74E522C0ADD08FEFB787CB8724F30C');
CREATE TABLE claim_try (
    gateway TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE considered (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    notification TEXT,
    customer TEXT NOT NULL,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    findings TEXT NOT NULL,
    decision TEXT NOT NULL,
    why TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE customer (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    added_ms INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
INSERT INTO "customer" VALUES('c-0188','Aino Mallikas','Mallikatu 5 A 12, Espoo',1772359200000,'os:test',1772359200000,'os:test');
CREATE TABLE decision (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    alert TEXT NOT NULL,
    message_id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    escalation INTEGER NOT NULL,
    holder TEXT,
    next_by TEXT,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    eta_s INTEGER,
    outcome TEXT,
    made_ms INTEGER NOT NULL,
    offset_min INTEGER NOT NULL,
    state TEXT NOT NULL,
    settled_ms INTEGER
, useful INTEGER) STRICT;
CREATE TABLE device (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (source, id)
) STRICT;
CREATE TABLE digest (
    source TEXT NOT NULL,
    store_id TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    day TEXT NOT NULL,
    state TEXT NOT NULL,
    lacking INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    settled_ms INTEGER,
    body BLOB NOT NULL,
    PRIMARY KEY (source, store_id, first)
) STRICT;
CREATE TABLE dwelling (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    area TEXT NOT NULL,
    gets_out TEXT,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE escalation_plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    digest TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE forgotten (
    source TEXT NOT NULL,
    store_id TEXT NOT NULL,
    up_to INTEGER NOT NULL,
    PRIMARY KEY (source, store_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE gap (
    source TEXT NOT NULL,
    store_id TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (source, store_id, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE gateway (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    site TEXT NOT NULL,
    online INTEGER NOT NULL,
    boot TEXT NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    heartbeat BLOB
, goodbye_ms INTEGER) STRICT;
CREATE TABLE home_access (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    sealed BLOB NOT NULL,
    nonce BLOB NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE home_fact (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    body TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE home_task (
    source TEXT NOT NULL,
    item TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    client TEXT NOT NULL,
    checklist TEXT NOT NULL,
    critical INTEGER NOT NULL,
    responsible TEXT NOT NULL,
    times INTEGER NOT NULL,
    state TEXT NOT NULL,
    due_ms INTEGER,
    ended_ms INTEGER,
    proof TEXT NOT NULL,
    PRIMARY KEY (source, item, opened_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE home_work (
    source TEXT PRIMARY KEY,
    store_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    client TEXT NOT NULL,
    site TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    visit_ms INTEGER,
    due_ms INTEGER,
    open_tasks INTEGER NOT NULL,
    open_critical INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE imported_figure (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    period TEXT NOT NULL,
    figure TEXT NOT NULL,
    value REAL NOT NULL,
    said_by TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE incident (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    area TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    newest_ms INTEGER NOT NULL,
    known_ms INTEGER NOT NULL,
    coordinator_ms INTEGER,
    over_ms INTEGER
) STRICT;
CREATE TABLE life_answer (
    round INTEGER NOT NULL,
    theme INTEGER NOT NULL CHECK (theme BETWEEN 1 AND 10),
    satisfaction INTEGER CHECK (satisfaction BETWEEN 0 AND 10),
    importance INTEGER CHECK (importance BETWEEN 0 AND 10),
    goal INTEGER CHECK (goal BETWEEN 0 AND 10),
    PRIMARY KEY (round, theme)
) STRICT, WITHOUT ROWID;
CREATE TABLE life_contact (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE life_manager (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    account TEXT NOT NULL,
    until TEXT,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL,
    ended_by TEXT,
    ended_ms INTEGER
) STRICT;
CREATE TABLE life_plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    item INTEGER NOT NULL,
    customer TEXT NOT NULL,
    theme TEXT NOT NULL,
    goal TEXT NOT NULL,
    action TEXT NOT NULL,
    responsible TEXT NOT NULL,
    follow_up TEXT,
    outcome TEXT,
    note TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE life_round (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    form TEXT NOT NULL,
    terms TEXT NOT NULL,
    day TEXT NOT NULL,
    again TEXT,
    made_ms INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    withdrawn_ms INTEGER,
    withdrawn_by TEXT,
    withdrawn_why TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE life_segment (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),
    reasons TEXT NOT NULL,
    every_days INTEGER NOT NULL,
    receiver TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE login (
    name TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE message (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    store_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE notification (
    id TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    gateway TEXT NOT NULL,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    alert TEXT,
    level TEXT NOT NULL,
    findings TEXT NOT NULL,
    worse TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    released INTEGER,
    made_ms INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    decide_ms INTEGER,
    decided_ms INTEGER,
    deputy TEXT,
    deputy_ms INTEGER
) STRICT;
CREATE TABLE notification_paper (
    notification TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    pdf BLOB NOT NULL,
    access BLOB,
    nonce BLOB,
    PRIMARY KEY (notification, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE notification_revision (
    notification TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (notification, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE notification_step (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    notification TEXT NOT NULL,
    revision INTEGER NOT NULL,
    step TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    facts TEXT NOT NULL
) STRICT;
CREATE TABLE observations (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    store_id TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (source, id)
) STRICT;
CREATE TABLE profile (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    store_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    complete_ms INTEGER,
    UNIQUE (gateway, store_id, number, digest)
) STRICT;
CREATE TABLE profile_part (
    profile INTEGER NOT NULL,
    part INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (profile, part)
) STRICT;
CREATE TABLE proof (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    cause TEXT NOT NULL,
    sync TEXT NOT NULL,
    raised_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE refusal (
    gateway TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (gateway, reason)
) STRICT;
CREATE TABLE request (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    client TEXT NOT NULL,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    class TEXT NOT NULL,
    allowed INTEGER,
    received_ms INTEGER NOT NULL,
    erased TEXT NOT NULL,
    kept TEXT NOT NULL,
    answered_ms INTEGER,
    answered_by TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO "request" VALUES(1,'gw-0001','c-0188','site-88','erase','',NULL,1772452800040,'{"observations": 0, "device": 0, "profile_part": 0, "profile": 0, "heartbeat": 0, "typed_address": 0}','{"alert": 1, "decision": 0, "access": 1, "customer": 1}',NULL,'');
CREATE TABLE session (
    token BLOB PRIMARY KEY,
    account TEXT NOT NULL,
    began_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE silence (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    client TEXT NOT NULL,
    area TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    known_ms INTEGER NOT NULL,
    known_by TEXT NOT NULL,
    incident INTEGER,
    coordinator_ms INTEGER,
    back_ms INTEGER,
    ended TEXT,
    late_alerts INTEGER NOT NULL DEFAULT 0,
    late_messages INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE silence_note (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    silence INTEGER,
    incident INTEGER,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE stretch (
    source TEXT NOT NULL,
    store_id TEXT NOT NULL,
    highest INTEGER NOT NULL,
    told INTEGER NOT NULL,
    PRIMARY KEY (source, store_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE successor (
    gateway TEXT PRIMARY KEY,
    successor TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX message_received ON message (received_ms);
CREATE INDEX alert_state ON alert (state, raised_ms);
CREATE INDEX decision_state ON decision (state, made_ms);
CREATE INDEX decision_alert ON decision (source, alert);
CREATE INDEX observations_received ON observations (received_ms);
CREATE INDEX claim_customer ON claim (customer, made_ms);
CREATE INDEX escalation_plan_gateway ON escalation_plan (gateway, key);
CREATE INDEX request_gateway ON request (gateway, key);
CREATE INDEX proof_received ON proof (source, received_ms);
CREATE INDEX message_numbered ON message (source, store_id, sequence);
CREATE INDEX dwelling_customer ON dwelling (customer, key);
CREATE UNIQUE INDEX silence_open ON silence (gateway) WHERE back_ms IS NULL;
CREATE INDEX silence_back ON silence (back_ms, key);
CREATE INDEX silence_incident ON silence (incident);
CREATE INDEX access_client ON access (client, key);
CREATE INDEX access_who ON access (who, what, client, at_ms);
CREATE TRIGGER access_never_changed BEFORE UPDATE ON access
BEGIN SELECT raise(ABORT, 'the log of looks is never changed'); END;
CREATE TRIGGER access_kept BEFORE DELETE ON access
WHEN OLD.at_ms > (SELECT max(at_ms) FROM access) - 379468800000
BEGIN SELECT raise(ABORT, 'the log of looks is kept for twelve years'); END;
CREATE INDEX home_task_ended ON home_task (ended_ms);
CREATE INDEX life_round_customer ON life_round (customer, key);
CREATE INDEX life_plan_customer ON life_plan (customer, item, key);
CREATE INDEX life_segment_customer ON life_segment (customer, key);
CREATE INDEX life_manager_customer ON life_manager (customer, key);
CREATE INDEX life_contact_customer ON life_contact (customer, key);
CREATE INDEX imported_figure_period ON imported_figure (period, figure, key);
CREATE INDEX notification_customer ON notification (customer, kind, made_ms);
CREATE INDEX notification_open ON notification (state, decide_ms);
CREATE TRIGGER notification_never_deleted BEFORE DELETE ON notification
BEGIN SELECT raise(ABORT, 'a notification is kept for ever'); END;
CREATE INDEX notification_step_of ON notification_step (notification, key);
CREATE INDEX considered_customer ON considered (customer, kind, at_ms);
CREATE INDEX home_access_customer ON home_access (customer, key);
CREATE INDEX home_fact_customer ON home_fact (customer, key);
CREATE TRIGGER notification_revision_never_changed BEFORE UPDATE ON notification_revision
BEGIN SELECT raise(ABORT, 'a record of a notification is never changed'); END;
CREATE TRIGGER notification_revision_never_deleted BEFORE DELETE ON notification_revision
BEGIN SELECT raise(ABORT, 'a record of a notification is kept for ever'); END;
CREATE TRIGGER notification_step_never_changed BEFORE UPDATE ON notification_step
BEGIN SELECT raise(ABORT, 'a record of a notification is never changed'); END;
CREATE TRIGGER notification_step_never_deleted BEFORE DELETE ON notification_step
BEGIN SELECT raise(ABORT, 'a record of a notification is kept for ever'); END;
CREATE TRIGGER considered_never_changed BEFORE UPDATE ON considered
BEGIN SELECT raise(ABORT, 'a record of a notification is never changed'); END;
CREATE TRIGGER considered_never_deleted BEFORE DELETE ON considered
BEGIN SELECT raise(ABORT, 'a record of a notification is kept for ever'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('request',1);
COMMIT;
