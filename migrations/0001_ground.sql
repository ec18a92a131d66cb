-- The ground: who is charged, for what, when, and everything that ever happened.
-- Instants are microseconds of UTC; amounts are whole won. The laws of DESIGN stand here a second
-- time: code that breaks one fails here before anything is sent.

CREATE TABLE installation (
    key        INTEGER PRIMARY KEY CHECK (key = 1),
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 6 AND name NOT GLOB '*[^a-z0-9]*'),
    created_at INTEGER NOT NULL
) STRICT;

-- One row for each version of a plan that was ever in force. A version never changes.
CREATE TABLE plan (
    key           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL CHECK (length(id) BETWEEN 1 AND 40),
    version       INTEGER NOT NULL CHECK (version >= 1),
    name          TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),  -- with placeholders
    amount        INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 1000000000),
    cadence_count INTEGER CHECK (cadence_count BETWEEN 1 AND 1200),
    cadence_unit  TEXT    CHECK (cadence_unit IN ('day', 'week', 'month', 'year')),
    time_zone     TEXT    NOT NULL CHECK (time_zone <> ''),
    fixed_day     TEXT    CHECK (fixed_day IS NULL OR (fixed_day GLOB '[0-3][0-9] * [a-z]*'
                                                              AND cadence_unit = 'month')),
    cron          TEXT    CHECK (cron GLOB '* * * * *, [a-z]*'),  -- and what the first period costs
    price_list    TEXT    NOT NULL CHECK (price_list GLOB '{*}'),  -- {}: the amount, for ever
    particulars   TEXT    NOT NULL CHECK (particulars GLOB '{*}'),  -- tax, instalments, what the PG asks for
    created_at    INTEGER NOT NULL,
    CONSTRAINT plan_counts_or_has_days CHECK ((cadence_count IS NULL) = (cadence_unit IS NULL)
                                              AND (cadence_unit IS NULL) = (cron IS NOT NULL)),
    UNIQUE (id, version)
) STRICT;

CREATE TRIGGER plan_is_immutable BEFORE UPDATE ON plan
BEGIN SELECT RAISE(ABORT, 'law: a version of a plan never changes'); END;

CREATE TRIGGER plan_is_kept BEFORE DELETE ON plan
BEGIN SELECT RAISE(ABORT, 'law: a version of a plan is never deleted'); END;

CREATE TABLE subscription (
    key          INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE
                 CHECK (length(id) BETWEEN 1 AND 24 AND id NOT GLOB '*[^A-Za-z0-9_-]*'),
    customer_uid TEXT    NOT NULL CHECK (length(customer_uid) BETWEEN 1 AND 80),
    plan_key     INTEGER NOT NULL REFERENCES plan (key),
    anchor_at    INTEGER NOT NULL,
    first_cycle  INTEGER NOT NULL CHECK (first_cycle BETWEEN 0 AND 99999),
    quantity     INTEGER NOT NULL DEFAULT 1 CHECK (quantity BETWEEN 1 AND 10000),
    coupon       TEXT    CHECK (coupon IS NULL OR length(coupon) BETWEEN 1 AND 40),  -- the last one that was redeemed,
    discount     TEXT    CHECK (discount IS NULL OR discount GLOB '[a-z]* [1-9]* from [0-9]*'),  -- and what was promised with it
    status       TEXT    NOT NULL CONSTRAINT subscription_status_is_known
                 CHECK (status = 'active' OR status = 'trialing' OR status = 'past_due' OR status = 'paused'
                        OR status = 'canceled' OR status = 'suspended' OR status = 'completed'),
    hold         TEXT    CONSTRAINT subscription_hold_is_known
                 CHECK (hold IS NULL OR hold IN ('missed_cycles', 'mismatch', 'malformed',
                                                 'refunded_elsewhere', 'paid_twice', 'no_consent')),
    created_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    agreed_at    INTEGER NOT NULL,  -- when the customer last agreed to a price,
    agreed_won   INTEGER NOT NULL CHECK (agreed_won >= 0),  -- and up to how much for a whole cycle
    next_plan_key INTEGER REFERENCES plan (key),  -- the version that comes after, if it was applied,
    next_at      INTEGER,  -- and from when on: for cycles that are due then
    ends_at      INTEGER,  -- when it ends by itself, if it does: nothing is begun from then on
    resumes_at   INTEGER,  -- when it goes on by itself, if it is paused until then,
    resumes_how  TEXT CHECK (resumes_how IS NULL OR resumes_how IN ('skip', 'charge_latest', 'move_anchor')),  -- not as its plan says
    moved_n      INTEGER,  -- the cycle from which on cycles are counted anew, if the anchor was moved,
    moved_at     INTEGER,  -- and when that one begins
    credit       INTEGER CHECK (credit > 0),  -- what is paid and not used, for the cycles to come
    card_dead    TEXT CHECK (card_dead IS NULL OR card_dead IN ('new_card', 'never')),  -- its card was declined for good, and so
    -- The last month of its card, as the merchant told: 202703. The same of all that have the card and are not over.
    card_expires INTEGER CHECK (card_expires BETWEEN 200001 AND 209912 AND card_expires % 100 BETWEEN 1 AND 12),
    CHECK ((next_plan_key IS NULL AND next_at IS NULL) OR (next_plan_key IS NOT NULL AND next_at IS NOT NULL)),
    CHECK ((coupon IS NULL AND discount IS NULL) OR (coupon IS NOT NULL AND discount IS NOT NULL)),
    CHECK (ends_at IS NULL OR ended_at IS NULL),
    CHECK (resumes_at IS NULL OR status = 'paused'),
    CHECK (resumes_how IS NULL OR resumes_at IS NOT NULL),
    CHECK ((moved_n IS NULL AND moved_at IS NULL) OR (moved_n IS NOT NULL AND moved_at IS NOT NULL)),
    CONSTRAINT subscription_end_has_a_date CHECK (
        (ended_at IS NULL AND status <> 'canceled' AND status <> 'completed')
     OR (ended_at IS NOT NULL AND (status = 'canceled' OR status = 'completed')))
) STRICT;

