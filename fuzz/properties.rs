//! What must hold for any bytes that come from outside, one function for each place where they come
//! in. The fuzz targets call them with what the fuzzer thinks of; `tests/it/fuzzed.rs` calls them with
//! the committed corpora and with what proptest makes of those. A property that breaks panics.

mod loopback;

use std::cell::RefCell;
use std::fmt::Debug;
use std::path::Path;

use dues::cli::import::rows::Rows;
use dues::config;
use dues::config::sources::Environment;
use dues::control::protocol::Rows as Page;
use dues::control::protocol::change::NewCard;
use dues::control::protocol::status::Status;
use dues::control::protocol::{
    Added, Attempt, Changed, Cycle, Event, Failed, Freed, Outcome, Reason, Reconciled, Shown,
    Subscription, Wanted,
};
use dues::core::answer::{Answer, Finding, Receipt, Words};
use dues::core::calendar::CycleNo;
use dues::core::decline::{Codes, Kind};
use dues::core::money::Krw;
use dues::core::order::{CustomerUid, Installation, MerchantUid, Order, OrderName, SubscriptionId};
use dues::core::particulars::Particulars;
use dues::gateway::Refusal;
use dues::gateway::iamport::settings::Mode;
use dues::gateway::iamport::verdict::{Judge, Verdict};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use loopback::{Loopback, TOKEN_SECRET};

/// The longest that anything said about bytes from outside may be, in characters.
const SAID_MAX: usize = 1_000;

/// An answer of the gateway to a charge or a look-up: a line with the HTTP status, then the body.
///
/// Bytes that are no envelope are neither a decline nor a success, and a success names our payment.
pub fn answers(bytes: &[u8]) {
    let (status, body) = split_status(bytes);
    let (judge, order) = (judge(), order());
    let answer = judge.charge(status, body, &order);
    let all = judge.find(status, body, &order);
    let newest = judge.find_newest(status, body, &order);

    assert_eq!(answer, judge.charge(status, body, &order));
    assert_eq!(all, judge.find(status, body, &order));
    for verdict in [word_of(&answer), word_of(&all), word_of(&newest)] {
        match verdict {
            Verdict::Said(()) => assert!(is_envelope(body), "an answer without an envelope"),
            Verdict::Unauthorized(words) => {
                assert_eq!(status, 401);
                bounded(words.as_str());
            }
            Verdict::Lost(words) => bounded(words.as_str()),
        }
    }

    // Where the whole body can be read by somebody else, that reading has to agree.
    let Ok(whole) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let response = whole.get("response").unwrap_or(&Value::Null);
    if let Verdict::Said(answer) = &answer {
        answer_agrees(answer, status, &whole);
    }
    let listed = response.get("list").and_then(Value::as_array);
    let listed: Vec<&Value> = listed.into_iter().flatten().collect();
    for (finding, payments) in [(&all, listed), (&newest, vec![response])] {
        if let Verdict::Said(finding) = finding {
            finding_agrees(finding, status, &payments);
        }
    }
}

fn answer_agrees(answer: &Answer, status: u16, whole: &Value) {
    let payment = whole.get("response").unwrap_or(&Value::Null);
    let is_refusal = whole.get("code") != Some(&Value::from(0)) && payment.is_null();
    match answer {
        Answer::Paid(receipt) | Answer::Refunded(receipt) => {
            assert_eq!(status, 200);
            is_ours(payment);
            assert!(is_named(receipt, payment));
        }
        Answer::Declined(decline) | Answer::Refused(decline) => {
            bounded(decline.message.as_str());
            let is_failed = status == 200
                && payment.get("status") == Some(&Value::from("failed"))
                && payment.get("merchant_uid") == Some(&Value::from("dues01-alice-0"));
            assert!(is_failed || is_refusal, "declined without a decline");
        }
        Answer::NoCard(decline) => {
            bounded(decline.message.as_str());
            assert!(is_refusal, "a record of a card that there is not");
        }
        Answer::Settled(words)
        | Answer::Mismatch(words)
        | Answer::Barred(words)
        | Answer::Outage(words) => {
            bounded(words.as_str());
        }
        Answer::Malformed(words) => {
            bounded(words.as_str());
            assert!(status == 400 && is_refusal);
        }
    }
}

