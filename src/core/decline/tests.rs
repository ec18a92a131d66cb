//! Texts and codes as PGs write them, and what each of them calls for.

use super::*;

use Class::{Funds, Generic, Never, NewCard, Technical};
use Kind::{Class as Of, Duplicate, Merchant};

/// Every text, read for a PG without a public code book, as Daou is.
fn check(cases: &[(&str, Kind, Option<&str>)]) {
    for (text, kind, code) in cases {
        let reading = Codes::default().read(text, Some("daou"));
        assert_eq!(
            (reading.kind, reading.code.as_deref()),
            (*kind, *code),
            "{text}"
        );
    }
}

#[test]
fn words_are_looked_for_in_the_order_of_what_forbids_most() {
    check(&[
        ("중복승인요청", Duplicate, None),
        ("[PAYJOA] 이미 승인된 거래입니다", Duplicate, Some("PAYJOA")),
        ("기승인 거래건 입니다.", Duplicate, None),
        ("이미 주문이 이루어진 주문번호입니다.", Duplicate, None),
        (
            "[1053] 미등록 PG 입니다. 상점에 문의",
            Merchant,
            Some("1053"),
        ),
        ("가맹점 정보 오류 분실카드", Merchant, None),
        ("[A021] 상점 계약 만료", Merchant, Some("A021")),
        ("가맹점 한도 초과", Of(Funds), None),
        ("상점한도초과(월)", Of(Funds), None),
        ("분실신고된 카드", Of(Never), None),
        ("도난, 분실 카드 한도 확인", Of(Never), None),
        ("위변조 의심 카드", Of(Never), None),
        ("[0030] 유효기간 오류", Of(NewCard), Some("0030")),
        ("해지된 카드입니다", Of(NewCard), None),
        ("탈회 회원", Of(NewCard), None),
        ("정지 카드", Of(NewCard), None),
        ("거래 정지 카드 (한도 0)", Of(NewCard), None),
        ("카드번호 오류", Of(NewCard), None),
        ("카드번호오류입니다", Of(NewCard), None),
        ("존재하지 않는 빌링키", Of(NewCard), None),
        ("등록되지 않은 구매자입니다.", Of(NewCard), None),
        ("[51] 잔액부족", Of(Funds), Some("51")),
        ("1회 결제 한도 초과", Of(Funds), None),
        ("통장 잔고 부족", Of(Funds), None),
        ("카드사 통신 장애", Of(Technical), None),
        (
            "은행 점검 시간입니다. 잠시 후 다시 시도",
            Of(Technical),
            None,
        ),
        ("응답 타임아웃", Of(Technical), None),
        ("카드사로 문의 바랍니다", Of(Generic), None),
        ("승인거절", Of(Generic), None),
        ("", Of(Generic), None),
        ("Do not honor", Of(Generic), None),
    ]);
}

#[test]
fn a_code_counts_at_its_own_pg() {
    let cases = [
        ("[CC61] 승인거절", "kcp_billing", Of(Funds)),
        ("[8128] 오류", "kcp", Duplicate),
        ("[8045] 오류", "kcp", Of(Technical)),
        ("[CC04] 오류", "kcp", Of(Never)),
        ("[CC21] 오류", "kcp", Merchant),
        ("[cc54] 오류", "kcp", Of(NewCard)),
        ("[12B2] 오류", "html5_inicis", Of(NewCard)),
        ("[500645] 오류", "inicis", Of(Funds)),
        ("[1236] 오류", "inicis", Duplicate),
        ("[500400] 오류", "inicis", Merchant),
        ("[14] 오류", "uplus", Of(NewCard)),
        ("[26] 오류", "tosspayments", Of(Never)),
        ("[C045] 오류", "tosspayments", Of(Technical)),
        ("[3000] 한도", "tosspayments", Of(Generic)),
        // Another PG's code in the same form means something else.
        ("[14] 오류", "daou", Of(Generic)),
        ("[CC61] 오류", "daou", Of(Generic)),
        ("[8128] 오류", "inicis", Of(Generic)),
    ];
    for (text, pg, kind) in cases {
        assert_eq!(
            Codes::default().read(text, Some(pg)).kind,
            kind,
            "{pg} {text}"
        );
    }

    // Where nobody says which PG it was, codes that could be anybody's are left alone.
    assert_eq!(Codes::default().read("[CC61] 오류", None).kind, Of(Funds));
    assert_eq!(Codes::default().read("[1201] 오류", None).kind, Of(Generic));
    assert_eq!(Codes::default().read("[8128] 오류", None).kind, Duplicate);
    assert_eq!(Codes::default().read("[26] 오류", None).kind, Of(Generic));
}

