//! CSV files (RFC 4180), safe to open in a spreadsheet.
//!
//! A spreadsheet runs a cell as a formula if the cell begins with `=`, `+`, `-`, `@`, a tab, a carriage return or a
//! line feed, or with the full-width form of one of the signs, and anybody can name a project `=HYPERLINK(…)`. Such a
//! cell is prefixed with an apostrophe, which makes it text, and all text is quoted (OWASP, "CSV Injection"). Amounts
//! and counts are never negative.

use axum::{
    body::Bytes,
    http::header,
    response::{IntoResponse, Response},
};
use csv::{QuoteStyle, Terminator, WriterBuilder};
use guildhall::{Error, Result};
use std::borrow::Cow;

/// A file with these columns.
///
/// # Errors
/// `Unexpected` if the rows cannot be serialized.
pub(crate) fn file<const N: usize>(
    columns: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<Bytes> {
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::NonNumeric)
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(columns).map_err(Error::unexpected)?;
    for row in rows {
        let cells = row.iter().map(|cell| as_text(cell));
        let cells: Vec<Cow<'_, str>> = cells.collect();
        let cells = cells.iter().map(AsRef::<str>::as_ref);
        writer.write_record(cells).map_err(Error::unexpected)?;
    }
    let bytes = writer.into_inner().map_err(Error::unexpected)?;
    Ok(bytes.into())
}

/// The cell, with an apostrophe if a spreadsheet would run it as a formula.
fn as_text(cell: &str) -> Cow<'_, str> {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            format!("'{cell}").into()
        }
        _ => cell.into(),
    }
}

/// An answer that browsers save under this name.
pub(crate) fn download(name: &str, file: Bytes) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present".to_owned(),
        ),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "private, max-age=60".to_owned()),
    ];
    (headers, file).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1",
        ] {
            let file = file(["name"], [[cell.to_owned()]]).expect("a file");
            let text = String::from_utf8(file.to_vec()).expect("UTF-8");
            assert_eq!(text, format!("\"name\"\r\n\"'{cell}\"\r\n"));
        }
        assert_eq!(as_text("12.50"), "12.50");
        assert_eq!(as_text(""), "");
    }

    proptest! {
        #[test]
        fn a_reader_gets_every_cell_back(cells: Vec<[String; 2]>) {
            let file = file(["a", "b"], cells.clone()).expect("a file");
            let mut reader = csv::Reader::from_reader(&file[..]);
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|row| row.expect("a row").iter().map(str::to_owned).collect())
                .collect();
            let expected: Vec<Vec<String>> = cells
                .iter()
                .map(|row| row.iter().map(|cell| as_text(cell).into_owned()).collect())
                .collect();
            prop_assert_eq!(read, expected);
        }
    }
}