CREATE INDEX subscription_customer ON subscription (customer_uid);

-- What the front page counts; everything else is 'active' and is not in these indexes.
CREATE INDEX subscription_unusual ON subscription (status) WHERE status <> 'active';
CREATE INDEX subscription_held ON subscription (hold) WHERE hold IS NOT NULL;
CREATE INDEX subscription_card_dead ON subscription (card_dead) WHERE card_dead IS NOT NULL;
CREATE INDEX subscription_card_expires ON subscription (card_expires)
 WHERE card_expires IS NOT NULL AND ended_at IS NULL;

-- Those to whom something comes by itself on a day that was named.
CREATE INDEX subscription_ends ON subscription (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX subscription_resumes ON subscription (resumes_at) WHERE resumes_at IS NOT NULL;

CREATE TRIGGER subscription_is_kept BEFORE DELETE ON subscription
BEGIN SELECT RAISE(ABORT, 'law: a subscription is never deleted'); END;

CREATE TRIGGER subscription_end_is_final BEFORE UPDATE OF status ON subscription
WHEN OLD.status IN ('canceled', 'completed') AND NEW.status <> OLD.status
BEGIN SELECT RAISE(ABORT, 'law: an ended subscription does not come back'); END;

CREATE TRIGGER subscription_identity_is_fixed
BEFORE UPDATE OF id, anchor_at, first_cycle, created_at ON subscription
BEGIN SELECT RAISE(ABORT, 'law: id, anchor and first cycle of a subscription are fixed'); END;

CREATE TRIGGER subscription_anchor_moves_on BEFORE UPDATE OF moved_n ON subscription
WHEN OLD.moved_n IS NOT NULL AND (NEW.moved_n IS NULL OR NEW.moved_n < OLD.moved_n)
BEGIN SELECT RAISE(ABORT, 'law: an anchor moves to cycles that are to come'); END;

-- One row for each cycle: the n-th debt of a subscription. A subscription's newest cycle is enrolled
-- in the transaction that begins the one before it.
-- Lists of more than two are spelt with OR here and in `attempt`: of an IN list SQLite makes a table of
-- its own, in a trigger for every row.
CREATE TABLE cycle (
    subscription_key INTEGER NOT NULL REFERENCES subscription (key),
    n                INTEGER NOT NULL CHECK (n BETWEEN 0 AND 99999),
    due_at           INTEGER NOT NULL,
    amount           INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 1000000000),
    name             TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    state            TEXT    NOT NULL,
    act_at           INTEGER,  -- when the state asks for something
    wake_at          INTEGER,  -- when it is looked at: act_at, or later while something keeps it back
    begun_at         INTEGER,  -- of the open attempt
    attempts         INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    declines         INTEGER NOT NULL DEFAULT 0 CHECK (declines BETWEEN 0 AND attempts),
    traceless        INTEGER NOT NULL DEFAULT 0 CHECK (traceless BETWEEN 0 AND attempts),
    asked            INTEGER NOT NULL DEFAULT 0 CHECK (asked >= 0),
    cause            TEXT,     -- what brought it into this state
    class            TEXT CONSTRAINT cycle_class_is_known
                     CHECK (class IS NULL OR class = 'funds' OR class = 'technical'
                            OR class = 'generic' OR class = 'new_card' OR class = 'never'),
    code             TEXT,
    message          TEXT,
    imp_uid          TEXT,
    paid_at          INTEGER,
    refunded         INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
    -- What a whole cycle cost before and costs now, where that is more: then it needs consent.
    rises_from       INTEGER CHECK (rises_from >= 0),
    rises_to         INTEGER,
    -- The version it is charged by: not always the subscription's of today.
    plan_key         INTEGER NOT NULL,
    ladder_at        INTEGER,  -- when the ladder goes on after a retry that a person asked for
    uid_no           INTEGER NOT NULL DEFAULT 0 CHECK (uid_no BETWEEN 0 AND 99),  -- of the next attempt
    given_up_at      INTEGER,  -- when it came to its end without a payment
    credit           INTEGER CHECK (credit > 0),  -- what was taken off its price; the amount is the rest
    PRIMARY KEY (subscription_key, n),
    CONSTRAINT cycle_rise_rises CHECK (rises_from IS rises_to OR rises_from < rises_to),
    -- What each state has, nothing less and nothing more; those that nearly every cycle goes through come first.
    -- Spelt out, because each word of it is one step for SQLite, and it stops at the first that decides.
    CONSTRAINT cycle_shape CHECK (
        (state = 'scheduled' AND act_at IS NOT NULL AND begun_at IS NULL AND paid_at IS NULL AND attempts = 0
         AND cause IS NULL AND given_up_at IS NULL)
     OR (state = 'charging' AND act_at IS NOT NULL AND begun_at IS NOT NULL AND paid_at IS NULL AND attempts > 0
         AND cause IS NULL AND given_up_at IS NULL)
     OR ((state = 'paid' OR state = 'partially_refunded' OR state = 'refunded')
         AND act_at IS NULL AND begun_at IS NULL AND paid_at IS NOT NULL AND attempts > 0
         AND cause IS NULL AND given_up_at IS NULL)
     OR (state = 'retrying' AND act_at IS NOT NULL AND begun_at IS NULL AND paid_at IS NULL AND attempts > 0
         AND cause IS NOT NULL AND given_up_at IS NULL)
     OR (state = 'in_doubt' AND act_at IS NOT NULL AND begun_at IS NOT NULL AND paid_at IS NULL AND attempts > 0
         AND cause IS NOT NULL AND given_up_at IS NULL)
     OR ((state = 'uncollectible' OR state = 'waived')
         AND act_at IS NULL AND begun_at IS NULL AND paid_at IS NULL AND attempts > 0
         AND cause IS NOT NULL AND given_up_at IS NOT NULL)
     OR (state = 'skipped' AND act_at IS NULL AND begun_at IS NULL AND paid_at IS NULL AND attempts = 0
         AND cause IS NOT NULL AND given_up_at IS NOT NULL)),
    CONSTRAINT cycle_free_is_not_asked_for CHECK (amount > 0 OR state IN ('scheduled', 'skipped')),
    CONSTRAINT cycle_free_is_free CHECK (cause IS NULL OR cause <> 'free' OR (state = 'skipped' AND amount = 0)),
    CHECK (ladder_at IS NULL OR declines > 0),
    CONSTRAINT cycle_wakes_to_act CHECK (
        (wake_at IS NULL AND act_at IS NULL)
     OR (wake_at IS NOT NULL AND act_at IS NOT NULL AND wake_at >= act_at AND wake_at >= due_at)),
    CONSTRAINT cycle_payment_has_receipt CHECK (
        (imp_uid IS NULL AND paid_at IS NULL) OR (imp_uid IS NOT NULL AND paid_at IS NOT NULL)),
    CONSTRAINT cycle_decline_has_class CHECK (
        (class IS NULL AND cause IS NULL)
     OR (class IS NOT NULL) = (cause IS 'declined' OR cause IS 'exhausted' OR cause IS 'refused')),
    CHECK (refunded = 0 OR state <> 'paid'),
    CHECK (state <> 'partially_refunded' OR refunded BETWEEN 1 AND amount)
) STRICT, WITHOUT ROWID;

