//! Links behind proxies (docs/contract.md section 1.1).

use crate::support::{Claims, TestApp, TestDatabase, apply, database_test, exchange, person};

/// Asks for the list with these headers; where its link starts.
async fn base(app: &TestApp, headers: &[(&str, &str)]) -> String {
    let list = app.list().await;
    let mut request = list.caller.get(&list.path(""));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.assert_status(200).json();
    let href = answer["_links"]["self"]["href"].as_str().expect("a link");
    href.strip_suffix(&list.path(""))
        .expect("a link to the list")
        .to_owned()
}

#[apply(database_test)]
async fn the_public_url_wins_with_its_path(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.public_url = Some("https://gw.example.com/dialer/".parse().expect("a URL"));
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let headers = [
        ("host", "10.0.0.5:8080"),
        ("x-forwarded-prefix", "/dialer"),
        ("x-forwarded-proto", "http"),
    ];
    assert_eq!(base(&app, &headers).await, "https://gw.example.com/dialer");

    let list = app.list().await;
    list.add(&[person("+14155550101"), person("+14155550102")]).await;
    let page = list
        .caller
        .get(&list.path("/records?per_page=1"))
        .send()
        .await
        .assert_status(200)
        .json();
    let next = page["_links"]["next"]["href"].as_str().expect("a next page");
    let path = next
        .strip_prefix("https://gw.example.com/dialer")
        .expect("the prefix once");
    list.caller.get(path).send().await.assert_status(200);
}

#[apply(database_test)]
async fn a_trusted_proxy_says_where_the_client_is(database: TestDatabase) {
    let app = TestApp::on(database, |settings| {
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    })
    .await;
    for (headers, expected) in [
        (
            vec![("x-forwarded-proto", "https"), ("host", "dial.example.com")],
            "https://dial.example.com",
        ),
        (
            vec![
                ("x-forwarded-proto", "https, http"),
                ("x-forwarded-host", "api.example.com, 10.0.0.5:8080"),
                ("x-forwarded-port", "443"),
            ],
            "https://api.example.com",
        ),
        (
            vec![("forwarded", "for=192.0.2.1;proto=https;host=\"api.example.com:8443\"")],
            "https://api.example.com:8443",
        ),
        (
            vec![(
                "forwarded",
                "by=\"a,b;c\\\"d\";proto=https;host=api.example.com, host=other.example.com",
            )],
            "https://api.example.com",
        ),
        (
            vec![("x-forwarded-host", ""), ("host", "dial.example.com")],
            "http://dial.example.com",
        ),
        (
            vec![("x-forwarded-prefix", "/dialer"), ("host", "gw.example.com")],
            "http://gw.example.com/dialer",
        ),
    ] {
        assert_eq!(base(&app, &headers).await, expected, "{headers:?}");
    }
}

#[apply(database_test)]
async fn nobody_else_is_believed(app: TestApp) {
    let headers = [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example.com"),
        ("forwarded", "proto=https;host=evil.example.com"),
    ];
    assert_eq!(base(&app, &headers).await, format!("http://{}", app.address));
    assert_eq!(
        base(&app, &[("host", "dial.example.com")]).await,
        "http://dial.example.com"
    );
}

/// A target with a host counts, and not the header (RFC 9112, section 3.2.2).
#[apply(database_test)]
async fn the_host_of_the_target_wins(app: TestApp) {
    let list = app.list().await;
    let ask = async |host: &str| {
        // A base URL that ends in a slash is joined with a path.
        let path = format!("/{}", list.path(""));
        let token = Claims::of("acme").token();
        let request = format!(
            "GET http://{host}{path} HTTP/1.1\r\nHost: elsewhere.example\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\n\r\n"
        );
        exchange(app.address, request).await
    };
    let answer = ask("dial.example.com:81").await;
    assert_eq!(answer.status(), 200);
    let href = format!("\"href\":\"http://dial.example.com:81{}\"", list.path(""));
    assert!(answer.0.contains(&href), "{answer:?}");
    assert_eq!(ask("user:pw@dial.example.com").await.status(), 400);
}

/// What is in every link decides how long a response is.
#[apply(database_test)]
async fn a_host_that_is_too_long_is_in_no_link(app: TestApp) {
    let own = format!("http://{}", app.address);
    let long = |length: usize| vec!["a".repeat(59); length / 60].join(".") + ".example";
    for host in [long(200), long(240)] {
        assert_eq!(base(&app, &[("host", &host)]).await, format!("http://{host}"));
    }
    for host in [long(300), long(60_000), "a".repeat(64), "a_".repeat(40)] {
        assert_eq!(base(&app, &[("host", &host)]).await, own, "{}", host.len());
    }
}
