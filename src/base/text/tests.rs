use super::{
    HiddenCharacter, Spaces, body, email, email_spellings, has_visible, isolated, line, nfc,
    secret, secret_spellings,
};
use proptest::prelude::*;

fn name(text: &str) -> Result<String, HiddenCharacter> {
    line(text, Spaces::Plain)
}

/// Real names and titles with scripts, joiners, marks, variants and emoji.
const REAL: [&str; 50] = [
    "Zoë Müller",
    "Ó Súilleabháin",
    "Nguyễn Thị Minh Khai",
    "Łukasz Żółć",
    "Þórður Guðmundsson",
    "İbrahim Çağlı",
    "Ştefan Ţigănuş",
    "O'Reilly-D’Angelo",
    "Jean-Luc 3e",
    "François « Titi » Dupont",
    "Ἀριστοτέλης Ὠνάσης",
    "Юлія Їжакевич",
    "Эльвира Ёлкина",
    "Հայկ Աբրահամյան",
    "ქეთევან ბერიძე",
    "דוד בן־גוריון",
    "שָׁלוֹם עֲלֵיכֶם",
    "محمد بن عبد الله",
    "مُحَمَّد",
    "می‌خواهم",
    "علی‌رضا کتاب‌خانه",
    "ه‍",
    "پروژه‌ی ۱۲ روزه",
    "ފާޠިމަތު",
    "ܝܫܘܥ",
    "अर्जुन शर्मा",
    "क्‍ष",
    "क्‌ष",
    "শ্রেয়া র‍্যাব",
    "ਸਿੱਖ",
    "અમદાવાદ",
    "தமிழ்ச்செல்வி",
    "తెలుగు",
    "ಎಫ್‌ಎಂ",
    "ನನ್‍ನ",
    "മലയാളം അവന്‍",
    "ශ්‍රී ලංකා",
    "สมชาย ใจดี",
    "ສົມສັກ",
    "བསྟན་འཛིན་རྒྱ་མཚོ",
    "အောင်ဆန်းစုကြည်",
    "ភាសា\u{200b}ខ្មែរ",
    "ᠮᠣᠩᠭᠣᠯ\u{180b}",
    "김민준",
    "渡邉󠄂 葛\u{e0100}城",
    "佐々木ヶ丘",
    "ａｄａ株式会社",
    "ꦲꦏ꧀ꦱꦫꦗꦮ",
    "👩🏽‍💻 ❤️‍🔥 🏳️‍🌈 👨‍👩‍👧‍👦 🐦‍⬛ 1️⃣ #️⃣ 🇩🇪",
    "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} ☎︎ ⚧️ Ⅷ ½ №",
];

#[test]
fn real_names_in_many_scripts_are_unchanged() {
    for text in REAL {
        let text = nfc(text);
        assert_eq!(
            name(&text).as_deref(),
            Ok(&*text),
            "{}",
            text.escape_unicode()
        );
        assert_eq!(
            body(&text).as_deref(),
            Ok(&*text),
            "{}",
            text.escape_unicode()
        );
        assert!(has_visible(&text));
    }
}