-- The two queues: what waits to be tried, scheduled or retrying, and what has an open attempt, charging
-- or in doubt. Both hold only what is not final, so neither grows with history.
CREATE INDEX cycle_due ON cycle (wake_at) WHERE begun_at IS NULL AND wake_at IS NOT NULL;
CREATE INDEX cycle_open ON cycle (wake_at) WHERE begun_at IS NOT NULL;
CREATE INDEX cycle_retrying ON cycle (act_at) WHERE state = 'retrying';
-- With what was collected, so that a day's sum reads nothing else.
CREATE INDEX cycle_paid ON cycle (paid_at, subscription_key, n, amount, refunded)
 WHERE paid_at IS NOT NULL;
-- Uncollectible, waived or skipped.
CREATE INDEX cycle_given_up ON cycle (given_up_at) WHERE given_up_at IS NOT NULL;

CREATE TRIGGER cycle_is_kept BEFORE DELETE ON cycle
BEGIN SELECT RAISE(ABORT, 'law: a cycle is never deleted'); END;

-- After the row is written: before it SQLite would look for the row a second time.
CREATE TRIGGER cycle_joins_the_others AFTER INSERT ON cycle
WHEN NEW.state <> 'scheduled'
  OR (NOT EXISTS (SELECT 1 FROM cycle WHERE subscription_key = NEW.subscription_key AND n = NEW.n - 1)
      AND NEW.n <> (SELECT first_cycle FROM subscription WHERE key = NEW.subscription_key))
