//! Zones that were renamed.

/// The former and the current names. Browsers still report the former ones (Unicode CLDR keeps them as identifiers),
/// but people expect to read the current ones.
const RENAMED: [(&str, &str); 20] = [
    ("Africa/Asmera", "Africa/Asmara"),
    ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("America/Catamarca", "America/Argentina/Catamarca"),
    ("America/Coral_Harbour", "America/Atikokan"),
    ("America/Cordoba", "America/Argentina/Cordoba"),
    ("America/Godthab", "America/Nuuk"),
    ("America/Indianapolis", "America/Indiana/Indianapolis"),
    ("America/Jujuy", "America/Argentina/Jujuy"),
    ("America/Louisville", "America/Kentucky/Louisville"),
    ("America/Mendoza", "America/Argentina/Mendoza"),
    ("Asia/Calcutta", "Asia/Kolkata"),
    ("Asia/Katmandu", "Asia/Kathmandu"),
    ("Asia/Rangoon", "Asia/Yangon"),
    ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
    ("Atlantic/Faeroe", "Atlantic/Faroe"),
    ("Europe/Kiev", "Europe/Kyiv"),
    ("Pacific/Enderbury", "Pacific/Kanton"),
    ("Pacific/Ponape", "Pacific/Pohnpei"),
    ("Pacific/Truk", "Pacific/Chuuk"),
    ("Asia/Ujung_Pandang", "Asia/Makassar"),
];

/// The current name of a zone.
pub(super) fn current_name(name: &str) -> &str {
    RENAMED
        .iter()
        .find(|(former, _)| *former == name)
        .map_or(name, |(_, current)| current)
}

#[cfg(test)]
mod tests {
    use super::{super::Zone, RENAMED};
    use jiff::{Timestamp, tz::TimeZone};

    #[test]
    fn a_former_name_is_replaced_by_the_current_one_of_the_same_zone() {
        for (former, current) in RENAMED {
            let zone = Zone::by_name(former).expect(former);
            assert_eq!(zone.name(), current);
            let clocks = TimeZone::get(former).expect(former);
            for week in 0..520 {
                let at = Timestamp::from_second(1_600_000_000 + week * 604_800).expect("in range");
                assert_eq!(
                    zone.0.to_offset(at),
                    clocks.to_offset(at),
                    "{former} at {at}"
                );
            }
        }
    }
}
