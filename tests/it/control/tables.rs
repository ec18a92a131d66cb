//! Comma-separated values: every row has a value, or none, under every word of the header.

use super::shop::Shop;

/// The column of this name, of every row.
fn column(csv: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let place = reader
        .headers()
        .unwrap()
        .iter()
        .position(|head| head == name);
    let place = place.unwrap_or_else(|| panic!("no column {name} in {csv}"));
    let rows = reader
        .records()
        .map(|row| row.expect("as long as the header"));
    rows.map(|row| row.get(place).unwrap().to_owned()).collect()
}

#[test]
fn a_row_has_the_columns_of_the_header_whatever_it_lacks() {
    let shop = Shop::open();
    for words in [
        "add ann --plan basic --id a-1 --anchor 2026-02-05T10:00:00+09:00",
        "add bob --plan basic --id b-1 --anchor 2026-02-05T10:00:00+09:00 --card-expires 2027-03",
        "add eve --plan basic --id e-1 --anchor 2026-02-05T10:00:00+09:00",
        "add fay --plan basic --id f-1 --anchor 2026-02-05T10:00:00+09:00",
        "cancel b-1 --at-period-end",
        "pause e-1 --until 2026-03-01",
    ] {
        assert_eq!(shop.dues(words).code, 0, "{words}");
    }
    for command in ["list -o csv", "export subscriptions -o csv"] {
        let ran = shop.dues(command);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command}");
        let of = |name| column(&ran.stdout, name).join(" ");
        assert_eq!(of("id"), "a-1 b-1 e-1 f-1");
        assert_eq!(of("card_expires"), " 2027-03  ");
        assert_eq!(of("ends_at"), " 2026-02-05T01:00:00Z  ");
        assert_eq!(of("resumes_at"), "  2026-02-28T15:00:00Z ");
        assert_eq!(of("newest_cycle"), "0 0 0 0");
    }
    let cycles = shop.dues("export cycles -o csv");
    assert_eq!(
        column(&cycles.stdout, "state").join(" "),
        ["scheduled"; 4].join(" ")
    );
}