BEGIN
    SELECT iif(NEW.state <> 'scheduled', RAISE(ABORT, 'law: a cycle starts scheduled'),
                                         RAISE(ABORT, 'law: cycles are contiguous'));
END;

CREATE TRIGGER cycle_debt_is_fixed
AFTER UPDATE OF subscription_key, n, due_at, amount, name, rises_from, rises_to, plan_key, credit ON cycle
WHEN (NEW.subscription_key, NEW.n) IS NOT (OLD.subscription_key, OLD.n)
  OR ((OLD.state <> 'scheduled' OR NEW.state <> 'scheduled')
      AND (NEW.due_at, NEW.amount, NEW.name, NEW.rises_from, NEW.rises_to, NEW.plan_key, NEW.credit)
   IS NOT (OLD.due_at, OLD.amount, OLD.name, OLD.rises_from, OLD.rises_to, OLD.plan_key, OLD.credit))
BEGIN SELECT RAISE(ABORT, 'law: what a cycle asks for is fixed from its first try on'); END;

CREATE TRIGGER cycle_final_stays_final AFTER UPDATE OF state ON cycle
WHEN OLD.act_at IS NULL AND (NEW.act_at IS NOT NULL OR (OLD.paid_at IS NOT NULL AND NEW.paid_at IS NULL))
BEGIN
    SELECT iif(OLD.paid_at IS NOT NULL, RAISE(ABORT, 'law: paid never becomes unpaid'),
                                        RAISE(ABORT, 'law: a final cycle is not charged again'));
END;

CREATE TRIGGER cycle_uid_only_rises AFTER UPDATE OF uid_no ON cycle
WHEN NEW.uid_no < OLD.uid_no
BEGIN SELECT RAISE(ABORT, 'law: a uid that failed is not taken again'); END;