fn finding_agrees(finding: &Finding, status: u16, payments: &[&Value]) {
    assert!(matches!(status, 200 | 404));
    let has = |wanted: &str| {
        let is_so = |payment: &&Value| payment.get("status") == Some(&Value::from(wanted));
        payments.iter().any(is_so)
    };
    match finding {
        Finding::Paid(receipt) | Finding::Refunded(receipt) => {
            let has_taken = |payment: &&&Value| {
                let status = payment.get("status").and_then(Value::as_str);
                matches!(status, Some("paid" | "cancelled"))
            };
            let taken: Vec<&&Value> = payments.iter().filter(has_taken).collect();
            // Wherever money was taken under our uid, it was taken as we asked for it.
            for payment in &taken {
                is_ours(payment);
            }
            assert!(taken.iter().any(|payment| is_named(receipt, payment)));
        }
        Finding::Failed { decline, .. } => {
            bounded(decline.message.as_str());
            assert!(has("failed") && !has("paid") && !has("ready") && !has("cancelled"));
        }
        Finding::Absent => assert!(payments.iter().all(|payment| payment.is_null())),
        Finding::Mismatch(words) | Finding::Unclear(words) => bounded(words.as_str()),
    }
}

/// A payment that says everything we compare, and says it as we asked for it.
fn is_ours(payment: &Value) {
    let says = |field: &str, value: Value| {
        assert_eq!(payment.get(field), Some(&value), "{field} is not ours");
    };
    says("merchant_uid", "dues01-alice-0".into());
    says("customer_uid", "cust_alice".into());
    says("currency", "KRW".into());
    says("sandbox", false.into());
    let amount = payment.get("amount").and_then(Value::as_f64);
    assert_eq!(amount.map(|won| won.to_string()), Some("9900".to_owned()));
}

/// Whether a receipt is of this payment.
fn is_named(receipt: &Receipt, payment: &Value) -> bool {
    assert!((0..=9_900).contains(&receipt.refunded_won));
    payment.get("imp_uid") == Some(&Value::from(receipt.imp_uid.as_str()))
}

/// What a verdict is about, without what was said.
fn word_of<T>(verdict: &Verdict<T>) -> Verdict<()> {
    match verdict {
        Verdict::Said(_) => Verdict::Said(()),
        Verdict::Unauthorized(words) => Verdict::Unauthorized(words.clone()),
        Verdict::Lost(words) => Verdict::Lost(words.clone()),
    }
}

/// An answer to `getToken`, over a socket, for that is the only public way in: a line with the HTTP
/// status, then the body. A token comes out only of an envelope that says it worked.
pub fn token(bytes: &[u8]) {
    let (status, body) = split_status(bytes);
    // What is below is not a whole answer, and what has no body has nothing to read.
    let status = if (200..600).contains(&status) && !matches!(status, 204 | 205 | 304) {
        status
    } else {
        200
    };
    let checked = GATEWAY.with_borrow_mut(|gateway| {
        let gateway = gateway.get_or_insert_with(Loopback::start);
        gateway.check(status, body)
    });
    match checked {
        Ok(()) => {
            assert!(
                status == 200 && is_envelope(body),
                "a token without an envelope"
            );
        }
        Err(Refusal::Key(why) | Refusal::Silence(why)) => {
            bounded(&why);
            assert!(!why.contains(TOKEN_SECRET), "{why}");
        }
    }
}

thread_local! {
    static GATEWAY: RefCell<Option<Loopback>> = const { RefCell::new(None) };
}

/// A configuration file: a whole configuration, or problems that say where and what to do.
pub fn config(bytes: &[u8]) {
    DIRECTORY.with(|directory| {
        let path = directory.path().join("dues.toml");
        std::fs::write(&path, bytes).expect("a file of ours");
        let lines = bytes.split(|byte| *byte == b'\n').count();
        let environment = Environment::default();
        if let Err(problems) = config::load(&path, &environment) {
            assert!(problems.count() > 0);
            for problem in problems.iter() {
                problem_is_placed(&problem.to_string(), &path, lines);
            }
            let repeated = config::load(&path, &environment).map(|_| ());
            assert_eq!(repeated, Err(problems));
        }
        if let Err(problems) = config::load_to_serve(&path, &environment) {
            assert!(problems.count() > 0);
        }
        let _socket: Option<std::path::PathBuf> = config::socket(&path, &environment);
    });
}

thread_local! {
    static DIRECTORY: tempfile::TempDir = tempfile::tempdir().expect("a directory");
}

/// `FILE:LINE[:COLUMN]: KEY: WHAT; REMEDY` on one line; a rule about the whole file has no line.
fn problem_is_placed(problem: &str, path: &Path, lines: usize) {
    bounded(problem);
    let file = path.display().to_string();
    let rest = problem
        .strip_prefix(&file)
        .expect("the file is named first");
    let (place, what) = rest.split_once(": ").expect("a place and what is wrong");
    let line = place.split(':').nth(1).map(str::parse::<usize>);
    match line {
        None => assert_eq!(place, ""),
        Some(line) => {
            let line = line.expect("a number");
            assert!(
                (1..=lines).contains(&line),
                "line {line} of {lines}: {problem}"
            );
        }
    }
    assert!(
        what.contains("; ") || what.contains("write "),
        "no remedy: {problem}"
    );
}

