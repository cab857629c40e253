BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'kotivahti','m0001_start','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'kotivahti','m0002_device_layer','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'kotivahti','m0003_home','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'kotivahti','m0004_locator_walk','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'kotivahti','m0005_alarm_lane','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'kotivahti','m0006_time_and_proof','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'kotivahti','m0007_tasks','2026-03-02 12:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'kotivahti','m0008_why','2026-03-02 12:00:00+00:00');
CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    rev INTEGER NOT NULL,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_boot INTEGER NOT NULL REFERENCES boot(key),
    changed_boottime_ms INTEGER NOT NULL,
    changed_wall_ms INTEGER NOT NULL,
    changed_offset_min INTEGER NOT NULL,
    changed_sync TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "alert" VALUES('alert-0001',1,'help_button','help-button','critical','raised',1,3600000,1772452800000,120,'ntp','{"id":"alert-0001","rev":1,"code":"help_button","subject":"help-button","priority":"critical","state":"raised","raised":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"changed":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"escalation":1,"repeats":0,"room":"bedroom","person":"resident-1","evidence":[{"device":"help-button","kind":"button","value":"press","unit":"1","at":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"quality":"ok"}],"params":{"presses":2,"seconds":1.5,"long":false,"pattern":"press","none":null},"flags":["possible_replay"],"actor":null,"next_by":null,"taken":0,"raised_after_ms":null,"raised_before_ms":null,"outcome":null}');