-- One row for each request to charge. It is written before anything is sent.
CREATE TABLE attempt (
    subscription_key INTEGER NOT NULL,
    n            INTEGER NOT NULL,
    k            INTEGER NOT NULL CHECK (k >= 1),
    customer_uid TEXT    NOT NULL CHECK (length(customer_uid) BETWEEN 1 AND 80),
    merchant_uid TEXT    NOT NULL CHECK (length(merchant_uid) BETWEEN 1 AND 40
                                         AND merchant_uid NOT GLOB '*[^A-Za-z0-9_-]*'),
    amount       INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 1000000000),
    begun_at     INTEGER NOT NULL,
    ended_at     INTEGER,
    outcome      TEXT,
    class        TEXT CONSTRAINT attempt_class_is_known
                 CHECK (class IS NULL OR class = 'funds' OR class = 'technical'
                        OR class = 'generic' OR class = 'new_card' OR class = 'never'),
    pg           TEXT,  -- whose decline it is, if the gateway said so
    code         TEXT,
    message      TEXT,
    imp_uid      TEXT,
    PRIMARY KEY (subscription_key, n, k),
    FOREIGN KEY (subscription_key, n) REFERENCES cycle (subscription_key, n),
    -- What each outcome has. IS, because what is neither true nor false passes a CHECK.
    CONSTRAINT attempt_shape CHECK (
        (outcome IS NULL AND ended_at IS NULL AND class IS NULL AND imp_uid IS NULL)
     OR ((outcome IS 'paid' OR outcome IS 'refunded')
         AND ended_at IS NOT NULL AND class IS NULL AND imp_uid IS NOT NULL)
     OR (outcome IS 'declined' AND ended_at IS NOT NULL AND class IS NOT NULL AND imp_uid IS NULL)
     OR ((outcome IS 'not_sent' OR outcome IS 'absent' OR outcome IS 'malformed' OR outcome IS 'barred'
          OR outcome IS 'outage')
         AND ended_at IS NOT NULL AND class IS NULL AND imp_uid IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX attempt_open_cycle ON attempt (subscription_key, n) WHERE outcome IS NULL;
CREATE UNIQUE INDEX attempt_open_card ON attempt (customer_uid) WHERE outcome IS NULL;
CREATE UNIQUE INDEX attempt_paid_once ON attempt (subscription_key, n) WHERE outcome = 'paid';

-- Declined attempts are those with a class: a payment changes an attempt's outcome and not its class, and so
-- leaves these indexes alone.
CREATE INDEX attempt_declined_card ON attempt (customer_uid, begun_at, class) WHERE class IS NOT NULL;
-- Declines that say nothing which decides about them, among them those that nobody understood.
CREATE INDEX attempt_generic ON attempt (begun_at) WHERE class = 'generic';

CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempt
BEGIN SELECT RAISE(ABORT, 'law: an attempt is never deleted'); END;

CREATE TRIGGER attempt_intent_is_fixed
BEFORE UPDATE OF subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at ON attempt
BEGIN SELECT RAISE(ABORT, 'law: what an attempt asks for is fixed when it begins'); END;

-- Everything that ever happened, in order. `after` holds the columns that became something else, so
-- that folding the journal gives the tables.
CREATE TABLE journal (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    at               INTEGER NOT NULL,
    subscription_key INTEGER REFERENCES subscription (key),
    n                INTEGER,
    kind             TEXT    NOT NULL CHECK (kind <> ''),
    actor            TEXT    NOT NULL CHECK (actor <> ''),
    words            TEXT,    -- why, for people
    after            TEXT    NOT NULL CHECK (after GLOB '{*}')
) STRICT;

CREATE INDEX journal_subscription ON journal (subscription_key, seq);

CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'law: the journal is append-only'); END;

-- What an operator wants out of the way: files beside the database that hold old entries as they were here.
CREATE TABLE archive (
    last_seq    INTEGER PRIMARY KEY,  -- the newest entry of the file
    first_seq   INTEGER NOT NULL,     -- and the oldest
    file        TEXT    NOT NULL UNIQUE CHECK (file <> ''),
    print       TEXT    NOT NULL CHECK (length(print) = 32),  -- of all that is in it
    archived_at INTEGER NOT NULL,
    CHECK (first_seq BETWEEN 1 AND last_seq)
) STRICT;

CREATE TRIGGER archive_is_kept BEFORE DELETE ON archive
BEGIN SELECT RAISE(ABORT, 'law: where old entries are is never forgotten'); END;

CREATE TRIGGER archive_is_fixed BEFORE UPDATE ON archive
BEGIN SELECT RAISE(ABORT, 'law: a file of old entries never changes'); END;

CREATE TRIGGER journal_is_kept BEFORE DELETE ON journal
WHEN NOT EXISTS (SELECT 1 FROM archive WHERE last_seq >= OLD.seq AND first_seq <= OLD.seq)
BEGIN SELECT RAISE(ABORT, 'law: the journal is append-only'); END;

-- When each maintenance job last ran, so that a silent scheduler is noticed and caught up with.
CREATE TABLE job (
    name       TEXT    PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    result     TEXT,
    CHECK ((ended_at IS NULL) = (result IS NULL))
) STRICT;

-- One row: what tells this database from an older copy of it and from one that was carried elsewhere.
-- The epoch rises at every start, the generation with everything that is written, and a file beside
-- the database says how far it had come. While there is a suspicion nobody is charged.
CREATE TABLE fence (
    key          INTEGER PRIMARY KEY CHECK (key = 1),
    epoch        INTEGER NOT NULL CHECK (epoch >= 1),
    generation   INTEGER NOT NULL CHECK (generation >= 1),
    machine      TEXT    NOT NULL CHECK (machine <> ''),  -- a hash
    file         TEXT    NOT NULL CHECK (file <> ''),     -- inode and birth of the database file
    suspicion    TEXT    CHECK (suspicion IN ('restored', 'cloned', 'unguarded')),
    suspected_at INTEGER,
    asked_to     INTEGER NOT NULL DEFAULT 0,  -- the gateway was asked about subscriptions up to here
    CHECK ((suspicion IS NULL) = (suspected_at IS NULL))
) STRICT;

CREATE TRIGGER fence_only_rises BEFORE UPDATE OF epoch, generation ON fence
WHEN NEW.epoch < OLD.epoch OR NEW.generation < OLD.generation
BEGIN SELECT RAISE(ABORT, 'law: epoch and generation only rise'); END;

CREATE TRIGGER fence_is_kept BEFORE DELETE ON fence
BEGIN SELECT RAISE(ABORT, 'law: the fence is never taken down'); END;

-- What the gateway said, while there was a suspicion, that does not go with what is here.
CREATE TABLE difference (
    subscription_key INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    found_at INTEGER NOT NULL,
    ours     TEXT    NOT NULL CHECK (ours <> ''),
    theirs   TEXT    NOT NULL CHECK (theirs <> ''),
    PRIMARY KEY (subscription_key, n),
    FOREIGN KEY (subscription_key, n) REFERENCES cycle (subscription_key, n)
) STRICT, WITHOUT ROWID;

-- What was answered to requests that came with an idempotency key, so that none is carried out twice.
-- Old ones are removed; a refused request did nothing and leaves nothing here.
CREATE TABLE reply (
    key     TEXT    PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 200),
    request TEXT    NOT NULL CHECK (length(request) = 32),  -- a print of all that was asked for
    answer  TEXT    NOT NULL CHECK (json_valid(answer)),
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reply_age ON reply (at);

CREATE TRIGGER reply_is_fixed BEFORE UPDATE ON reply
BEGIN SELECT RAISE(ABORT, 'law: what was answered under a key never changes'); END;

-- Batches that the money guard weighed and that were not foretold, or too much: it let them pass, or it
-- held them. A batch without a decision is held, and nobody is charged until it has one.
CREATE TABLE sweep (
    key        INTEGER PRIMARY KEY,
    until      INTEGER NOT NULL,  -- what was due by then
    scope      TEXT    NOT NULL CHECK (scope IN ('unforetold', 'all')),
    charges    INTEGER NOT NULL CHECK (charges >= 0),
    won        INTEGER NOT NULL CHECK (won >= 0),
    rise       INTEGER NOT NULL DEFAULT 0,   -- how many times its last price a price might be
    hash       TEXT    NOT NULL DEFAULT '',  -- of what it is made of, when it was held
    why        TEXT    NOT NULL DEFAULT '',
    decision   TEXT    CHECK (decision IN ('passed', 'approved', 'emptied')),
    decided_at INTEGER,
    CHECK ((decision IS NULL) = (decided_at IS NULL)),
    CHECK ((decision IS 'passed') = (hash = ''))
) STRICT;

CREATE UNIQUE INDEX sweep_held ON sweep (decision IS NULL) WHERE decision IS NULL;
CREATE INDEX sweep_decided ON sweep (decided_at) WHERE decided_at IS NOT NULL;

CREATE TRIGGER sweep_is_kept BEFORE DELETE ON sweep
BEGIN SELECT RAISE(ABORT, 'law: what was let out is never forgotten'); END;

CREATE TRIGGER sweep_decision_is_final BEFORE UPDATE ON sweep
WHEN OLD.decision IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'law: a decision about a batch is final'); END;

