//! The script that tells the server the device's time zone.
//!
//! Browsers don't send their zone. So on the first visit, and after the device's zone has changed, this script stores it
//! in a cookie and loads the page again before anything is shown. Everything on a page, from the footer to the picture
//! of the bids, is then in one zone and rendered by the server. Without JavaScript, times are in UTC until the visitor
//! chooses a zone in the settings; a chosen zone is never replaced.

use leptos::{nonce::use_nonce, prelude::*};

/// The script blocks on nothing and needs no island. If the browser stores no cookies, the page stays as it is; if the
/// server does not answer, it appears after three seconds.
const SCRIPT: &str = "{const html=document.documentElement,zone=Intl.DateTimeFormat().resolvedOptions().timeZone,cookie='device_zone='+zone,isStored=()=>document.cookie.split('; ').includes(cookie);if(zone&&zone!=document.currentScript.dataset.zone&&!isStored()){document.cookie=cookie+'; Path=/; Max-Age=31536000; SameSite=Lax'+(location.protocol=='https:'?'; Secure':'');if(isStored()){html.style.visibility='hidden';setTimeout(()=>html.style.visibility='',3000);location.reload()}}}";

/// `zone` is the one that the page was rendered in.
pub fn device_zone_script(zone: &str) -> impl IntoView + use<> {
    view! { <script nonce=use_nonce() data-zone=zone.to_owned()>{SCRIPT}</script> }
}
