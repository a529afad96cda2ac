//! The files of the pages, as they are served.

use reqwest::{Method, Url};

use crate::support::{Database, Database::Sqlite, TestApp, TestResponse, apply, database_test};

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
    for (path, content_type) in [
        ("/docs/", "text/html; charset=utf-8"),
        ("/docs/index.html", "text/html; charset=utf-8"),
        ("/docs/index.css", "text/css; charset=utf-8"),
        ("/start.css", "text/css; charset=utf-8"),
        ("/docs/initializer.js", "text/javascript; charset=utf-8"),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
        ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        ("/docs/favicon-32x32.png", "image/png"),
        ("/console/", "text/html; charset=utf-8"),
        ("/console/index.html", "text/html; charset=utf-8"),
        ("/console/styles/page.css", "text/css; charset=utf-8"),
        ("/console/main.js", "text/javascript; charset=utf-8"),
        ("/console/favicon.png", "image/png"),
    ] {
        let answer = app.as_anonymous().get(path).send().await;
        let answer = answer.assert_status(200);
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert!(!answer.body.is_empty(), "{path}");
        assert_guarded(&answer);
        let head = app.as_anonymous().request(Method::HEAD, path);
        let head = head.send().await.assert_status(200);
        assert_eq!(head.header("content-type"), content_type, "{path}");
    }
    // Neither anything else, nor what Swagger UI has for other uses.
    for absent in [
        "/docs/absent.js",
        "/docs/swagger-ui-es-bundle.js",
        "/docs/swagger-initializer.js",
        "/docs/oauth2-redirect.html",
        "/docs//index.html",
        "/docs/../index.html",
        "/console/absent.js",
        "/console/index.css",
    ] {
        let answer = app.as_anonymous().get(absent).send().await;
        assert!(matches!(answer.status.as_u16(), 404), "{absent}");
    }
}

/// Every script and style sheet that a page names is there, and every module that a script imports.
#[apply(database_test)]
async fn every_file_that_a_page_names_is_there(#[values(Sqlite)] app: TestApp) {
    for page in ["/docs/", "/console/"] {
        let mut paths = vec![page.to_owned()];
        let mut next = 0;
        while let Some(path) = paths.get(next).cloned() {
            next += 1;
            let answer = app.as_anonymous().get(&path).send().await.assert_status(200);
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            // Those of Swagger UI are no modules.
            let text = if path.contains("swagger-ui") { "" } else { text.as_str() };
            let here = Url::parse("http://server")
                .and_then(|server| server.join(&path))
                .expect("a URL");
            for named in text.split('"').skip(1).step_by(2) {
                let is_file = [".js", ".css", ".png"].iter().any(|end| named.ends_with(end)) && !named.contains(' ');
                let named = here.join(named).expect("a URL").path().to_owned();
                if is_file && !paths.contains(&named) {
                    paths.push(named);
                }
            }
        }
        assert!(paths.len() > 5, "{paths:?}");
    }
}

/// The page changes what Swagger UI shows by the names of its parts, which another version may not have.
#[apply(database_test)]
async fn swagger_ui_is_the_version_that_the_page_was_looked_at_with(#[values(Sqlite)] app: TestApp) {
    let bundle = app.as_anonymous().get("/docs/swagger-ui-bundle.js").send().await;
    let bundle = String::from_utf8_lossy(&bundle.assert_status(200).body).into_owned();
    let is_known = bundle.contains("PACKAGE_VERSION:\"5.32.6\"");
    assert!(
        is_known,
        "look at /docs/ with this version, on a laptop and on a phone, light and dark, by mouse and keyboard"
    );
}

/// Whoever wants no pages has none, and the API is all there.
#[apply(database_test)]
async fn without_pages_only_the_api_is_served(#[values(Sqlite)] database: Database) {
    let Some(app) = TestApp::with(database, |settings| settings.no_docs = true).await else {
        return;
    };
    for path in [
        "/",
        "/docs",
        "/docs/",
        "/docs/index.html",
        "/docs/swagger-ui-bundle.js",
        "/docs/token",
        "/console",
        "/console/",
        "/console/main.js",
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
            let answer = app.as_anonymous().request(method, path).send().await;
            assert_eq!(answer.status, 404, "{path}");
        }
    }
    app.as_anonymous().get("/openapi.json").send().await.assert_status(200);
    app.as_anonymous().get("/health/live").send().await.assert_status(200);
    app.as_manager().get("/record-lists").send().await.assert_status(200);
}