-- Versions of plans whose price rose far, and that a person approved all the same.
CREATE TABLE approved_price (
    plan_key    INTEGER PRIMARY KEY REFERENCES plan (key),
    approved_at INTEGER NOT NULL
) STRICT;

-- A cycle with what decides about it: whose it is, which card, and whether that card is busy. `work`
-- is all of it in one text, so that a batch of cycles crosses to the daemon's thread as one value.
CREATE VIEW work AS
SELECT c.subscription_key, c.n, c.begun_at, c.wake_at,
       json_array(
           json_array(c.subscription_key, c.n, c.due_at, c.amount, c.name, c.state, c.act_at, c.wake_at,
                      c.begun_at, c.attempts, c.declines, c.traceless, c.asked, c.cause, c.class,
                      c.code, c.message, c.imp_uid, c.paid_at, c.refunded, c.rises_from, c.rises_to,
                      c.plan_key, c.ladder_at, c.uid_no, c.given_up_at, c.credit),
           json_array(s.key, s.id, s.customer_uid, s.plan_key, s.anchor_at, s.first_cycle, s.quantity, s.coupon,
                      s.discount, s.status, s.hold, s.created_at, s.ended_at, s.agreed_at, s.agreed_won,
                      s.next_plan_key, s.next_at, s.ends_at, s.resumes_at, s.resumes_how, s.moved_n,
                      s.moved_at, s.credit, s.card_dead, s.card_expires),
           -- Of a first try there is nothing to look for.
           iif(c.attempts > 0,
               (SELECT a.customer_uid FROM attempt a
                 WHERE a.subscription_key = c.subscription_key AND a.n = c.n AND a.k = c.attempts), NULL),
           EXISTS (SELECT 1 FROM attempt o
                    WHERE o.customer_uid = s.customer_uid AND o.outcome IS NULL),
           -- The tenth decline of the card, counted from the newest: what may not be exceeded.
           (SELECT d.begun_at FROM attempt d
             WHERE d.customer_uid = s.customer_uid AND d.class IS NOT NULL
             ORDER BY d.begun_at DESC LIMIT 1 OFFSET 9)
       ) AS work
  FROM cycle c
  JOIN subscription s ON s.key = c.subscription_key;

