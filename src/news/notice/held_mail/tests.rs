use super::*;
use crate::{
    moment::{DailyInterval, TimeOfDay, Zone},
    money::Currency,
    saved_search::{DigestTime, Frequency},
};
use proptest::prelude::*;
use time::{Duration, macros::datetime};

const NOON: OffsetDateTime = datetime!(2026-11-28 12:00 UTC);

fn euros(minor: i64) -> Option<Money> {
    Some(Money::from_minor(minor, Currency::Eur))
}

/// The mail of a notice about an open project, which still matters.
fn mail(number: i64, kind: NoticeKind, project: i64) -> HeldMail {
    HeldMail {
        number,
        kind,
        project: Some(ProjectId(project)),
        deadline: Some(NOON + Duration::DAY),
        accepts_bids: true,
        leads: Some(kind == NoticeKind::LeadsAgain),
        lowest: euros(800),
        told_lowest: euros(800),
        is_wanted: true,
        is_for_digest: false,
    }
}

fn for_digest(mail: HeldMail) -> HeldMail {
    HeldMail {
        is_for_digest: true,
        ..mail
    }
}

fn ended(mail: HeldMail) -> HeldMail {
    HeldMail {
        accepts_bids: false,
        ..mail
    }
}

fn numbers(held: &[HeldMail]) -> Vec<i64> {
    news(held).iter().map(|mail| mail.number).collect()
}

fn at_once() -> MailSchedule {
    MailSchedule::at_once(Zone::utc())
}

/// Quiet from 11:00 to 13:00.
fn quiet() -> MailSchedule {
    let time = |minutes| TimeOfDay::from_minutes(minutes).expect("a time");
    MailSchedule {
        quiet: DailyInterval::new(time(11 * 60), time(13 * 60)),
        ..at_once()
    }
}

fn daily() -> MailSchedule {
    MailSchedule {
        frequency: Frequency::Daily,
        digest: DigestTime::MORNING,
        ..at_once()
    }
}

#[test]
fn of_the_bids_on_a_project_only_the_last_is_news() {
    let held = [
        mail(1, NoticeKind::FirstBid, 7),
        mail(2, NoticeKind::FirstBid, 8),
        mail(3, NoticeKind::NewLowest, 7),
    ];
    assert_eq!(numbers(&held), [2, 3]);
}

#[test]
fn a_bid_that_was_withdrawn_since_is_no_news_but_the_one_before_is() {
    let undone = HeldMail {
        told_lowest: euros(700),
        ..mail(2, NoticeKind::NewLowest, 7)
    };
    assert_eq!(
        numbers(&[mail(1, NoticeKind::FirstBid, 7), undone.clone()]),
        [1]
    );
    let none_left = HeldMail {
        lowest: None,
        ..undone
    };
    assert_eq!(numbers(&[none_left]), [0_i64; 0]);
}

#[test]
fn whoever_lost_the_lead_and_has_it_again_hears_of_neither() {
    let overtaken = HeldMail {
        leads: Some(true),
        ..mail(1, NoticeKind::Outbid, 7)
    };
    let again = mail(2, NoticeKind::LeadsAgain, 7);
    assert_eq!(numbers(&[overtaken.clone(), again.clone()]), [0_i64; 0]);
    // Their own lower bid leads, of which nobody tells them.
    assert_eq!(numbers(&[overtaken]), [0_i64; 0]);
    // What they were told before, they have to know.
    assert_eq!(numbers(&[again]), [2]);
    let withdrawn = HeldMail {
        leads: None,
        ..mail(3, NoticeKind::Outbid, 7)
    };
    assert_eq!(numbers(&[withdrawn]), [0_i64; 0]);
}

#[test]
fn once_a_project_has_ended_only_its_result_is_news() {
    let held = [
        ended(mail(1, NoticeKind::Outbid, 7)),
        ended(mail(2, NoticeKind::DeadlineInADay, 7)),
        ended(mail(3, NoticeKind::WatchedInAnHour, 8)),
        ended(mail(4, NoticeKind::SearchFit, 9)),
        ended(mail(5, NoticeKind::Lost, 7)),
        ended(mail(6, NoticeKind::WatchedAwarded, 8)),
        ended(mail(7, NoticeKind::Cancelled, 10)),
    ];
    assert_eq!(numbers(&held), [5, 6, 7]);
}

#[test]
fn what_was_turned_off_meanwhile_is_dropped() {
    let off = HeldMail {
        is_wanted: false,
        ..for_digest(mail(1, NoticeKind::Lost, 7))
    };
    assert_eq!(plan(&daily(), &[off], NOON), MailPlan::default());
}

