//! The size of a page's fonts, and whether they cover its characters.

use crate::support::{Client, PASSWORD, site};
use guildhall::store::MIGRATIONS;
use server::commands::seed;
use sqlx::PgPool;
use std::{collections::BTreeSet, fs, ops::RangeInclusive, path::PathBuf};

/// Maximum total size of the fonts of a page.
const MAX_BYTES: u64 = 60_000;

/// A font face in `style/fonts.css`.
struct FontFace {
    family: String,
    is_italic: bool,
    file: String,
    characters: Vec<RangeInclusive<u32>>,
}

impl FontFace {
    fn has(&self, character: char) -> bool {
        let code = u32::from(character);
        self.characters.iter().any(|range| range.contains(&code))
    }

    fn bytes(&self) -> u64 {
        fs::metadata(root("public/fonts").join(&self.file))
            .expect(&self.file)
            .len()
    }
}

fn root(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", path].iter().collect()
}

fn faces() -> Vec<FontFace> {
    let css = fs::read_to_string(root("style/fonts.css")).unwrap();
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before).expect(before);
        rest.split_once(after).expect(after).0.to_owned()
    };
    css.split("@font-face")
        .skip(1)
        .map(|face| FontFace {
            family: between(face, "font-family: \"", "\""),
            is_italic: face.contains("font-style: italic"),
            file: between(face, "/fonts/", "\""),
            characters: between(face, "unicode-range: ", ";")
                .split(", ")
                .map(|range| {
                    let range = range.strip_prefix("U+").unwrap();
                    let (first, last) = range.split_once('-').unwrap_or((range, range));
                    let code = |hex| u32::from_str_radix(hex, 16).unwrap();
                    code(first)..=code(last)
                })
                .collect(),
        })
        .collect()
}

/// The characters of a page, including its markup, without those that have no glyph.
fn characters(html: &str) -> BTreeSet<char> {
    let (_, body) = html.split_once("<body").unwrap();
    let has_shape = |c: &char| {
        let is_format = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}');
        !c.is_whitespace() && !c.is_control() && !is_format
    };
    body.chars().filter(has_shape).collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_fonts_of_each_main_page_weigh_at_most_sixty_kilobytes(pool: PgPool) {
    seed::fill_if_empty(&pool).await.unwrap();
    let site = site(&pool, &[]);
    let faces = faces();
    let mut pages = Vec::new();
    let mut anybody = Client::new(&site);
    let project: i64 = sqlx::query_scalar(
        "select id from project where state = 'open' order by bid_count desc limit 1",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    for path in [
        "/",
        "/projects",
        "/sign-in",
        &format!("/projects/{project}"),
    ] {
        pages.push((path.to_owned(), anybody.get(path).await.is(200).body));
    }
    for role in ["seller", "buyer"] {
        let email: String =
            sqlx::query_scalar("select email from account where role = $1 order by id limit 1")
                .bind(role)
                .fetch_one(&pool)
                .await
                .unwrap();
        let mut member = Client::new(&site);
        member.sign_in(&email, PASSWORD).await.is(303);
        pages.push((
            format!("the {role}'s dashboard"),
            member.get("/dashboard").await.is(200).body,
        ));
    }
    for (path, html) in pages {
        let used_characters = characters(&html);
        let fetched = faces
            .iter()
            .filter(|face| !face.is_italic && used_characters.iter().any(|c| face.has(*c)));
        let bytes: u64 = fetched.map(FontFace::bytes).sum();
        assert!((1..=MAX_BYTES).contains(&bytes), "{path}: {bytes} bytes");
    }
}

#[test]
fn every_character_of_our_own_texts_is_in_the_fonts() {
    let faces = faces();
    let mut used: BTreeSet<char> = (' '..='~').collect();
    let mut folders = vec![root("app/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                used.extend(fs::read_to_string(path).unwrap().chars());
            }
        }
    }
    // Currency symbols, and the characters of amounts and times.
    used.extend("€£−–…·×²".chars());
    for (family, is_italic) in [
        ("Bricolage Grotesque", false),
        ("Public Sans", false),
        ("Public Sans", true),
    ] {
        let missing: String = used
            .iter()
            .filter(|c| !c.is_control())
            .filter(|c| {
                !faces.iter().any(|face| {
                    face.family == family && face.is_italic == is_italic && face.has(**c)
                })
            })
            .collect();
        assert!(
            missing.is_empty(),
            "{family}, italic {is_italic}: {missing}"
        );
    }
}

#[test]
fn no_two_faces_of_a_family_and_style_cover_the_same_character() {
    let faces = faces();
    for (at, face) in faces.iter().enumerate() {
        for other in &faces[at + 1..] {
            if face.family == other.family && face.is_italic == other.is_italic {
                for range in &face.characters {
                    let twice = range
                        .clone()
                        .filter_map(char::from_u32)
                        .find(|c| other.has(*c));
                    assert_eq!(twice, None, "{} and {}", face.file, other.file);
                }
            }
        }
    }
}