-- Ways in for batches. `UPDATE … FROM` copies a batch with all its columns into a table of its own
-- first; a row that is put into one of these views changes its one row at once. A row that is not in
-- the state in which it was read is a conflict, and nothing of the turn is written.

CREATE VIEW begun_cycle AS
SELECT c.subscription_key, c.n, c.begun_at, c.act_at AS answer_by, a.customer_uid, a.merchant_uid, c.amount,
       e.due_at AS next_due_at, e.amount AS next_amount, e.name AS next_name, e.act_at AS next_act_at,
       e.wake_at AS next_wake_at, e.plan_key AS next_plan_key
  FROM cycle c
  JOIN attempt a ON a.subscription_key = c.subscription_key AND a.n = c.n
  LEFT JOIN cycle e ON e.subscription_key = c.subscription_key AND e.n = c.n + 1;

-- The first attempt of a cycle. After the plan's last cycle there is no next one.
CREATE TRIGGER cycle_begins INSTEAD OF INSERT ON begun_cycle WHEN NEW.subscription_key IS NOT NULL
BEGIN
    UPDATE cycle
       SET state = 'charging', begun_at = NEW.begun_at, act_at = NEW.answer_by,
           wake_at = NEW.answer_by, attempts = 1
     WHERE subscription_key = NEW.subscription_key AND n = NEW.n AND state = 'scheduled';
    SELECT RAISE(ABORT, 'conflict: a cycle that was to begin is not scheduled') WHERE changes() = 0;
    INSERT INTO attempt (subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at)
    VALUES (NEW.subscription_key, NEW.n, 1, NEW.customer_uid, NEW.merchant_uid, NEW.amount, NEW.begun_at);
END;

CREATE TRIGGER cycle_is_followed INSTEAD OF INSERT ON begun_cycle WHEN NEW.next_due_at IS NOT NULL
BEGIN
    INSERT INTO cycle (subscription_key, n, due_at, amount, name, state, act_at, wake_at, plan_key)
    VALUES (NEW.subscription_key, NEW.n + 1, NEW.next_due_at, NEW.next_amount, NEW.next_name, 'scheduled',
            NEW.next_act_at, NEW.next_wake_at, NEW.next_plan_key);
END;

CREATE VIEW paid_cycle AS
SELECT subscription_key, n, attempts, imp_uid, paid_at, paid_at AS ended_at FROM cycle;