#[test]
fn every_spelling_of_a_text_is_cleaned_to_one_form() {
    for (typed, cleaned) in [
        ("e\u{301}", "é"),
        ("\u{212b}", "Å"),
        ("한", "한"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
        // These characters have no visible effect here.
        ("a\u{200d}d\u{200c}a", "ada"),
        ("Mü\u{ad}ller", "Müller"),
        ("Mu\u{ad}\u{308}ller", "Müller"),
        ("e\u{34f}\u{301}", "é"),
        ("ada\u{200e}\u{200f}\u{61c}", "ada"),
        ("דוד\u{200f} כהן", "דוד כהן"),
        ("ada\u{fe0f}", "ada"),
        ("1\u{fe0f}", "1"),
        ("é\u{fe01}", "é"),
        ("ada\u{e0101}", "ada"),
        ("葛\u{e0101}\u{e0101}", "葛\u{e0101}"),
        ("\u{200d}می\u{200c}\u{200c}خواهم\u{200c}", "می\u{200c}خواهم"),
        ("آزاد\u{200c}راه", "آزادراه"),
        ("a\u{180b}", "a"),
        ("\u{301}\u{200c}\u{94d}\u{200c}¡", "\u{94d}\u{301}¡"),
        ("a\u{115f}\u{1160}b", "ab"),
        // Spaces and characters that look like one.
        (
            "Ada\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}(verified)",
            "Ada (verified)",
        ),
        ("Ada\u{3164}\u{3164}(verified)", "Ada (verified)"),
        (
            "\u{2800}Ada\u{2003}\u{3000}Lovelace\u{ffa0}",
            "Ada Lovelace",
        ),
    ] {
        let (typed_escaped, name) = (typed.escape_unicode(), name(typed));
        let name = name.unwrap_or_else(|HiddenCharacter| panic!("{typed_escaped} is refused"));
        assert_eq!(
            name.escape_unicode().to_string(),
            cleaned.escape_unicode().to_string(),
            "{typed_escaped}"
        );
    }
}

#[test]
fn a_single_no_break_space_stays_in_a_sentence_but_not_in_a_name() {
    let text = "Bonjour\u{202f}! «\u{a0}Vite\u{a0}»";
    assert_eq!(line(text, Spaces::NoBreak).as_deref(), Ok(text));
    assert_eq!(name(text).as_deref(), Ok("Bonjour ! « Vite »"));
    assert_eq!(
        line("a\u{a0} b  c", Spaces::NoBreak).as_deref(),
        Ok("a b c")
    );
}

#[test]
fn characters_that_reorder_or_hide_text_are_refused() {
    for hidden in [
        "\u{202a}",
        "\u{202b}",
        "\u{202c}",
        "\u{202d}",
        "\u{202e}",
        "\u{2066}",
        "\u{2067}",
        "\u{2068}",
        "\u{2069}",
        "\u{200b}",
        "\u{2028}",
        "\u{2029}",
        "\u{2060}",
        "\u{2061}",
        "\u{206a}",
        "\u{206f}",
        "\u{feff}",
        "\u{fff9}",
        "\u{fff0}",
        "\u{e0001}",
        "\u{e0041}",
        "\u{1d173}",
        "\u{1bca0}",
        "\u{85}",
        "\0",
        "\u{7f}",
        "\u{1b}",
    ] {
        for text in [format!("a{hidden}b"), format!("שלום{hidden}b")] {
            assert_eq!(
                name(&text),
                Err(HiddenCharacter),
                "{}",
                text.escape_unicode()
            );
            assert_eq!(
                body(&text),
                Err(HiddenCharacter),
                "{}",
                text.escape_unicode()
            );
        }
    }
    // An unterminated flag, a flag that is terminated twice, and a tag without a flag.
    for text in ["🏴\u{e0067}", "🏴\u{e0067}\u{e007f}\u{e007f}", "a\u{e007f}"] {
        assert_eq!(
            name(text),
            Err(HiddenCharacter),
            "{}",
            text.escape_unicode()
        );
    }
}

#[test]
fn a_body_keeps_the_spaces_and_marks_that_texts_need() {
    let text = "a\u{a0}\u{a0}b\n\t\u{3000}c \u{200f}(שלום)\u{200e}\n⠁⠀⠁";
    assert_eq!(body(text).as_deref(), Ok(text));
    assert_eq!(body(" a\r\nb\u{ad} ").as_deref(), Ok("a\nb"));
}

#[test]
fn invisible_characters_alone_are_not_visible_text() {
    for text in [
        "a", "7", "!", "é", "看", "ა", "🎂", "\u{600}", "€", "\u{e000}", "\u{2801}", "ㅏ",
    ] {
        assert!(has_visible(text), "{}", text.escape_unicode());
    }
    for text in [
        "",
        " ",
        "\u{3164}",
        "\u{2800}",
        "\u{ad}",
        "\u{115f}",
        "\u{1160}",
        "\u{ffa0}",
        "\u{301}",
        "\u{903}",
        "\u{20dd}",
        "\u{200d}",
        "\u{fe0f}",
        "\u{e0100}",
        "\u{a0}",
        "\u{3000}",
        "\u{2028}",
        "\u{180e}",
        "\u{17b4}",
        "\u{feff}",
    ] {
        assert!(!has_visible(text), "{}", text.escape_unicode());
    }
}

#[test]
fn a_secret_is_normalized_and_keeps_its_case() {
    assert_eq!(secret("Gre\u{301}ve\u{a0}\u{3000}x "), "Gréve  x ");
    assert_eq!(secret_spellings("plain words"), ["plain words"]);
    assert_eq!(
        secret_spellings("é\u{a0}a"),
        ["é a", "é\u{a0}a", "e\u{301}\u{a0}a"]
    );
    assert_eq!(secret_spellings("e\u{301}"), ["é", "e\u{301}"]);
}

#[test]
fn an_email_is_looked_up_as_typed_first() {
    assert_eq!(email_spellings(" Ada@Example.com"), ["ada@example.com"]);
    assert_eq!(
        email_spellings("A1@käse.de"),
        ["a1@käse.de", "a1@xn--kse-qla.de"]
    );
    assert_eq!(
        email_spellings("a1@xn--kse-qla.de"),
        ["a1@xn--kse-qla.de", "a1@käse.de"]
    );
    assert!(email_spellings("a1@").is_empty());
}

#[test]
fn right_to_left_text_is_isolated_in_plain_text() {
    assert_eq!(isolated("Ada"), "Ada");
    assert_eq!(isolated("דוד"), "\u{2068}דוד\u{2069}");
    assert_eq!(isolated("Shop محمد"), "\u{2068}Shop محمد\u{2069}");
}

/// Difficult text: letters of many scripts mixed with every kind of invisible character.
fn hostile_text() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        any::<char>(),
        proptest::sample::select(REAL.concat().chars().collect::<Vec<_>>()),
        proptest::sample::select("\u{200c}\u{200d}\u{fe0f}\u{fe00}\u{e0101}\u{ad}\u{301}\u{a0} \u{3164}\u{115f}\u{1160}\u{1100}\u{1161}\u{200e}\u{94d}\u{93c}\u{180b}\u{34f}".chars().collect::<Vec<_>>()),
    ];
    proptest::collection::vec(one, 0..24).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn cleaning_twice_changes_nothing(text in hostile_text()) {
        for clean in [name, |text: &str| line(text, Spaces::NoBreak), body] {
            if let Ok(once) = clean(&text) {
                prop_assert_eq!(clean(&once), Ok(once.clone()));
                prop_assert_eq!(nfc(&once), once.as_str());
            }
        }
    }

    #[test]
    fn canonically_equal_texts_are_cleaned_to_one_form(text in hostile_text()) {
        for clean in [name, |text: &str| line(text, Spaces::NoBreak), body] {
            prop_assert_eq!(clean(&super::nfd(&text)), clean(&text));
        }
        prop_assert_eq!(secret(&super::nfd(&text)), secret(&text));
    }

    #[test]
    fn a_name_has_single_plain_spaces(text in hostile_text()) {
        if let Ok(name) = name(&text) {
            prop_assert!(!name.contains("  ") && name.trim() == name);
            prop_assert!(!name.chars().any(|c| c != ' ' && c.is_whitespace()));
        }
    }

    #[test]
    fn normalizing_an_email_twice_changes_nothing(local in "[a-zA-ZéÉßΣ用]{1,5}", domain in "[a-zA-Zäß用]{1,8}\\.(de|com|广告)") {
        if let Some(stored) = email(&format!("{local}@{domain}")) {
            prop_assert_eq!(email(&stored), Some(stored.clone()));
            prop_assert!(email_spellings(&stored).contains(&stored));
        }
    }

    #[test]
    fn every_spelling_of_a_secret_is_tried(text in "[aeé\u{301}\u{a0} ñn\u{303}]{1,12}") {
        for typed in [nfc(&text).into_owned(), super::nfd(&text).into_owned()] {
            let spellings = secret_spellings(&typed);
            prop_assert_eq!(&spellings[0], &secret(&text));
            prop_assert!(spellings.contains(&typed) && spellings.len() <= 4);
        }
    }
}
