//! The files of Swagger UI's page, as they are served.

use crate::support::{TestApp, TestResponse, apply, database_test};

/// What every answer for a browser says, so that a page can neither load nor be loaded by anything else.
#[track_caller]
pub fn assert_guarded(answer: &TestResponse) {
    let policy = answer.header("content-security-policy");
    let parts: Vec<&str> = policy.split(';').map(str::trim).collect();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(parts.contains(&part), "{part} is not in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("x-frame-options"), "DENY");
}

#[apply(database_test)]
async fn the_page_and_its_files_are_guarded(app: TestApp) {
    for (file, content_type) in [
        ("", "text/html; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("index.css", "text/css; charset=utf-8"),
        ("start.css", "text/css; charset=utf-8"),
        ("swagger-initializer.js", "text/javascript; charset=utf-8"),
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("favicon-32x32.png", "image/png"),
    ] {
        let path = format!("/docs/{file}");
        let answer = app.as_anonymous().get(&path).send().await;
        let answer = answer.assert_status(200);
        assert_eq!(answer.header("content-type"), content_type, "{file}");
        assert!(!answer.body.is_empty(), "{file}");
        assert_guarded(&answer);
        let head = app.as_anonymous().request("HEAD".parse().expect("a method"), &path);
        let head = head.send().await.assert_status(200);
        assert_eq!(head.header("content-type"), content_type, "{file}");
    }
    let absent = app.as_anonymous().get("/docs/absent.js").send().await;
    absent.assert_error(404, "NOT_FOUND");
}
