//! A plan's particulars as the table `plan` keeps them: one JSON object, empty where there are none.

use serde::{Deserialize, Serialize};

use crate::core::money::Krw;
use crate::core::particulars::{
    CashReceipt, CustomData, Particulars, ProductCode, ProductType, Quota, Tax, Untaxed, Vat,
};

/// Particulars, written down.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<String>,
    /// What is not taxed, in won, and of which price.
    #[serde(skip_serializing_if = "Option::is_none")]
    untaxed: Option<(i64, i64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cash_receipt: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_data: Option<String>,
}

/// The column's text.
pub(super) fn write(particulars: &Particulars) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Written {
        tax: match particulars.tax {
            Tax::Included | Tax::Partly(_) => None,
            Tax::Free => Some("free".to_owned()),
        },
        untaxed: match particulars.tax {
            Tax::Partly(part) => Some((part.free().won(), part.price().won())),
            Tax::Included | Tax::Free => None,
        },
        vat: particulars.vat.map(|way| way.name().to_owned()),
        quota: particulars.quota.map(Quota::months),
        product_code: particulars
            .product_code
            .as_ref()
            .map(|code| code.as_str().to_owned()),
        cash_receipt: particulars
            .cash_receipt
            .map(|receipt| receipt == CashReceipt::Issued),
        product_type: particulars.product_type.map(|kind| kind.name().to_owned()),
        custom_data: particulars
            .custom_data
            .as_ref()
            .map(|text| text.as_str().to_owned()),
    })
}

/// Reads the column; nothing when it holds what was not written by [`write`].
pub(super) fn read(text: &str) -> Option<Particulars> {
    let written: Written = serde_json::from_str(text).ok()?;
    Some(Particulars {
        tax: match (written.tax.as_deref(), written.untaxed) {
            (None, None) => Tax::Included,
            (None, Some((free, price))) => {
                let (free, price) = (Krw::parse(free).ok()?, Krw::parse(price).ok()?);
                Tax::Partly(Untaxed::of(free, price)?)
            }
            (Some("free"), None) => Tax::Free,
            (Some(_), _) => return None,
        },
        vat: match written.vat {
            Some(way) => Some(Vat::named(&way)?),
            None => None,
        },
        quota: match written.quota {
            Some(months) => Some(Quota::of(months)?),
            None => None,
        },
        product_code: match written.product_code {
            Some(code) => Some(ProductCode::parse(&code).ok()?),
            None => None,
        },
        cash_receipt: written.cash_receipt.map(|is_issued| {
            if is_issued {
                CashReceipt::Issued
            } else {
                CashReceipt::NotIssued
            }
        }),
        product_type: match written.product_type {
            Some(kind) => Some(ProductType::named(&kind)?),
            None => None,
        },
        custom_data: match written.custom_data {
            Some(text) => Some(CustomData::parse(&text).ok()?),
            None => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let texts = [
            "{}",
            r#"{"tax":"free","quota":3,"product_code":"10001","cash_receipt":false}"#,
            r#"{"untaxed":[3000,9900],"vat":"nearest"}"#,
            r#"{"cash_receipt":true}"#,
            r#"{"product_type":"digital","custom_data":"of {subscription}"}"#,
        ];
        for text in texts {
            assert_eq!(write(&read(text).unwrap()).unwrap(), text);
        }
        for text in [
            "",
            r#"{"quota":1}"#,
            r#"{"tax":"half"}"#,
            r#"{"tax":"free","untaxed":[3000,9900]}"#,
            r#"{"untaxed":[9900,9900]}"#,
            r#"{"vat":"up"}"#,
            r#"{"colour":1}"#,
            r#"{"product_type":"air"}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