#[test]
fn the_operator_goes_first() {
    let mut codes = Codes::default();
    codes.mean("cc61", Of(Never));
    codes.mean("D0123", Duplicate);
    assert_eq!(codes.read("[CC61] 한도초과", Some("kcp")).kind, Of(Never));
    assert_eq!(codes.read("[d0123] 한도초과", Some("daou")).kind, Duplicate);
    assert_eq!(codes.read("[D9999] 한도초과", Some("daou")).kind, Of(Funds));
    let names = ["duplicate", "merchant", "funds", "never", "nonsense"].map(Kind::named);
    assert_eq!(
        names,
        [
            Some(Duplicate),
            Some(Merchant),
            Some(Of(Funds)),
            Some(Of(Never)),
            None
        ]
    );
}

#[test]
fn what_a_code_means_at_one_pg_goes_before_what_it_means_at_all() {
    let mut codes = Codes::default();
    codes.mean("D1", Of(Technical));
    codes.mean("CC61", Of(Never));
    codes.mean_at("KCP", "d1", Of(Funds));
    codes.mean_at("kcp_billing", "D1", Of(NewCard));
    codes.mean_at("kcp_billing", "D2", Merchant);
    codes.mean_at("inicis", "D1", Duplicate);
    codes.mean_at("daou", "CC54", Of(Generic));

    let cases = [
        // The longer of two parts of a name, the shorter, the other.
        ("[D1]", Some("kcp_billing"), Of(NewCard)),
        ("[D1]", Some("kcp_quick"), Of(Funds)),
        ("[D1]", Some("KCP"), Of(Funds)),
        ("[d1]", Some("html5_inicis"), Duplicate),
        // What a PG has no table for, or not for this code, is read by the table for all.
        ("[D1]", Some("daou"), Of(Technical)),
        ("[CC61]", Some("kcp_billing"), Of(Never)),
        // Nobody said which PG it was: a table of one is not looked at.
        ("[D1]", None, Of(Technical)),
        ("[D2] 한도", None, Of(Funds)),
        ("[D2] 한도", Some("kcp"), Of(Funds)),
        ("[D2] 한도", Some("kcp_billing"), Merchant),
        // Then the PG's own book, of which another PG's table says nothing.
        ("[CC54]", Some("kcp"), Of(NewCard)),
        ("[CC54] 한도", Some("daou"), Of(Generic)),
        // The bracket that is known at this PG.
        ("[D2] [CC54]", Some("kcp"), Of(NewCard)),
        ("[D2] [CC54]", Some("kcp_billing"), Merchant),
    ];
    for (text, pg, kind) in cases {
        assert_eq!(codes.read(text, pg).kind, kind, "{pg:?} {text}");
    }
}

#[test]
fn the_code_is_the_bracket_that_somebody_knows() {
    let code = |text| Codes::default().read(text, Some("kcp")).code;
    assert_eq!(code("[KCP] [8094] x").as_deref(), Some("8094"));
    assert_eq!(code("[KCP][9Z9Z] x").as_deref(), Some("9Z9Z"));
    assert_eq!(code("[[CC61]] x").as_deref(), Some("CC61"));
    assert_eq!(code("[KCP] x").as_deref(), Some("KCP"));
    for none in [
        "",
        "[",
        "[]",
        "[8]",
        "[123456789]",
        "[CC61",
        "CC61]",
        "[한도]",
        "[CC 61]",
        "[CC-1]",
    ] {
        assert_eq!(code(none), None, "{none}");
    }
}

#[test]
fn already_cancelled_is_no_proof_of_a_charge_but_is_looked_up() {
    let otherwise = |text| Codes::default().read(text, None).otherwise;
    assert_eq!(otherwise("이미 해지된 카드입니다"), Some(NewCard));
    assert_eq!(otherwise("이미 분실신고된 카드"), Some(Never));
    assert_eq!(otherwise("이미 승인된 거래"), None);
    assert_eq!(otherwise("중복 거래, 해지 카드"), None);
    assert_eq!(otherwise("[8128] 이미 해지"), None);
}

#[test]
fn only_whole_phrases_ask_for_a_new_card() {
    for text in [
        "등록되지 않은 구매자입니다.",
        "존재하지 않는 customer_uid",
        "빌링키가 존재하지 않습니다",
    ] {
        assert!(says_no_billing_key(text), "{text}");
    }
    for text in [
        "등록되지 않은 가맹점입니다. 고객센터로 문의",
        "customer_uid 누락",
        "구매자 이름 오류",
    ] {
        assert!(!says_no_billing_key(text), "{text}");
    }
}