/// The body of a request to the socket, or of an answer from it: what can be read says the same
/// when it is written and read again.
pub fn socket(bytes: &[u8]) {
    round_trip::<Wanted>(bytes);
    round_trip::<Vec<Wanted>>(bytes);
    round_trip::<Reason>(bytes);
    round_trip::<Freed>(bytes);
    round_trip::<NewCard>(bytes);

    round_trip::<Status>(bytes);
    round_trip::<Vec<Outcome>>(bytes);
    round_trip::<Added>(bytes);
    round_trip::<Changed>(bytes);
    round_trip::<Shown>(bytes);
    round_trip::<Page<Subscription>>(bytes);
    round_trip::<Page<Cycle>>(bytes);
    round_trip::<Page<Attempt>>(bytes);
    round_trip::<Page<Event>>(bytes);
    round_trip::<Reconciled>(bytes);
    round_trip::<Failed>(bytes);
}

fn round_trip<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(read, again);
}

/// The text of a refusal: a line with the PG's name, then the text. The same text means the same
/// thing every time, and its code stands in it.
pub fn declines(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pg, text) = text.split_once('\n').unwrap_or(("", &text));
    let pg = (!pg.is_empty()).then_some(pg);
    let codes = Codes::default();
    let reading = codes.read(text, pg);
    assert_eq!(reading, codes.read(text, pg));

    if let Some(code) = &reading.code {
        assert!((2..=8).contains(&code.len()), "{code:?}");
        assert!(
            code.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{code:?}"
        );
        assert!(text.contains(&format!("[{code}]")), "{code:?}");
    }
    if reading.otherwise.is_some() {
        assert_eq!(
            reading.kind,
            Kind::Duplicate,
            "a second meaning of what has one"
        );
    }
    if !text.contains('[') {
        // Without a code the PG does not matter, and neither do blanks.
        let spread: String = text.chars().flat_map(|letter| [letter, ' ']).collect();
        assert_eq!(codes.read(&spread, None), reading);
    }
    bounded(Words::new(text).as_str());
}

/// A CSV file to import: every row is taken or named, in order, and reading comes to an end.
pub fn import(bytes: &[u8]) {
    let mut rows = match Rows::of(Box::new(std::io::Cursor::new(bytes.to_vec()))) {
        Ok(rows) => rows,
        Err(wrong) => return bounded(&wrong.reason),
    };
    let (mut count, mut last) = (0, 0);
    while let Some(row) = rows.next_row() {
        count += 1;
        assert!(count <= bytes.len(), "more rows than bytes");
        let line = match row {
            Ok((line, _)) => line,
            Err(wrong) => {
                bounded(&wrong.reason);
                wrong.line
            }
        };
        assert!(line >= last, "line {line} after line {last}");
        last = line;
        if rows.is_broken() {
            break;
        }
    }
    assert!(rows.place() <= u64::try_from(bytes.len()).unwrap_or(u64::MAX));
}

/// What is said about bytes from outside is one short line: it goes to a log, a terminal, a mail.
fn bounded(said: &str) {
    assert!(
        said.chars().count() <= SAID_MAX,
        "{} characters",
        said.chars().count()
    );
    assert!(!said.contains(char::is_control), "{said:?}");
}

/// An object with an integer `code`, by a reading of its own.
fn is_envelope(body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Coded {
        #[serde(rename = "code")]
        _code: i64,
    }
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'{') && serde_json::from_slice::<Coded>(body).is_ok()
}

/// The status of the first line and what follows; everything is a body where there is none.
fn split_status(bytes: &[u8]) -> (u16, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let status = |end: usize| std::str::from_utf8(bytes.get(..end)?).ok()?.parse().ok();
    match end.and_then(|end| Some((status(end)?, bytes.get(end + 1..)?))) {
        Some(split) => split,
        None => (200, bytes),
    }
}

fn judge() -> Judge {
    Judge {
        mode: Mode::Live,
        codes: Codes::default(),
    }
}

fn order() -> Order {
    let installation = Installation::parse("dues01").expect("a name");
    let alice = SubscriptionId::parse("alice").expect("an id");
    let first = CycleNo::parse(0).expect("a number");
    Order {
        merchant_uid: MerchantUid::of(&installation, &alice, first),
        customer_uid: CustomerUid::parse("cust_alice").expect("a card"),
        amount: Krw::parse(9_900).expect("an amount"),
        name: OrderName::parse("월간 구독").expect("a name"),
        particulars: Particulars::default(),
    }
}
