//! Which first paint a screen gets: by its path, whether a session's cookie comes along, and the
//! language (`crates/server/src/http/first_paint.rs`).

use crate::support::{Answer, Browser, Folder, House};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

/// Gives all files one time, as builds do that are to come out the same each time.
fn level_times(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            level_times(&path);
        } else {
            let file = std::fs::File::options().write(true).open(&path).expect("a file");
            file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
        }
    }
}

/// A built app in miniature, with its first paints.
pub(crate) fn app_folder() -> Folder {
    let folder = Folder::new();
    let root = folder.path();
    std::fs::create_dir(root.join("shell")).expect("a folder");
    std::fs::write(root.join("index.html"), "plain").expect("written");
    for shell in ["sign-in", "overview", "plain"] {
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
async fn first_paint_matches_the_path_and_the_session_cookie() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let (guest, somebody) = (house.browser(), house.signed_in("13800000001").await);
    for (path, for_guest, for_somebody) in [
        ("/", "sign-in zh-CN", "overview zh-CN"),
        ("/?action=phone", "sign-in zh-CN", "plain zh-CN"),
        ("/sign-in?return_to=/devices", "sign-in zh-CN", "plain zh-CN"),
        ("/phone/code?change=x", "sign-in zh-CN", "plain zh-CN"),
        ("/password/done?change=x", "plain zh-CN", "plain zh-CN"),
        ("/nope", "plain", "plain"),
    ] {
        assert_eq!(guest.get(path).await.text(), for_guest, "{path}");
        assert_eq!(somebody.get(path).await.text(), for_somebody, "{path}");
    }
    for path in ["/api/v1/nope", "/dev/nope", "/nope.js", "/shell/nope.html"] {
        assert_eq!(guest.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn first_paint_is_in_the_language_that_the_app_picks() {
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
async fn first_paint_varies_by_language_and_is_revalidated() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    let chinese = browser.get("/").await;
    assert_eq!(chinese.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    // The first one sets the browser's cookie, which no cache between may give to another.
    assert_eq!(chinese.headers[header::CACHE_CONTROL], "private, no-cache");
    assert!(chinese.headers[header::SET_COOKIE].to_str().expect("text").starts_with("__Host-browser="));
    let chinese = browser.get("/").await;
    assert_eq!(chinese.headers[header::CACHE_CONTROL], "no-cache");
    assert!(!chinese.headers.contains_key(header::SET_COOKIE));
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
async fn web_07_page_etag_follows_its_content() {
    let dist = app_folder();
    let (shells, legal) = (dist.path().join("shell"), dist.path().join("legal"));
    // Pages of one length and one time, of this release and of the next.
    let release = |letter: &str| {
        std::fs::write(dist.path().join("index.html"), letter.repeat(9)).expect("written");
        for (page, n) in [("sign-in", "1"), ("overview", "2"), ("plain", "3")] {
            for lang in ["zh-CN", "en"] {
                let text = format!("{letter} {n} {lang:5}");
                std::fs::write(shells.join(format!("{page}.{lang}.html")), text).expect("written");
            }
        }
        std::fs::create_dir_all(&legal).expect("a folder");
        std::fs::write(legal.join("terms.en.html"), format!("{letter} terms  ")).expect("written");
        level_times(dist.path());
    };
    release("a");
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let (guest, somebody) = (house.browser(), house.signed_in("13800000001").await);
    let pages = [
        (&guest, "/", "zh"),
        (&guest, "/", "en"),
        (&somebody, "/", "zh"),
        (&somebody, "/", "en"),
        (&somebody, "/phone", "zh"),
        (&guest, "/legal/terms.en.html", "zh"),
    ];
    let mut tags = Vec::new();
    for next in ["a", "b"] {
        release(next);
        for (browser, path, lang) in pages {
            let answer = ask(browser, path, &[("accept-language", lang)]).await;
            assert!(answer.text().starts_with(next), "{path}");
            tags.push(answer.headers[header::ETAG].to_str().expect("text").to_owned());
        }
    }
    assert_eq!(tags.iter().collect::<BTreeSet<_>>().len(), 2 * pages.len(), "{tags:?}");
    let (old, new) = tags.split_at(pages.len());
    for (n, (browser, path, lang)) in pages.into_iter().enumerate() {
        let asked =
            async |tag: &str| ask(browser, path, &[("accept-language", lang), ("if-none-match", tag)]).await;
        assert_eq!(asked(&old[n]).await.status, StatusCode::OK, "{path}");
        for had in [new[n].clone(), format!("W/{}", new[n]), format!("\"x\", {}", new[n]), "*".into()] {
            let answer = asked(&had).await;
            assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path} {had}");
            assert_eq!(answer.headers[header::ETAG], new[n].as_str());
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-cache");
            let whole = ask(browser, path, &[("accept-language", lang)]).await;
            assert_eq!(answer.headers[header::VARY], whole.headers[header::VARY]);
        }
    }
    // What is packed is another content.
    let packed = ask(&guest, "/", &[("accept-language", "en"), ("accept-encoding", "br")]).await;
    assert!(!tags.contains(&packed.headers[header::ETAG].to_str().expect("text").to_owned()));
}

#[tokio::test]
async fn web_07_page_ignores_range_and_time_conditions() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    for (path, text) in [("/", "sign-in zh-CN"), ("/devices", "sign-in zh-CN")] {
        let whole = browser.get(path).await;
        let tag = whole.headers[header::ETAG].to_str().expect("text");
        assert!(!whole.headers.contains_key(header::ACCEPT_RANGES), "{path}");
        for headers in [
            &[("range", "bytes=0-1")][..],
            &[("range", "bytes=90-")],
            &[("range", "bytes=0-1"), ("if-range", tag)],
            &[("if-match", "\"x\"")],
            &[("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT")],
            &[("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")],
        ] {
            let answer = ask(&browser, path, headers).await;
            assert_eq!(
                (answer.status, answer.text()),
                (StatusCode::OK, text.to_owned()),
                "{path} {headers:?}"
            );
        }
        let head = browser.raw(Browser::request(Method::HEAD, path, Body::empty())).await;
        assert_eq!(head.headers[header::CONTENT_LENGTH], text.len().to_string().as_str());
        assert_eq!(head.headers[header::ETAG], tag);
    }
}

#[tokio::test]
async fn first_paint_does_not_look_up_the_session() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.signed_in("13800000001").await;
    house.execute("DELETE FROM session").await;
    house.execute("ALTER TABLE session RENAME TO lost").await;
    assert_eq!(browser.get("/").await.text(), "overview zh-CN");
    let forged = ask(&house.browser(), "/", &[("cookie", "__Host-session=")]).await;
    assert_eq!(forged.text(), "sign-in zh-CN");
}

#[tokio::test]
async fn b26_b47_path_variants_redirect_and_unknown_paths_are_404() {
    let dist = app_folder();
    let house = House::open_with(|config| config.dist = Some(dist.path().to_owned())).await;
    let browser = house.browser();
    for (path, status, place) in [
        ("/.well-known/change-password", 302, "/password"),
        ("/phone/verify/?change=x", 308, "/phone/verify?change=x"),
        ("/index.html", 308, "/"),
    ] {
        let answer = browser.get(path).await;
        let led_to = answer.headers[header::LOCATION].to_str().expect("text");
        assert_eq!((answer.status.as_u16(), led_to), (status, place), "{path}");
    }
    for path in
        ["/nope", "/phone/nope", "//readyz", "/%70hone", "/shell/sign-in.en.html", "/.well-known/none"]
    {
        let answer = browser.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (404, "plain"), "{path}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
        assert!(!answer.headers.contains_key(header::ETAG), "{path}: nothing to keep");
        let head = browser.raw(Browser::request(Method::HEAD, path, Body::empty())).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (404, 0), "{path}");
    }
}

#[tokio::test]
async fn v8_foreign_link_to_kiosk_mode_asks_for_confirmation() {
    let dist = app_folder();
    let house = House::open_with(|config| {
        config.dist = Some(dist.path().to_owned());
        config.kiosk_hosts = vec!["lobby.example".to_owned()];
        config.hosts[0].referrers = vec!["https://app.example".to_owned()];
    })
    .await;
    let browser = house.browser();
    let elsewhere = ("sec-fetch-site", "cross-site");
    let en = ("accept-language", "en");
    for (path, no) in [
        ("/?surface=kiosk", "/"),
        ("/phone?a=1&surface=kiosk&b=%22%3C", "/phone?a=1&amp;b=%22%3C"),
        ("/sign-in?%73urface=kiosk", "/sign-in"),
    ] {
        let asked = ask(&browser, path, &[elsewhere, en]).await;
        assert_eq!(asked.status, StatusCode::OK, "{path}");
        assert!(asked.text().contains("Is this a shared device?"), "{path}: {}", asked.text());
        for link in [no, &path.replace('&', "&amp;")] {
            assert!(asked.text().contains(&format!("href=\"{link}\"")), "{link} in {}", asked.text());
        }
        assert_eq!(asked.headers[header::CACHE_CONTROL], "no-store");
        assert!(!asked.headers.contains_key(header::SET_COOKIE), "nothing happened yet");
        let zh = ask(&browser, path, &[elsewhere, ("accept-language", "zh-CN")]).await;
        assert!(zh.text().contains("这是公用设备吗"), "{path}");
        // Its own answer is a link of ours, as is what somebody types.
        for own in ["same-origin", "none"] {
            let screen = ask(&browser, path, &[("sec-fetch-site", own)]).await.text();
            assert!(screen.starts_with("plain"), "{own}: {screen}");
        }
    }
    // An address that is no screen carries the app as well.
    for path in ["/nope?surface=kiosk", "/%70hone?surface=kiosk", "//?surface=kiosk", "/apis?surface=kiosk"] {
        let asked = ask(&browser, path, &[elsewhere, en]).await;
        assert!(asked.text().contains("Is this a shared device?"), "{path}: {}", asked.text());
        let own = ask(&browser, path, &[("sec-fetch-site", "none")]).await;
        assert_eq!(own.status, StatusCode::NOT_FOUND, "{path}");
    }
    let led = ask(&browser, "/nope?host_code=abc&x=1", &[elsewhere]).await;
    assert_eq!(
        (led.status.as_u16(), &led.headers[header::LOCATION]),
        (303, &"/nope?x=1".parse().expect("a value"))
    );
    let lost = ask(&house.browser(), "/nope", &[("host", "lobby.example")]).await;
    assert!(lost.headers[header::SET_COOKIE].to_str().expect("text").starts_with("__Host-shared=1;"));
    // Browsers that do not say where from.
    let old = ask(&browser, "/?surface=kiosk", &[("referer", "https://evil.example/x"), en]).await;
    assert!(old.text().contains("shared device"));
    // Who is a shared device already is not asked.
    let shared = [elsewhere, ("cookie", "__Host-shared=1")];
    assert_eq!(ask(&browser, "/?surface=kiosk", &shared).await.text(), "plain zh-CN");
    let lobby = ask(&browser, "/?surface=kiosk", &[elsewhere, ("host", "lobby.example")]).await;
    assert_eq!(lobby.text(), "plain zh-CN");
    assert!(lobby.headers[header::SET_COOKIE].to_str().expect("text").starts_with("__Host-shared=1;"));
    // Nor does a link undo it, or bring a host's code.
    for (path, kept) in
        [("/?surface=web", "/"), ("/?host_code=abc", "/"), ("/phone?host_code=a&x=1", "/phone?x=1")]
    {
        let answer = ask(&browser, path, &shared).await;
        let led_to = answer.headers[header::LOCATION].to_str().expect("text");
        assert_eq!((answer.status.as_u16(), led_to), (303, kept), "{path}");
    }
    let app = [elsewhere, ("referer", "https://app.example/account")];
    let browser = house.browser();
    let known = ask(&browser, "/?host_code=abc", &app).await.text();
    assert_eq!(known, "sign-in zh-CN", "a site of the operator's");
    assert_eq!(ask(&browser, "/?action=phone", &[elsewhere]).await.text(), "sign-in zh-CN", "others lead on");
}
