//! Which first paint a screen gets: by its path, whether a session's cookie comes along, and the
//! language (`crates/server/src/shell.rs`).

use crate::support::{Answer, Browser, Folder, House};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};

/// A built app in miniature, with its first paints.
fn app_folder() -> Folder {
    let folder = Folder::new();
    let root = folder.path();
    std::fs::create_dir(root.join("shell")).expect("a folder");
    std::fs::write(root.join("index.html"), "plain").expect("written");
    for shell in ["sign-in", "overview", "wizard"] {
        for lang in ["zh-CN", "en"] {
            let name = format!("shell/{shell}.{lang}.html");
            std::fs::write(root.join(&name), format!("{shell} {lang}")).expect("written");
        }
    }
    std::fs::write(root.join("shell/sign-in.en.html.br"), "packed").expect("written");
    folder
}

async fn ask(browser: &Browser, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = Browser::request(Method::GET, path, Body::empty());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a value"));
    }
    browser.raw(request).await
}

#[tokio::test]
async fn the_first_paint_is_the_screen_that_will_come() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let (guest, somebody) = (house.browser(), house.signed_in("13800000001").await);
    for (path, for_guest, for_somebody) in [
        ("/", "sign-in zh-CN", "overview zh-CN"),
        ("/?action=phone", "sign-in zh-CN", "wizard zh-CN"),
        ("/sign-in?return_to=/devices", "sign-in zh-CN", "sign-in zh-CN"),
        ("/phone/code?change=x", "sign-in zh-CN", "wizard zh-CN"),
        ("/password/done?change=x", "wizard zh-CN", "wizard zh-CN"),
        ("/nope", "plain", "plain"),
        ("/index.html", "plain", "plain"),
    ] {
        assert_eq!(guest.get(path).await.text(), for_guest, "{path}");
        assert_eq!(somebody.get(path).await.text(), for_somebody, "{path}");
    }
    for path in ["/api/v1/nope", "/dev/nope", "/nope.js", "/shell/nope.html"] {
        assert_eq!(guest.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_first_paint_is_in_the_language_that_the_app_will_pick() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    for (path, accepted, cookies, lang) in [
        ("/", "en-GB,en;q=0.9,zh;q=0.8", "", "en"),
        ("/", "zh;q=0.5, en;q=0.7", "", "en"),
        ("/", "fr", "", "zh-CN"),
        ("/", "", "", "zh-CN"),
        ("/", "zh-CN", "lang=en", "en"),
        ("/", "en", "theme=x; lang=zh-CN", "zh-CN"),
        ("/", "en", "lang=../../code", "en"),
        ("/?ui_locales=en", "zh-CN", "lang=zh-CN", "en"),
        ("/?ui_locales=fr%20en-US", "zh-CN", "", "en"),
        ("/?ui_locales=fr+en", "zh-CN", "", "en"),
        ("/?ui_locales=..%2F", "en", "", "en"),
    ] {
        let answer = ask(&browser, path, &[("accept-language", accepted), ("cookie", cookies)]).await;
        assert_eq!(answer.text(), format!("sign-in {lang}"), "{path} {accepted} {cookies}");
    }
}

#[tokio::test]
async fn a_first_paint_says_what_it_hung_on_and_is_asked_for_again() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    let chinese = browser.get("/").await;
    assert_eq!(chinese.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(chinese.headers[header::CACHE_CONTROL], "no-cache");
    assert_eq!(chinese.headers[header::VARY], "Accept-Encoding, Accept-Language, Cookie");
    assert!(!chinese.headers.contains_key(header::LAST_MODIFIED), "the pages are equally old");
    let tag = chinese.headers[header::ETAG].to_str().expect("text");
    let in_language =
        async |lang| ask(&browser, "/", &[("accept-language", lang), ("if-none-match", tag)]).await.status;
    assert_eq!(in_language("zh").await, StatusCode::NOT_MODIFIED);
    assert_eq!(in_language("en").await, StatusCode::OK);
    let since = ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT");
    assert_eq!(ask(&browser, "/", &[since]).await.status, StatusCode::OK);
    let packed = ask(&browser, "/", &[("accept-language", "en"), ("accept-encoding", "br")]).await;
    assert_eq!(
        (packed.text().as_str(), &packed.headers[header::CONTENT_ENCODING]),
        ("packed", &"br".parse().expect("text"))
    );
    let head = browser.raw(Browser::request(Method::HEAD, "/", Body::empty())).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(browser.post("/", "{}").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_a_cookie_is_worth_is_not_asked_for_a_paint() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.signed_in("13800000001").await;
    house.execute("DELETE FROM session").await;
    house.execute("ALTER TABLE session RENAME TO lost").await;
    assert_eq!(browser.get("/").await.text(), "overview zh-CN");
    let forged = ask(&house.browser(), "/", &[("cookie", "__Host-session=")]).await;
    assert_eq!(forged.text(), "sign-in zh-CN");
}