INSERT INTO "alert" VALUES('alert-0002',2,'help_button','help-button','critical','closed',1,3600000,1772452800000,120,'ntp','{"id":"alert-0002","rev":2,"code":"help_button","subject":"help-button","priority":"critical","state":"closed","raised":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"changed":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"escalation":1,"repeats":0,"room":"bedroom","person":"resident-1","evidence":[{"device":"help-button","kind":"button","value":"press","unit":"1","at":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"quality":"ok"}],"params":{"presses":2,"seconds":1.5,"long":false,"pattern":"press","none":null},"flags":["possible_replay"],"actor":{"account":"maija.m","role":"nurse"},"next_by":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3660000,"wall_ms":1772452860000,"offset_min":120,"sync":"ntp"},"taken":0,"raised_after_ms":null,"raised_before_ms":null,"outcome":"helped"}');
CREATE TABLE alert_history (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    alert TEXT NOT NULL REFERENCES alert(id),
    rev INTEGER NOT NULL,
    changed_boot INTEGER NOT NULL REFERENCES boot(key),
    changed_boottime_ms INTEGER NOT NULL,
    changed_wall_ms INTEGER NOT NULL,
    changed_offset_min INTEGER NOT NULL,
    changed_sync TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (alert, rev)
) STRICT;
INSERT INTO "alert_history" VALUES(1,'alert-0001',1,1,3600000,1772452800000,120,'ntp','{"id":"alert-0001","rev":1,"code":"help_button","subject":"help-button","priority":"critical","state":"raised","raised":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"changed":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"escalation":1,"repeats":0,"room":"bedroom","person":"resident-1","evidence":[{"device":"help-button","kind":"button","value":"press","unit":"1","at":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"quality":"ok"}],"params":{"presses":2,"seconds":1.5,"long":false,"pattern":"press","none":null},"flags":["possible_replay"],"actor":null,"next_by":null,"taken":0,"raised_after_ms":null,"raised_before_ms":null,"outcome":null}');
INSERT INTO "alert_history" VALUES(2,'alert-0002',1,1,3600000,1772452800000,120,'ntp','{"id":"alert-0002","rev":1,"code":"help_button","subject":"help-button","priority":"critical","state":"raised","raised":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"changed":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"escalation":1,"repeats":0,"room":"bedroom","person":"resident-1","evidence":[{"device":"help-button","kind":"button","value":"press","unit":"1","at":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"quality":"ok"}],"params":{"presses":2,"seconds":1.5,"long":false,"pattern":"press","none":null},"flags":["possible_replay"],"actor":null,"next_by":null,"taken":0,"raised_after_ms":null,"raised_before_ms":null,"outcome":null}');
INSERT INTO "alert_history" VALUES(3,'alert-0002',2,1,3600000,1772452800000,120,'ntp','{"id":"alert-0002","rev":2,"code":"help_button","subject":"help-button","priority":"critical","state":"closed","raised":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"changed":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"escalation":1,"repeats":0,"room":"bedroom","person":"resident-1","evidence":[{"device":"help-button","kind":"button","value":"press","unit":"1","at":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"quality":"ok"}],"params":{"presses":2,"seconds":1.5,"long":false,"pattern":"press","none":null},"flags":["possible_replay"],"actor":{"account":"maija.m","role":"nurse"},"next_by":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3660000,"wall_ms":1772452860000,"offset_min":120,"sync":"ntp"},"taken":0,"raised_after_ms":null,"raised_before_ms":null,"outcome":"helped"}');
CREATE TABLE answer (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    checklist TEXT NOT NULL,
    item TEXT NOT NULL,
    code TEXT NOT NULL,
    state TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    role TEXT NOT NULL,
    source TEXT NOT NULL,
    at_boot INTEGER NOT NULL REFERENCES boot(key),
    at_boottime_ms INTEGER NOT NULL,
    at_wall_ms INTEGER NOT NULL,
    at_offset_min INTEGER NOT NULL,
    at_sync TEXT NOT NULL,
    valid_until_ms INTEGER,
    note TEXT NOT NULL
) STRICT;
INSERT INTO "answer" VALUES(1,'fire','FS-02','no','hazard','maija.m','nurse','human',1,3600000,1772452800000,120,'ntp',1772452800001,'seen on the visit');
INSERT INTO "answer" VALUES(2,'fire','FS-03','','hazard','maija.m','nurse','human',1,3600000,1772452800000,120,'ntp',1772452800001,'seen on the visit');
CREATE TABLE assessment (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    hazard TEXT NOT NULL,
    level TEXT NOT NULL,
    at_boot INTEGER NOT NULL REFERENCES boot(key),
    at_boottime_ms INTEGER NOT NULL,
    at_wall_ms INTEGER NOT NULL,
    at_offset_min INTEGER NOT NULL,
    at_sync TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "assessment" VALUES(1,'assessment-0001','fire','yellow',1,3600000,1772452800000,120,'ntp','{"id":"assessment-0001","hazard":"fire","level":"yellow","at":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"reasons":[{"code":"fs_02","weight":2.0,"source":"checklist:fire/2026.1"}],"share_unknown":0.125,"points":{"ignition":3},"open_critical":["FS-02"],"index":41.25,"checklist":"fire/2026.1","model":"home-risk/1.0.0","model_manifest":"0123456789ab","abstained":null,"features":null,"day":null,"feature_hash":null,"outputs":{},"contributions":{},"grounds":null}');
CREATE TABLE boot (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    first_boottime_ms INTEGER,
    first_wall_ms INTEGER,
    first_offset_min INTEGER,
    first_sync TEXT
, after_wall_ms INTEGER, before_wall_ms INTEGER, last_boottime_ms INTEGER) STRICT;
INSERT INTO "boot" VALUES(1,'00000000-0000-4000-8000-000000000001',3600000,1772452800000,120,'ntp',NULL,NULL,NULL);
CREATE TABLE checkpoint (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    event INTEGER NOT NULL,
    observation INTEGER NOT NULL,
    at_boot INTEGER NOT NULL REFERENCES boot(key),
    at_boottime_ms INTEGER NOT NULL,
    at_wall_ms INTEGER NOT NULL,
    at_offset_min INTEGER NOT NULL,
    at_sync TEXT NOT NULL,
    home BLOB NOT NULL
) STRICT;
INSERT INTO "checkpoint" VALUES(1,1,5,1,3600000,1772452800000,120,'ntp',X'7374617465206F662074686520686F6D65');
CREATE TABLE claim (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    typed_address TEXT NOT NULL,
    customer TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL,
    changed_boot INTEGER NOT NULL REFERENCES boot(key),
    changed_boottime_ms INTEGER NOT NULL,
    changed_wall_ms INTEGER NOT NULL,
    changed_offset_min INTEGER NOT NULL,
    changed_sync TEXT NOT NULL
) STRICT;
CREATE TABLE command (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    nonce TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    key_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL
) STRICT;
CREATE TABLE commissioning (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    told_by TEXT NOT NULL,
    begun_boot INTEGER NOT NULL REFERENCES boot(key),
    begun_boottime_ms INTEGER NOT NULL,
    begun_wall_ms INTEGER NOT NULL,
    begun_offset_min INTEGER NOT NULL,
    begun_sync TEXT NOT NULL,
    ended_boot INTEGER  REFERENCES boot(key),
    ended_boottime_ms INTEGER ,
    ended_wall_ms INTEGER ,
    ended_offset_min INTEGER ,
    ended_sync TEXT ,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE considered (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    checklist TEXT NOT NULL,
    item TEXT NOT NULL,
    notify INTEGER NOT NULL,
    why TEXT NOT NULL,
    told_by TEXT NOT NULL,
    role TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL
) STRICT;
INSERT INTO "considered" VALUES(1,'fire','FS-02',0,'a loan alarm was fitted','anna (uid 1000)','home_care',1,3600000,1772452800000,120,'ntp');
CREATE TABLE coverage_hour (
    hour_ms INTEGER NOT NULL,
    question TEXT NOT NULL,
    asked_s INTEGER NOT NULL,
    known_s INTEGER NOT NULL,
    reason TEXT NOT NULL,
    sync TEXT NOT NULL,
    PRIMARY KEY (hour_ms, question)
) STRICT, WITHOUT ROWID;
INSERT INTO "coverage_hour" VALUES(1772452800000,'alarm_button',3600,3540,'home_silent','ntp');
CREATE TABLE day_digest (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL UNIQUE,
    last INTEGER NOT NULL,
    day TEXT NOT NULL,
    rev INTEGER NOT NULL,
    marks TEXT NOT NULL,
    left_out TEXT NOT NULL,
    closed_boot INTEGER NOT NULL REFERENCES boot(key),
    closed_boottime_ms INTEGER NOT NULL,
    closed_wall_ms INTEGER NOT NULL,
    closed_offset_min INTEGER NOT NULL,
    closed_sync TEXT NOT NULL,
    ids BLOB
) STRICT;
CREATE TABLE decision (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    question TEXT NOT NULL,
    basis TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    role TEXT NOT NULL,
    review_by TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL,
    ended_by TEXT,
    ended_boot INTEGER  REFERENCES boot(key),
    ended_boottime_ms INTEGER ,
    ended_wall_ms INTEGER ,
    ended_offset_min INTEGER ,
    ended_sync TEXT 
) STRICT;
INSERT INTO "decision" VALUES(1,'location','service decision','coordinator.one','coordinator','2027-05-01','installer',1,3600000,1772452800000,120,'ntp',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "decision" VALUES(2,'sleep','service decision','coordinator.one','coordinator','2027-05-01','installer',1,3600000,1772452800000,120,'ntp','anna',1,3600000,1772452800000,120,'ntp');
CREATE TABLE device (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO "device" VALUES(1,'help-button');
INSERT INTO "device" VALUES(2,'climate-1');
CREATE TABLE disclosure (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient TEXT NOT NULL,
    class TEXT NOT NULL,
    what TEXT NOT NULL,
    purpose TEXT NOT NULL,
    basis TEXT NOT NULL,
    path TEXT NOT NULL,
    ref TEXT NOT NULL,
    messages INTEGER NOT NULL,
    received INTEGER NOT NULL,
    first_boot INTEGER NOT NULL REFERENCES boot(key),
    first_boottime_ms INTEGER NOT NULL,
    first_wall_ms INTEGER NOT NULL,
    first_offset_min INTEGER NOT NULL,
    first_sync TEXT NOT NULL,
    last_boot INTEGER NOT NULL REFERENCES boot(key),
    last_boottime_ms INTEGER NOT NULL,
    last_wall_ms INTEGER NOT NULL,
    last_offset_min INTEGER NOT NULL,
    last_sync TEXT NOT NULL
) STRICT;
INSERT INTO "disclosure" VALUES(1,'service','alert','alert','','agreement','mqtt','message-000001',1,0,1,3600000,1772452800000,120,'ntp',1,3600000,1772452800000,120,'ntp');
INSERT INTO "disclosure" VALUES(2,'service','readings','readings','','purpose','mqtt','2026-03-02',1,1,1,3600000,1772452800000,120,'ntp',1,3600000,1772452800000,120,'ntp');
CREATE TABLE drift (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    state TEXT NOT NULL,
    judged_boot INTEGER NOT NULL REFERENCES boot(key),
    judged_boottime_ms INTEGER NOT NULL,
    judged_wall_ms INTEGER NOT NULL,
    judged_offset_min INTEGER NOT NULL,
    judged_sync TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (model, last_day)
) STRICT;
CREATE TABLE driver_state (
    device INTEGER PRIMARY KEY REFERENCES device(key),
    state BLOB NOT NULL,
    changed_boot INTEGER NOT NULL REFERENCES boot(key),
    changed_boottime_ms INTEGER NOT NULL,
    changed_wall_ms INTEGER NOT NULL,
    changed_offset_min INTEGER NOT NULL,
    changed_sync TEXT NOT NULL
) STRICT;
INSERT INTO "driver_state" VALUES(1,X'0001FF',1,3600000,1772452800000,120,'ntp');
CREATE TABLE enrolment (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES device(key),
    driver TEXT NOT NULL,
    role TEXT NOT NULL,
    address TEXT NOT NULL,
    label TEXT NOT NULL,
    room INTEGER REFERENCES room(key),
    person INTEGER REFERENCES person(key),
    silent_after_s INTEGER NOT NULL,
    secret BLOB,
    enrolled_boot INTEGER NOT NULL REFERENCES boot(key),
    enrolled_boottime_ms INTEGER NOT NULL,
    enrolled_wall_ms INTEGER NOT NULL,
    enrolled_offset_min INTEGER NOT NULL,
    enrolled_sync TEXT NOT NULL,
    removed_boot INTEGER  REFERENCES boot(key),
    removed_boottime_ms INTEGER ,
    removed_wall_ms INTEGER ,
    removed_offset_min INTEGER ,
    removed_sync TEXT 
, wired INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "enrolment" VALUES(1,1,'bthome','help_button','A4:C1:38:00:00:01','by the bed',1,1,3600,X'231D39C1D7CC1AB1AEE224CD096DB932',1,3600000,1772452800000,120,'ntp',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "enrolment" VALUES(2,2,'ruuvitag','climate','CB:B8:33:4C:88:4F','',NULL,NULL,0,NULL,1,3600000,1772452800000,120,'ntp',NULL,NULL,NULL,NULL,NULL,0);
CREATE TABLE escalation_plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE event (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    after INTEGER NOT NULL,
    at_boot INTEGER NOT NULL REFERENCES boot(key),
    at_boottime_ms INTEGER NOT NULL,
    at_wall_ms INTEGER NOT NULL,
    at_offset_min INTEGER NOT NULL,
    at_sync TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "event" VALUES(1,'fault',2,1,3600000,1772452800000,120,'ntp','{"kind":"radio"}');
CREATE TABLE home (key INTEGER PRIMARY KEY CHECK (key = 1), id TEXT NOT NULL) STRICT;
INSERT INTO "home" VALUES(1,'home-1');
CREATE TABLE kind (
    key INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    code TEXT NOT NULL,
    UNIQUE (kind, unit, code)
) STRICT;
INSERT INTO "kind" VALUES(1,'temperature','Cel','kotivahti:temperature');
INSERT INTO "kind" VALUES(2,'button','1','mdc:528502');
INSERT INTO "kind" VALUES(3,'battery_low','1','kotivahti:battery_low');
CREATE TABLE latest (
    device INTEGER NOT NULL REFERENCES device(key),
    kind INTEGER NOT NULL REFERENCES kind(key),
    observation INTEGER NOT NULL,
    PRIMARY KEY (device, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO "latest" VALUES(1,2,3);
INSERT INTO "latest" VALUES(1,3,5);
INSERT INTO "latest" VALUES(2,1,4);
CREATE TABLE locator_fit (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    windows INTEGER NOT NULL,
    told_by TEXT NOT NULL,
    fitted_boot INTEGER NOT NULL REFERENCES boot(key),
    fitted_boottime_ms INTEGER NOT NULL,
    fitted_wall_ms INTEGER NOT NULL,
    fitted_offset_min INTEGER NOT NULL,
    fitted_sync TEXT NOT NULL,
    ended_boot INTEGER  REFERENCES boot(key),
    ended_boottime_ms INTEGER ,
    ended_wall_ms INTEGER ,
    ended_offset_min INTEGER ,
    ended_sync TEXT ,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE locator_walk (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    room INTEGER NOT NULL REFERENCES room(key),
    session TEXT NOT NULL,
    windows INTEGER NOT NULL,
    told_by TEXT NOT NULL,
    walked_boot INTEGER NOT NULL REFERENCES boot(key),
    walked_boottime_ms INTEGER NOT NULL,
    walked_wall_ms INTEGER NOT NULL,
    walked_offset_min INTEGER NOT NULL,
    walked_sync TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE observation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES device(key),
    kind INTEGER NOT NULL REFERENCES kind(key),
    value ANY,
    is_bool INTEGER NOT NULL,
    quality TEXT NOT NULL,
    at_boot INTEGER NOT NULL REFERENCES boot(key),
    at_boottime_ms INTEGER NOT NULL,
    at_wall_ms INTEGER NOT NULL,
    at_offset_min INTEGER NOT NULL,
    at_sync TEXT NOT NULL,
    device_time TEXT,
    device_seq INTEGER,
    room INTEGER REFERENCES room(key),
    person INTEGER REFERENCES person(key)
, device_offset_s INTEGER) STRICT;
INSERT INTO "observation" VALUES(1,2,1,21.5,0,'ok',1,3600000,1772452800000,120,'ntp',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "observation" VALUES(2,2,1,NULL,0,'not_available',1,3600000,1772452800000,120,'ntp',NULL,7,NULL,NULL,NULL);
INSERT INTO "observation" VALUES(3,1,2,'press',0,'possible_replay',1,3600000,1772452800000,120,'ntp',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "observation" VALUES(4,2,1,17,0,'ok',1,3600000,1772452800000,120,'ntp','2026-03-02T14:00:00',NULL,2,1,NULL);
INSERT INTO "observation" VALUES(5,1,3,1,1,'ok',1,3600000,1772452800000,120,'ntp',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    class TEXT NOT NULL,
    priority TEXT,
    rank INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    stored_boot INTEGER NOT NULL REFERENCES boot(key),
    stored_boottime_ms INTEGER NOT NULL,
    stored_wall_ms INTEGER NOT NULL,
    stored_offset_min INTEGER NOT NULL,
    stored_sync TEXT NOT NULL,
    received_boot INTEGER  REFERENCES boot(key),
    received_boottime_ms INTEGER ,
    received_wall_ms INTEGER ,
    received_offset_min INTEGER ,
    received_sync TEXT ,
    body BLOB NOT NULL
, refusals INTEGER NOT NULL DEFAULT 0, parked TEXT NOT NULL DEFAULT '', disclosure INTEGER) STRICT;
INSERT INTO "outbox" VALUES(1,'message-000001','alert','critical',0,1772452800001,1,3600000,1772452800000,120,'ntp',NULL,NULL,NULL,NULL,NULL,X'7B227370656376657273696F6E223A22312E30227D',0,'',1);
INSERT INTO "outbox" VALUES(2,'message-000002','obs',NULL,3,1772452800002,1,3600000,1772452800000,120,'ntp',1,3600000,1772452800000,120,'ntp',X'',0,'',2);
CREATE TABLE page (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    alert TEXT NOT NULL,
    rev INTEGER NOT NULL,
    level INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    path TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    code_hash BLOB,
    owed_boot INTEGER NOT NULL REFERENCES boot(key),
    owed_boottime_ms INTEGER NOT NULL,
    owed_wall_ms INTEGER NOT NULL,
    owed_offset_min INTEGER NOT NULL,
    owed_sync TEXT NOT NULL,
    changed_boot INTEGER NOT NULL REFERENCES boot(key),
    changed_boottime_ms INTEGER NOT NULL,
    changed_wall_ms INTEGER NOT NULL,
    changed_offset_min INTEGER NOT NULL,
    changed_sync TEXT NOT NULL,
    UNIQUE (alert, rev, level, turn, recipient, path)
) STRICT;
CREATE TABLE person (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO "person" VALUES(1,'resident-1');
INSERT INTO "person" VALUES(2,'guest');
CREATE TABLE person_told (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL REFERENCES person(key),
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL,
    ended_by TEXT,
    ended_boot INTEGER  REFERENCES boot(key),
    ended_boottime_ms INTEGER ,
    ended_wall_ms INTEGER ,
    ended_offset_min INTEGER ,
    ended_sync TEXT 
) STRICT;
INSERT INTO "person_told" VALUES(1,1,'resident','Anna','installer',1,3600000,1772452800000,120,'ntp',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "person_told" VALUES(2,2,'visitor','','installer',1,3600000,1772452800000,120,'ntp','anna',1,3600000,1772452800000,120,'ntp');
CREATE TABLE plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    told_by TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "plan" VALUES(1,'anna',1,3600000,1772452800000,120,'ntp','[]');
INSERT INTO "plan" VALUES(2,'installer',1,3600000,1772452800000,120,'ntp','[{"id":"hall","label":"","outer":true,"next_to":["kitchen"]},{"id":"kitchen","label":"Keittiö","outer":false,"next_to":[]}]');
CREATE TABLE predecessor (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    store_id TEXT NOT NULL,
    last_message INTEGER NOT NULL,
    carried INTEGER NOT NULL,
    source TEXT NOT NULL,
    told_by TEXT NOT NULL,
    taken_boot INTEGER NOT NULL REFERENCES boot(key),
    taken_boottime_ms INTEGER NOT NULL,
    taken_wall_ms INTEGER NOT NULL,
    taken_offset_min INTEGER NOT NULL,
    taken_sync TEXT NOT NULL
) STRICT;
CREATE TABLE profile (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    recipient BLOB NOT NULL,
    told_by TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL,
    sent_digest TEXT NOT NULL DEFAULT '',
    sent_number INTEGER NOT NULL DEFAULT 0,
    sent_boot INTEGER  REFERENCES boot(key),
    sent_boottime_ms INTEGER ,
    sent_wall_ms INTEGER ,
    sent_offset_min INTEGER ,
    sent_sync TEXT 
) STRICT;
CREATE TABLE proving (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    raised_boot INTEGER NOT NULL REFERENCES boot(key),
    raised_boottime_ms INTEGER NOT NULL,
    raised_wall_ms INTEGER NOT NULL,
    raised_offset_min INTEGER NOT NULL,
    raised_sync TEXT NOT NULL,
    received_boot INTEGER  REFERENCES boot(key),
    received_boottime_ms INTEGER ,
    received_wall_ms INTEGER ,
    received_offset_min INTEGER ,
    received_sync TEXT 
, cause TEXT NOT NULL DEFAULT 'daily', release TEXT NOT NULL DEFAULT '', durable_ms INTEGER, sent_ms INTEGER, taken_ms INTEGER) STRICT;
CREATE TABLE room (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO "room" VALUES(1,'bedroom');
INSERT INTO "room" VALUES(2,'kitchen');
CREATE TABLE sending (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient TEXT NOT NULL,
    class TEXT NOT NULL,
    allowed INTEGER NOT NULL,
    told_by TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL
) STRICT;
CREATE TABLE shed (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    first_boot INTEGER NOT NULL REFERENCES boot(key),
    first_boottime_ms INTEGER NOT NULL,
    first_wall_ms INTEGER NOT NULL,
    first_offset_min INTEGER NOT NULL,
    first_sync TEXT NOT NULL,
    last_boot INTEGER NOT NULL REFERENCES boot(key),
    last_boottime_ms INTEGER NOT NULL,
    last_wall_ms INTEGER NOT NULL,
    last_offset_min INTEGER NOT NULL,
    last_sync TEXT NOT NULL
) STRICT;
CREATE TABLE snapshot (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    observation INTEGER NOT NULL,
    home BLOB NOT NULL,
    at_boot INTEGER NOT NULL REFERENCES boot(key),
    at_boottime_ms INTEGER NOT NULL,
    at_wall_ms INTEGER NOT NULL,
    at_offset_min INTEGER NOT NULL,
    at_sync TEXT NOT NULL
) STRICT;
INSERT INTO "snapshot" VALUES(1,5,X'7374617465206F662074686520686F6D65',1,3600000,1772452800000,120,'ntp');
CREATE TABLE stay (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    told_by TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL
, person INTEGER REFERENCES person(key)) STRICT;
INSERT INTO "stay" VALUES(1,'hospital','maija.m',1772452800000,NULL,1,3600000,1772452800000,120,'ntp',NULL);
CREATE TABLE store (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    store_id TEXT NOT NULL,
    created_boot INTEGER  REFERENCES boot(key),
    created_boottime_ms INTEGER ,
    created_wall_ms INTEGER ,
    created_offset_min INTEGER ,
    created_sync TEXT 
) STRICT;
INSERT INTO "store" VALUES(1,'00000000-0000-4000-8000-00000000f00d',1,3600000,1772452800000,120,'ntp');
CREATE TABLE task (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    state TEXT NOT NULL,
    changed_boot INTEGER NOT NULL REFERENCES boot(key),
    changed_boottime_ms INTEGER NOT NULL,
    changed_wall_ms INTEGER NOT NULL,
    changed_offset_min INTEGER NOT NULL,
    changed_sync TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "task" VALUES(1,'FS-02',1,'requested',1,3600000,1772452800000,120,'ntp','{"id":"FS-02","rev":1,"checklist":"fire","code":"dead","critical":true,"state":"requested","responsible":"building_owner","opened":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"since":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"found":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"role":"home_care","source":"human","changed":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"by":"","due_ms":1772712000000,"remind_ms":null,"times":1,"proof":null,"ordered_by":"","ordered_until_ms":null,"note":"","stays":false}');
INSERT INTO "task" VALUES(2,'FS-02',2,'accepted',1,3600000,1772452800000,120,'ntp','{"id":"FS-02","rev":2,"checklist":"fire","code":"dead","critical":true,"state":"accepted","responsible":"building_owner","opened":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"since":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"found":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"role":"home_care","source":"human","changed":{"boot":"00000000-0000-4000-8000-000000000001","boottime_ms":3600000,"wall_ms":1772452800000,"offset_min":120,"sync":"ntp"},"by":"","due_ms":1772712000000,"remind_ms":null,"times":1,"proof":null,"ordered_by":"","ordered_until_ms":null,"note":"","stays":false}');
CREATE TABLE tenancy (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    tenure TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL
) STRICT;
INSERT INTO "tenancy" VALUES(1,'rented','anna (uid 1000)',1,3600000,1772452800000,120,'ntp');
CREATE TABLE thinned (
    device INTEGER NOT NULL REFERENCES device(key),
    kind INTEGER NOT NULL REFERENCES kind(key),
    person INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    span_s INTEGER NOT NULL,
    count INTEGER NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    mean REAL NOT NULL,
    room INTEGER REFERENCES room(key),
    PRIMARY KEY (device, kind, person, from_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE thinning (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    up_to INTEGER NOT NULL
) STRICT;
CREATE TABLE visit (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL
, ref TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "visit" VALUES(1,'physical','nurse',1772452800000,1772452800009,1,3600000,1772452800000,120,'ntp','');
CREATE TABLE work_told (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    digest TEXT NOT NULL,
    told_boot INTEGER NOT NULL REFERENCES boot(key),
    told_boottime_ms INTEGER NOT NULL,
    told_wall_ms INTEGER NOT NULL,
    told_offset_min INTEGER NOT NULL,
    told_sync TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE UNIQUE INDEX enrolment_in_force ON enrolment(device) WHERE removed_boot IS NULL;
CREATE INDEX observation_by_wall ON observation(at_wall_ms) WHERE at_sync <> 'none';
CREATE INDEX alert_open ON alert(id) WHERE state IN ('raised', 'acknowledged');
CREATE INDEX answer_by_item ON answer(checklist, item);
CREATE INDEX outbox_received ON outbox(received_wall_ms) WHERE received_sync <> 'none';
CREATE UNIQUE INDEX person_in_force ON person_told(person) WHERE ended_boot IS NULL;
CREATE UNIQUE INDEX decision_in_force ON decision(question) WHERE ended_boot IS NULL;
CREATE INDEX disclosure_by_ref ON disclosure(recipient, class, ref);
CREATE INDEX thinned_by_age ON thinned(span_s, from_ms);
CREATE INDEX outbox_owed ON outbox(rank, sequence)
    WHERE received_boot IS NULL AND parked = '';
CREATE INDEX outbox_counted ON outbox(rank, class, priority, length(body), sequence)
    WHERE received_boot IS NULL AND parked = '';
CREATE INDEX outbox_parked ON outbox(sequence) WHERE parked <> '';
CREATE INDEX task_id ON task (id, key);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('enrolment',2);
INSERT INTO "sqlite_sequence" VALUES('observation',5);
INSERT INTO "sqlite_sequence" VALUES('alert_history',3);
INSERT INTO "sqlite_sequence" VALUES('assessment',1);
INSERT INTO "sqlite_sequence" VALUES('answer',2);
INSERT INTO "sqlite_sequence" VALUES('visit',1);
INSERT INTO "sqlite_sequence" VALUES('stay',1);
INSERT INTO "sqlite_sequence" VALUES('disclosure',2);
INSERT INTO "sqlite_sequence" VALUES('outbox',2);
INSERT INTO "sqlite_sequence" VALUES('person_told',2);
INSERT INTO "sqlite_sequence" VALUES('plan',2);
INSERT INTO "sqlite_sequence" VALUES('decision',2);
INSERT INTO "sqlite_sequence" VALUES('task',2);
INSERT INTO "sqlite_sequence" VALUES('considered',1);
INSERT INTO "sqlite_sequence" VALUES('tenancy',1);
INSERT INTO "sqlite_sequence" VALUES('event',1);
INSERT INTO "sqlite_sequence" VALUES('checkpoint',1);
COMMIT;