#[test]
fn what_is_due_is_queued_in_order_or_is_a_digest() {
    let held = [
        for_digest(mail(1, NoticeKind::Lost, 7)),
        mail(2, NoticeKind::Won, 8),
        for_digest(mail(3, NoticeKind::Outbid, 9)),
        mail(4, NoticeKind::SearchFit, 10),
    ];
    let plan = plan(&daily(), &held, NOON);
    assert_eq!(plan.queue, [2, 4]);
    let digest = DigestFacts {
        notices: vec![3, 1],
        projects: 2,
    };
    assert_eq!((plan.hold, plan.digest), (Vec::new(), Some(digest)));
}

#[test]
fn in_quiet_hours_nothing_goes_out_but_what_would_be_too_late() {
    let one = datetime!(2026-11-28 13:00 UTC);
    let soon = HeldMail {
        deadline: Some(NOON + Duration::minutes(90)),
        ..mail(3, NoticeKind::DeadlineInADay, 9)
    };
    let held = [
        for_digest(mail(1, NoticeKind::Lost, 7)),
        mail(2, NoticeKind::Won, 8),
        soon,
    ];
    let plan = plan(&quiet(), &held, NOON);
    assert_eq!(plan.queue, [3]);
    assert_eq!(
        plan.hold,
        [(1, MailHold::Digest(one)), (2, MailHold::Until(one))]
    );
    assert_eq!(plan.digest, None);
}

#[test]
fn another_schedule_decides_anew_on_what_is_held() {
    let held = [mail(1, NoticeKind::Lost, 7), mail(2, NoticeKind::Won, 8)];
    assert_eq!(plan(&at_once(), &held, NOON).queue, [1, 2]);
    let tomorrow = datetime!(2026-11-29 7:00 UTC);
    let collected = plan(&daily(), &held, NOON);
    assert_eq!(collected.queue, [2]);
    assert_eq!(collected.hold, [(1, MailHold::Digest(tomorrow))]);
}

#[test]
fn a_digest_names_at_most_fifty_projects_the_newest_first() {
    let held: Vec<HeldMail> = (1..=60)
        .map(|number| for_digest(mail(number, NoticeKind::Lost, number)))
        .collect();
    let digest = plan(&daily(), &held, NOON).digest.expect("a digest");
    assert_eq!(digest.projects, 60);
    assert_eq!(digest.notices, (11..=60).rev().collect::<Vec<_>>());
}

#[test]
fn a_digest_keeps_the_news_of_a_project_together() {
    let held = [
        for_digest(mail(1, NoticeKind::NewLowest, 7)),
        for_digest(mail(2, NoticeKind::Lost, 8)),
        for_digest(mail(3, NoticeKind::Unawarded, 7)),
    ];
    let digest = plan(&daily(), &held, NOON).digest.expect("a digest");
    assert_eq!((digest.notices, digest.projects), (vec![1, 3, 2], 2));
}

prop_compose! {
    fn any_mail(number: i64)(
        kind in prop::sample::select(NoticeKind::ALL.to_vec()),
        project in 0..5_i64,
        accepts_bids in any::<bool>(),
        leads in any::<Option<bool>>(),
        lowest in prop::option::of(700..900_i64),
        is_wanted in any::<bool>(),
        is_for_digest in any::<bool>(),
    ) -> HeldMail {
        HeldMail { accepts_bids, leads, lowest: lowest.and_then(euros), is_wanted, is_for_digest, ..mail(number, kind, project) }
    }
}

fn any_held() -> impl Strategy<Value = Vec<HeldMail>> {
    (0..20_i64).prop_flat_map(|count| (1..=count).map(any_mail).collect::<Vec<_>>())
}

proptest! {
    /// Results, and whatever nothing overtakes, are queued, in a digest or held again, once each and in order.
    #[test]
    fn nothing_that_matters_is_lost_or_told_twice(held in any_held(), schedule in prop::sample::select(vec![0, 1, 2])) {
        let schedule = [at_once(), quiet(), daily()][schedule].clone();
        let plan = plan(&schedule, &held, NOON);
        prop_assert!(plan.queue.is_sorted());
        let mut all = plan.queue.clone();
        all.extend(plan.hold.iter().map(|(number, _)| *number));
        all.extend(plan.digest.iter().flat_map(|digest| digest.notices.iter().copied()));
        all.sort_unstable();
        let mut once = all.clone();
        once.dedup();
        prop_assert_eq!(&once, &all);
        prop_assert_eq!(numbers(&held), all.clone());
        for mail in &held {
            let later = held.iter().any(|later| later.number > mail.number && later.project == mail.project
                && later.kind.subject() == mail.kind.subject());
            if mail.still_matters() && !later && mail.kind != NoticeKind::LeadsAgain {
                prop_assert!(all.contains(&mail.number), "{mail:?}");
            }
        }
        prop_assert!(plan.hold.iter().all(|(_, hold)| hold.due_at() > NOON));
    }
}
