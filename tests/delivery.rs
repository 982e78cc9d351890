//! How the app is delivered: headers, policy, files, cookies.

use e2e::{Stage, ZH};

fn header(stage: &Stage, path: &str, name: &str) -> String {
    let answer = stage.get(path);
    let value = answer.headers().get(name).unwrap_or_else(|| panic!("{path} lacks {name}"));
    value.to_str().expect("a header is text").to_owned()
}

/// The files that the page names.
fn files_of(page: &str) -> Vec<String> {
    let values = ["src=\"", "href=\"", "data-js=\"", "data-wasm=\""];
    let names = values.iter().flat_map(|value| page.split(value).skip(1));
    names.filter_map(|rest| rest.split('"').next()).filter(|name| *name != "/").map(str::to_owned).collect()
}

#[test]
fn web_01_every_answer_carries_the_policy() {
    let stage = Stage::new();
    for path in ["/", "/phone/code", "/boot.js", "/api/v1/me", "/nope.js", "/api/v1/nope"] {
        let policy = header(&stage, path, "content-security-policy");
        for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(header(&stage, path, "x-content-type-options"), "nosniff");
        assert_eq!(header(&stage, path, "referrer-policy"), "no-referrer");
    }
}

#[test]
fn web_01_an_inline_script_is_blocked_and_the_tests_notice_it() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.heading(ZH.sign_in().title).must_appear();
    let ran = browser.run(
        "const script = document.createElement('script');
         script.textContent = 'window.ran = true';
         document.head.append(script);
         return window.ran === true;",
        vec![],
    );
    assert_eq!(ran, false);
    let traces = browser.traces();
    assert!(traces.iter().any(|trace| trace.contains("Content Security Policy")), "{traces:?}");
}

#[test]
fn web_02_the_page_has_no_inline_script_or_style() {
    let stage = Stage::new();
    let page = stage.get("/").text().expect("it is text");
    assert!(page.contains(ZH.sign_in().by_sms), "something is painted before any code has arrived");
    assert_eq!(page.matches("<script").count(), 2, "{page}");
    assert_eq!(page.matches("></script>").count(), 2, "{page}");
    for inline in ["<style", " style=", " onload=", " onclick=", "javascript:"] {
        assert!(!page.contains(inline), "{inline} in {page}");
    }
}

#[test]
fn web_07_files_have_their_types_and_a_missing_one_is_missing() {
    let stage = Stage::new();
    let page = stage.get("/").text().expect("it is text");
    let files = files_of(&page);
    assert!(files.iter().any(|file| file.ends_with(".wasm")), "{files:?}");
    for file in &files {
        let kind = header(&stage, file, "content-type");
        let expected = match file.rsplit('.').next() {
            Some("wasm") => "application/wasm",
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("svg") => "image/svg+xml",
            Some("html") => "text/html",
            _ => panic!("{file} is of no kind that is expected"),
        };
        assert!(kind.starts_with(expected), "{file} is {kind}");
    }
    for path in ["/assets/nope.js", "/nope.wasm", "/nope.css"] {
        assert_eq!(stage.get(path).status(), 404, "{path}");
    }
}

#[test]
fn ses_10_what_is_left_behind_is_found() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.open("/sign-in");
    browser.field(ZH.sign_in().phone).fill("13800000001");
    assert_eq!(browser.traces(), [""; 0]);
    let leak = "sessionStorage.setItem('seen', 'yes');
        history.replaceState(null, '', '?phone=13800000001');";
    assert!(browser.run(leak, vec![]).is_null());
    let traces = browser.traces();
    for place in ["session is not empty", "in the history"] {
        assert!(traces.iter().any(|trace| trace.contains(place)), "{place}: {traces:?}");
    }
    assert!(
        browser.run("sessionStorage.clear(); history.replaceState(null, '', '/sign-in')", vec![]).is_null()
    );
}

#[test]
fn ses_10_cookies_are_out_of_reach_of_scripts() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000001");
    assert_eq!(browser.run("return document.cookie", vec![]), "");
    let cookies = browser.cookies();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        assert!(cookie.name.starts_with("__Host-"), "{cookie:?}");
        assert_eq!((cookie.http_only, cookie.secure), (Some(true), Some(true)), "{cookie:?}");
    }
}

#[test]
fn web_01_nothing_comes_from_elsewhere() {
    let stage = Stage::new();
    let browser = stage.browser();
    browser.enter("13800000001");
    let foreign = browser.run(
        "return performance.getEntriesByType('resource').map(entry => entry.name)
            .filter(name => new URL(name).origin !== location.origin)",
        vec![],
    );
    assert_eq!(foreign.as_array().map(Vec::len), Some(0), "{foreign}");
}
