//! The overview: open and closed rows with their reasons, and deep links.

use contract::account::Edition;
use contract::refusal::Refusal;
use e2e::{Stage, ZH};

/// The row is there, cannot be used, and says why; neither does the wizard let in who knows its
/// address.
fn proves_closed(phone: &str, reason: &Refusal) {
    let reason = ZH.refusal(reason);
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter(phone);
    let row = browser.button(ZH.overview().change_phone);
    row.must_be_closed();
    row.must_be_described(&reason);
    browser.must_read(&reason);
    browser.open("/phone");
    browser.heading(ZH.phone().title).must_appear();
    browser.must_read(&reason);
    assert_eq!(browser.requests_to("/api/v1/changes"), 0);
}

#[test]
fn p2_account_4_changes_its_phone_elsewhere() {
    proves_closed("13800000004", &Refusal::EditionNotOnSurface);
}

#[test]
fn p3_account_7_is_managed_by_its_organization() {
    proves_closed("13800000007", &Refusal::SsoManaged);
}

#[test]
fn p3_account_11_has_a_number_abroad() {
    proves_closed("+85261234567", &Refusal::PhoneForeign);
}

#[test]
fn p2_account_4_may_rebind_in_the_desktop_client() {
    let stage = Stage::new();
    let browser = stage.browser();
    let code = stage.desktop_host_code();
    browser.open(&format!("/sign-in?host_code={code}"));
    browser.heading(ZH.sign_in().title).must_appear();
    browser.must_have_sent("/api/v1/surface", 1);
    assert_eq!(browser.address(), "/sign-in", "the code has left the address");
    browser.give_password("13800000004");
    browser.must_be_in();
    browser.must_read((ZH.overview().managed)("南枝设计"));
    browser.begin_rebind();
    browser.prove_by_password();
    browser.rebind_to("13911110004");
    let notice = stage.notice_to("13800000004");
    assert!(notice.contains("139****0004"), "{notice}");
}

#[test]
fn surface_a_fresh_host_code_opens_what_the_app_may() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000004");
    browser.button(ZH.overview().change_phone).must_be_described(ZH.refusal(&Refusal::EditionNotOnSurface));
    browser.open(&format!("/?host_code={}", stage.desktop_host_code()));
    browser.link(ZH.overview().change_phone).must_appear();
    browser.begin_rebind();
}

#[test]
fn l2_who_belongs_to_an_organization_reads_so() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000006");
    browser.must_read("秦岚");
    browser.must_read((ZH.account().edition)(Edition::Enterprise));
    browser.must_read((ZH.overview().managed)("云桥科技"));
}

#[test]
fn a_link_of_a_host_opens_the_wizard() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000001");
    browser.open("/?action=phone&return=https://evil.example/");
    browser.button(ZH.phone().title).must_appear();
    browser.heading(ZH.phone().title).must_appear();
    browser.must_be_at("/phone");
}

#[test]
fn a_link_of_a_host_survives_the_sign_in() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/?action=phone");
    browser.heading(ZH.sign_in().title).must_appear();
    browser.give_password("13800000001");
    browser.heading(ZH.phone().title).must_appear();
    browser.must_be_at("/phone");
}

#[test]
fn after_back_the_same_link_leads_there_again() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000001");
    for _ in 0..2 {
        browser.open_devices();
        browser.must_be_at("/devices");
        browser.back();
        browser.must_be_in();
        browser.must_be_at("/");
    }
    browser.open_devices();
    browser.reload();
    browser.heading(ZH.overview().devices).must_appear();
    browser.back();
    browser.must_be_in();
}

#[test]
fn an_unknown_path_says_so_and_leads_home() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000001");
    for path in ["/nope", "/phone/nope", "/phone/done"] {
        browser.open(path);
        browser.heading(ZH.not_found().title).must_appear();
    }
    browser.link(ZH.common().home).click();
    browser.must_be_in();
}
