//! A plan's particulars as the table `plan` keeps them: one JSON object, empty where there are none.

use serde::{Deserialize, Serialize};

use crate::core::particulars::{
    CashReceipt, CustomData, Particulars, ProductCode, ProductType, Quota, Tax,
};

/// Particulars, written down.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<String>,
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
            Tax::Included => None,
            Tax::Free => Some("free".to_owned()),
        },
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
        tax: match written.tax.as_deref() {
            None => Tax::Included,
            Some("free") => Tax::Free,
            Some(_) => return None,
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
            r#"{"colour":1}"#,
            r#"{"product_type":"air"}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