-- A cycle that is paid, and its attempt that ended so.
CREATE TRIGGER cycle_is_paid INSTEAD OF INSERT ON paid_cycle WHEN NEW.subscription_key IS NOT NULL
BEGIN
    UPDATE cycle
       SET state = 'paid', imp_uid = NEW.imp_uid, paid_at = NEW.paid_at, begun_at = NULL,
           act_at = NULL, wake_at = NULL
     WHERE subscription_key = NEW.subscription_key AND n = NEW.n AND state = 'charging'
       AND attempts = NEW.attempts;
    SELECT RAISE(ABORT, 'conflict: a cycle that was paid is not charging') WHERE changes() = 0;
    UPDATE attempt
       SET ended_at = NEW.ended_at, outcome = 'paid', imp_uid = NEW.imp_uid
     WHERE subscription_key = NEW.subscription_key AND n = NEW.n AND k = NEW.attempts;
    SELECT RAISE(ABORT, 'conflict: there is no such attempt to end') WHERE changes() = 0;
END;

CREATE VIEW changed_cycle AS
SELECT subscription_key, n, state AS seen_state, attempts AS seen_attempts, state, act_at, wake_at,
       begun_at, attempts, declines, traceless, asked, cause, class, code, message, imp_uid, paid_at,
       refunded, ladder_at, uid_no, given_up_at
  FROM cycle;

CREATE TRIGGER cycle_changes INSTEAD OF INSERT ON changed_cycle WHEN NEW.subscription_key IS NOT NULL
BEGIN
    UPDATE cycle
       SET state = NEW.state, act_at = NEW.act_at, wake_at = NEW.wake_at, begun_at = NEW.begun_at,
           attempts = NEW.attempts, declines = NEW.declines, traceless = NEW.traceless,
           asked = NEW.asked, cause = NEW.cause, class = NEW.class, code = NEW.code,
           message = NEW.message, imp_uid = NEW.imp_uid, paid_at = NEW.paid_at,
           refunded = NEW.refunded, ladder_at = NEW.ladder_at, uid_no = NEW.uid_no,
           given_up_at = NEW.given_up_at
     WHERE subscription_key = NEW.subscription_key AND n = NEW.n AND state = NEW.seen_state
       AND attempts = NEW.seen_attempts;
    SELECT RAISE(ABORT, 'conflict: a cycle is not as it was read') WHERE changes() = 0;
END;

CREATE VIEW ended_attempt AS
SELECT subscription_key, n, k, ended_at, outcome, class, pg, code, message, imp_uid FROM attempt;

CREATE TRIGGER attempt_ends INSTEAD OF INSERT ON ended_attempt WHEN NEW.subscription_key IS NOT NULL
BEGIN
    UPDATE attempt
       SET ended_at = NEW.ended_at, outcome = NEW.outcome, class = NEW.class, pg = NEW.pg,
           code = NEW.code, message = NEW.message, imp_uid = NEW.imp_uid
     WHERE subscription_key = NEW.subscription_key AND n = NEW.n AND k = NEW.k;
    SELECT RAISE(ABORT, 'conflict: there is no such attempt to end') WHERE changes() = 0;
END;

-- For people with a sqlite3 prompt: instants in Korean time, and the uid that the gateway knows.
CREATE VIEW charge AS
SELECT s.id AS subscription, s.customer_uid, p.id AS plan, c.n AS cycle,
       datetime(c.due_at / 1000000, 'unixepoch', '+9 hours') AS due_kst,
       c.amount, c.state,
       coalesce((SELECT a.merchant_uid FROM attempt a
                  WHERE a.subscription_key = c.subscription_key AND a.n = c.n
                  ORDER BY coalesce(a.outcome = 'paid' OR a.outcome = 'refunded', 0) DESC, a.k DESC
                  LIMIT 1),
                i.name || '-' || s.id || '-' || c.n) AS merchant_uid, c.imp_uid,
       datetime(c.paid_at / 1000000, 'unixepoch', '+9 hours') AS paid_kst,
       c.attempts, c.declines, c.cause, c.class, c.code, c.message,
       datetime(c.wake_at / 1000000, 'unixepoch', '+9 hours') AS wake_kst
  FROM cycle c
  JOIN subscription s ON s.key = c.subscription_key
  JOIN plan p ON p.key = c.plan_key
  JOIN installation i;
