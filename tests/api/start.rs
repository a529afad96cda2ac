//! `GET /`

use crate::{
    docs::assert_guarded,
    support::{TestApp, apply, database_test, exchange},
};

/// Relative links stay behind the path prefix of a proxy.
#[apply(database_test)]
async fn every_link_of_the_start_page_is_relative_and_leads_somewhere(app: TestApp) {
    let page = app.as_anonymous().get("/").send().await.assert_status(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_guarded(&page);
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(!text.contains("<script") && !text.contains("<style"), "{text}");
    let links: Vec<&str> = text
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    for expected in ["docs/", "openapi.json", "health/live", "health/ready"] {
        assert!(links.contains(&expected), "{expected} is not in {links:?}");
    }
    for link in links {
        assert!(!link.starts_with('/') && !link.contains(':'), "{link}");
        let answer = app.as_anonymous().get(&format!("/{link}")).send().await;
        answer.assert_status(200);
    }
}

#[apply(database_test)]
async fn head_of_the_start_page_has_no_body(app: TestApp) {
    let head = app
        .as_anonymous()
        .request("HEAD".parse().expect("a method"), "/")
        .send()
        .await
        .assert_status(200);
    assert_guarded(&head);
    let request = "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = exchange(app.address, request).await;
    assert!(answer.0.ends_with("\r\n\r\n"), "{answer:?}");
}
