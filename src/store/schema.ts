/** `migrations[n]` brings a database from version n to n + 1. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE machine (
    hash TEXT PRIMARY KEY,
    json TEXT NOT NULL,
    seen_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE point (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    settings TEXT NOT NULL,
    machine TEXT NOT NULL REFERENCES machine(hash),
    versions TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'measured', 'failed', 'superseded')),
    failure TEXT,
    message TEXT,
    rule TEXT,
    changed_at TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX point_current ON point(hash) WHERE state <> 'superseded';
  CREATE TABLE visit (
    id INTEGER PRIMARY KEY,
    point INTEGER NOT NULL REFERENCES point(id),
    started_at TEXT NOT NULL,
    warmups INTEGER NOT NULL,
    wall_ms REAL NOT NULL,
    disturbances TEXT NOT NULL,
    frequency_mhz REAL,
    memory TEXT NOT NULL,
    read_back TEXT NOT NULL
  ) STRICT;
  CREATE INDEX visit_point ON visit(point);
  CREATE TABLE replica (
    visit INTEGER NOT NULL REFERENCES visit(id),
    replica INTEGER NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (visit, replica)
  ) STRICT;
  CREATE TABLE result (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    machine TEXT NOT NULL REFERENCES machine(hash),
    made_at TEXT NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX result_subject ON result(subject, kind, id);
  CREATE TABLE trial_sample (
    result INTEGER NOT NULL REFERENCES result(id),
    configuration TEXT NOT NULL,
    round INTEGER NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (result, configuration, round)
  ) STRICT;
  `,
  `
  CREATE TABLE published_table (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    file TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE plan_in_force (
    subject TEXT PRIMARY KEY,
    result INTEGER NOT NULL REFERENCES result(id),
    json TEXT NOT NULL
  ) STRICT;
  CREATE TABLE contention (
    machine TEXT NOT NULL,
    series TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (machine, series)
  ) STRICT;
  `,
];

/** Version of the newest migration; kept in SQLite's `user_version`. */
export const schemaVersion = migrations.length;
