use proptest::prelude::*;

use super::*;
use crate::handoff::effort_tests::assert_linear;

/// The examples here have their shapes broken by `¦`, so that no scanner takes this file for a leak.
fn whole(text: &str) -> String {
    text.replace('¦', "")
}

/// A line of a private key.
const KEY_LINE: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

fn kinds(text: &str) -> Vec<(&'static str, String)> {
    find(text).iter().map(|found| (found.kind, text[found.start..found.end].to_owned())).collect()
}

/// Masks one text on its own.
fn masked(text: &str) -> String {
    let mut masks = Masks::default();
    masks.learn(text);
    masks.settle(&[]);
    masks.mask(text, false).unwrap_or_else(|| text.to_owned())
}

#[test]
fn tokens_of_documented_shapes_are_found_in_any_surroundings() {
    let tokens = [
        ("GitHub token", "gh¦p_16C7e42F292c6912E7710c838347Ae178B4a"),
        ("GitHub token", "github¦_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ0a1b2c3d4e5f6g7h8i9j0kLmNoPqRsTuVwXyZ12345"),
        ("GitLab token", "gl¦pat-z8sxgtrfAxKr8q1TPY8Y"),
        ("AWS access key", "AK¦IAY34FZKBOKMUTVV7A"),
        ("Google key", "AI¦zaSyDdoASSAD90QgGDNPaPTqbEo7jGYBSEiw0"),
        ("Slack token", "xo¦xb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzqqgy"),
        ("Stripe key", "sk¦_live_4eC39HqLyjWDarjtT1zdp7dc"),
        ("OpenAI key", "sk-¦proj-9aB3dE5fG7hI1jK3lM5nO7pQ9rS1tU3vW5xY7zA9bC1dE3fG"),
        ("Anthropic key", "sk-¦ant-api03-9aB3dE5fG7hI1jK3lM5nO7pQ9rS1tU3vW5xY7zA9bC1dE3fGAA"),
        ("npm token", "np¦m_a8B3dE5fG7hI1jK3lM5nO7pQ9rS1tU3vW5xY"),
        ("PyPI token", "py¦pi-AgEIcHlwaS5vcmcCJDU3ZjM5ZTk5LWE4YjctNGQzNi1hYjY5LTM2ZDM0N2JjYTg4ZAACKlszLCI1"),
        ("Docker Hub token", "dck¦r_pat_9aB3dE5fG7hI1jK3lM5nO7pQ9rS"),
        ("DigitalOcean token", "do¦p_v1_3b1ad2b7d9bd1a1cb2e3a4d5c6f708192a3b4c5d6e7f80912a3b4c5d6e7f8091"),
        ("Hugging Face token", "h¦f_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"),
        ("SendGrid key", "S¦G.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr"),
        ("Telegram token", "11020184¦3:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"),
        ("Discord token", "MTk4¦NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"),
        ("Sentry token", "sntr¦yu_3b1ad2b7d9bd1a1cb2e3a4d5c6f708192a3b4c5d6e7f80912a3b4c5d6e7f8091"),
        ("Cloudflare token", "cf¦ut_a8B3dE5fG7hI1jK3lM5nO7pQ9rS1tU3vW5xY7zA9bC1dE3"),
        ("Databricks token", "dap¦i3b1ad2b7d9bd1a1cb2e3a4d5c6f70819"),
        ("Azure client secret", "a1B¦8Q~dG5hJ7kL9mN1pQ3rS5tU7vW9xY1zA3bC5d"),
        ("age key", "AGE-¦SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"),
        (
            "Terraform token",
            "a8B3dE5fG7hI1j¦.atlasv1.9aB3dE5fG7hI1jK3lM5nO7pQ9rS1tU3vW5xY7zA9bC1dE3fG5hJ7kL9mN1pQ3rS5t",
        ),
        (
            "JSON web token",
            "ey¦JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        ),
        ("Slack webhook", "hooks.slack¦.com/services/T0A1B2C3D/B4E5F6G7H/i8J9k0L1m2N3o4P5q6R7s8T9"),
    ];
    for (kind, token) in tokens {
        let token = whole(token);
        for (before, after) in [
            ("", ""),
            ("TOKEN=", "\n"),
            ("use ", "."),
            ("\"", "\","),
            (r"\n", r"\n"),
            ("\u{1b}[32m", "\u{1b}[0m"),
            ("(", ")"),
            ("t%3D", "&"),
        ] {
            let text = format!("{before}{token}{after}");
            assert_eq!(kinds(&text), [(kind, token.clone())], "in {text}");
        }
    }
}

#[test]
fn values_under_names_that_mean_a_secret_are_found() {
    for (text, kind, secret) in [
        ("DB_PASSWORD=s3cr3t-Pa55\n", "password", "s3cr3t-Pa55"),
        ("export ADMIN_PASS=Tr0ub4dor#3&x\n", "password", "Tr0ub4dor#3&x"),
        ("    \"password\": \"kX9!vR2q\",", "password", "kX9!vR2q"),
        (r#"{\"password\": \"kX9!vR2q\", \"n\": 1}"#, "password", "kX9!vR2q"),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY9x8y7zKEY2",
            "AWS secret key",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCY9x8y7zKEY2",
        ),
        ("api-key: 9f8e7d6c5b4a39281706f5e4d3c2b1a0", "API key", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("const apiKey = '9f8e7d6c5b4a39281706f5e4d3c2b1a0';", "API key", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("password: str = \"kX9!vR2q\"", "password", "kX9!vR2q"),
        ("config[\"client_secret\"] = \"Zk3x9Qm2Lp7Rt5Vw\"", "client secret", "Zk3x9Qm2Lp7Rt5Vw"),
        ("- name: SESSION_SECRET\n  value: Zk3x9Qm2Lp7Rt5Vw\n", "secret", "Zk3x9Qm2Lp7Rt5Vw"),
        ("<add key=\"Password\" value=\"kX9!vR2q\" />", "password", "kX9!vR2q"),
        ("<apiKey>Zk3x9Qm2Lp7Rt5Vw</apiKey>", "API key", "Zk3x9Qm2Lp7Rt5Vw"),
        ("GET /v1?access_token=Zk3x9Qm2Lp7Rt5Vw&page=2", "token", "Zk3x9Qm2Lp7Rt5Vw"),
        ("curl --user-password kX9vR2qL7p", "password", "kX9vR2qL7p"),
        ("login --password kX9vR2qLmZ7p --user x", "password", "kX9vR2qLmZ7p"),
        (
            "AccountName=a;AccountKey=Zk3x9Qm2Lp7Rt5VwZk3x9Qm2Lp7Rt5VwYk3x9Qm2Lp7Rt5Vw==;",
            "secret key",
            "Zk3x9Qm2Lp7Rt5VwZk3x9Qm2Lp7Rt5VwYk3x9Qm2Lp7Rt5Vw==",
        ),
        ("Authorization: Bearer Zk3x9Qm2Lp7Rt5Vw8n", "credential", "Zk3x9Qm2Lp7Rt5Vw8n"),
        ("-H 'Authorization: token Zk3x9Qm2Lp7Rt5Vw'", "credential", "Zk3x9Qm2Lp7Rt5Vw"),
        ("Authorization: Basic dXNlcjpodW50ZXIyLXg5", "credential", "dXNlcjpodW50ZXIyLXg5"),
        ("postgres://app:hunter2@db.internal:5432/app", "password in an address", "hunter2"),
        ("https://x-access-token:v9k2m4@github.com/o/r", "password in an address", "v9k2m4"),
        ("curl -s -u deploy:kX9vR2q https://x.test", "password", "kX9vR2q"),
        ("HEROKU_API_KEY=01234567-89ab-4cde-8f01-23456789abcd", "API key", "01234567-89ab-4cde-8f01-23456789abcd"),
        ("\"Server=db;User ID=bob;Password=S3cr3t!p#w9;Encrypt=yes\"", "password", "S3cr3t!p#w9"),
        ("Driver={SQL};UID=bob; Pwd=S3cr3t!pw9;", "password", "S3cr3t!pw9"),
        ("AWS Secret Access Key [None]: wJalrXUtnFEMIxK7MDENG", "AWS secret key", "wJalrXUtnFEMIxK7MDENG"),
        ("the API key: 9f8e7d6c5b4a39281706f5e4d3c2b1a0", "API key", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("sshpass -p 'hunt3r' ssh -p 2222 bob@host", "password", "hunt3r"),
        ("mysqldump -u root -phunt3r shop", "password", "hunt3r"),
        ("docker login -u bob -p hunt3r", "password", "hunt3r"),
        ("wget --http-password=S3cr3t!9 https://x.test", "password", "S3cr3t!9"),
        ("machine x.test login bob password hunt3r", "password", "hunt3r"),
        (r#""machine x.test\n  login bob\n  password hunt3r\n""#, "password", "hunt3r"),
        ("a\ndb.x.test:5432:*:bob:hunt3r\n", "password", "hunt3r"),
        ("Cookie: theme=dark; session=9f8e7d6c5b4a3928; _ga=GA1.2.1234567890.1699999999", "cookie", "9f8e7d6c5b4a3928"),
        (r#"{\"cookie\": \"sid=s%3A9f8e7d6c.5b4a39\"}"#, "cookie", "s%3A9f8e7d6c.5b4a39"),
        ("https://9f8e7d6c5b4a39281706f5:x@x.test/", "token in an address", "9f8e7d6c5b4a39281706f5"),
        ("https://9f8e7d6c5b4a39281706f5:x-oauth-basic@x.test/", "token in an address", "9f8e7d6c5b4a39281706f5"),
        ("DATADOG=\"9f8e7d6c5b4a39281706f5e4d3c2b1a0\"", "service key", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
    ] {
        assert_eq!(kinds(text), [(kind, secret.to_owned())], "in {text}");
    }
}

#[test]
fn a_token_in_an_address_is_found_beside_any_password() {
    let token = whole("gh¦p_16C7e42F292c6912E7710c838347Ae178B4a");
    for password in ["x-oauth-basic", "x", ""] {
        let address = format!("https://{token}:{password}@github.com/o/r.git");
        assert_eq!(masked(&address), format!("https://‹GitHub token 1›:{password}@github.com/o/r.git"));
    }
    assert_eq!(masked(&format!("https://{token}:kX9!vR2q@x.test")), "https://‹GitHub token 1›@x.test");
}

#[test]
fn the_secret_beside_an_access_key_is_found_by_its_place() {
    let (id, secret) = (whole("AK¦IAY34FZKBOKMUTVV7A"), "wJalrXUtnFEMI/K7MDENG/bPxRfiCY9x8y7zKEY2");
    for text in [
        "Access key ID,Secret access key\n{},{}\n",
        "\"{}\",\"{}\"",
        "AWS Access Key ID [None]: {}\nAWS Secret Access Key [None]: {}\n",
        "{} | {} |",
    ] {
        let text = text.replacen("{}", &id, 1).replacen("{}", secret, 1);
        let expected = text.replace(&id, "‹AWS access key 1›").replace(secret, "‹AWS secret key 1›");
        assert_eq!(masked(&text), expected);
    }
    let text = format!("{id} in commit 2040e22f9c1d4b8a7e6f5d4c3b2a190817263544");
    assert_eq!(masked(&text), text.replace(&id, "‹AWS access key 1›"));
}

#[test]
fn private_keys_are_found_whole_cut_off_and_line_by_line() {
    let line = KEY_LINE;
    let key = whole(&format!("-----BEGIN¦ RSA PRIVATE KEY-----\n{line}\n{line}\n-----END RSA PRIVATE KEY-----"));
    assert_eq!(masked(&format!("a\n{key}\nb")), "a\n‹private key 1›\nb");
    let escaped = key.replace('\n', "\\n");
    assert_eq!(masked(&format!("{{\"private_key\": \"{escaped}\\n\"}}")), "{\"private_key\": \"‹private key 1›\\n\"}");
    let cut = &key[..key.len() - 40];
    assert_eq!(masked(&format!("$ head key.pem\n{cut}\n\n$")), "$ head key.pem\n‹private key 1›\n\n$");
    let tail = &key[60..];
    let end = "-----END RSA PRIVATE KEY-----";
    assert_eq!(masked(&format!("$ tail key.pem\n{tail}\n$")), format!("$ tail key.pem\n‹private key 1›{end}\n$"));
    let escaped = tail.replace('\n', "\\n");
    assert_eq!(masked(&format!("{{\"out\": \"{escaped}\\n\"}}")), format!("{{\"out\": \"‹private key 1›{end}\\n\"}}"));
    let lines = format!("[\"{}\"]", key.replace('\n', "\",\""));
    let masked_lines = masked(&lines);
    assert!(
        serde_json::from_str::<Vec<String>>(&masked_lines).is_ok() && !masked_lines.contains(line),
        "{masked_lines}"
    );
    for code in [
        "if (pem.startsWith(\"-----BEGIN PRIVATE KEY-----\")) { return parse(pem.slice(27, pem.indexOf(\"-----END PRIVATE KEY-----\"))); }",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "grep -r -- '-----BEGIN RSA PRIVATE KEY-----' .",
    ] {
        assert_eq!(masked(code), code);
    }
}

#[test]
fn what_code_needs_is_left_alone() {
    for text in [
        "commit 2040e22f9c1d4b8a7e6f5d4c3b2a190817263544",
        "index 2040e22..4e6fece 100644",
        "session 01234567-89ab-4cde-8f01-23456789abcd",
        "\"integrity\": \"sha512-9aB3dE5fG7hI1jK3lM5nO7pQ9rS1tU3vW5xY7zA9bC1dE3fG5hJ7kL9mN1pQ3rS5tU7vW9xY1zA3bC5dE7fG9h==\"",
        "checksum = \"9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0\"",
        "sha256:9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "API_KEY=your-api-key-here-1234",
        "password = os.environ[\"DB_PASSWORD\"]",
        "PASSWORD=${DB_PASSWORD}",
        "token: <your token 123456>",
        "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
        "password: REDACTED-9f8e7d6c5b4a",
        "token = request.headers.get(\"X-Token\")",
        "const password = hashPassword2(input.password1);",
        "let tokens = tokenizer.encode(text); max_tokens=4096, next_token: eyJwYWdlIjoyfQ9x8y7z",
        "fn secret_key(&self) -> SecretKey2 { self.keys[0].secret_key }",
        "https://example.com/a@b:c and git@github.com:owner/repo.git",
        "http://localhost:3000/@vite/client?t=1699999999999",
        "postgres://user:password@localhost/db and postgres://$USER:$PASS@host and redis://:<password>@host",
        "/usr/lib/python3.11/site-packages/urllib3/util/ssl_.py:123: in load_cert",
        "password123456789 is a bad password: try \"must be at least 12 characters\"",
        "task-1234567890abcdefghijklmnopqrstuvwxyz",
        "key={`${item.id}-${index}`} cacheKey: user-42-profile",
        "\"author\": \"name\", \"keywords\": [\"api\"], \"version\": \"1.2.3-beta.4\"",
        "import { apiKey2 } from './config/api-key-2.js'; tokenType: 'Bearer'",
        "the ghp_ prefix, sk-... and xoxb- tokens, AKIAIOSFODNN7EXAMPLE, ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "password=password token=token secret=secret passwd: x",
        "x-request-id: 9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "Basic authentication, Bearer authentication-is-required-for-this",
        "docker run -u 1000:1000 image; curl -u \"$USER:$TOKEN\" https://x.test; git push -u origin main:main",
        "cache-key: v1-Linux-node20-9f8e7d6c5b4a39281706 restore-keys: v1-Linux-node20-build4x",
        "idempotency_key: \"ord-42x9Zk3x9Qm2Lp7Rt5Vw\"",
        "public_key = \"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\"",
        "Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbC123x9Y8",
        "const name = s.sourceFileWithLongName12;",
        "the login and password fields, a login or password incorrect. login form password (8 or more)",
        "mysql < a.sql\nmkdir -p some/dir1; mysql -p shop2; docker run -p 8080:80 x; sshpass -p \"$PASS\" ssh x",
        "src/main.rs:1234:error:x9y:z8w4 2001:1234:abcd:ef01:5678",
        "Set-Cookie: lang=en; Path=/; Max-Age=3600; SameSite=Lax",
        "-----END RSA PRIVATE KEY----- ends a key",
        "the password is ‹password 1› and token=‹GitHub token 2›",
    ] {
        assert_eq!(kinds(text), [], "in {text}");
    }
}

#[test]
fn the_same_secret_has_the_same_placeholder_in_every_text() {
    let token = whole("gh¦p_16C7e42F292c6912E7710c838347Ae178B4a");
    let other = whole("gh¦p_26C7e42F292c6912E7710c838347Ae178B4b");
    let texts = [
        format!("clone with {token}"),
        format!("{other} and {token}"),
        "DB_PASSWORD=s3cr3t-Pa55x9\n".to_owned(),
        "it is s3cr3t-Pa55x9!".to_owned(),
    ];
    let mut masks = Masks::default();
    texts.iter().for_each(|text| masks.learn(text));
    masks.settle(&["‹GitHub token 2›".to_owned()]);
    let masked: Vec<_> = texts.iter().map(|text| masks.mask(text, false)).collect();
    assert_eq!(masked[0].as_deref(), Some("clone with ‹GitHub token 1›"));
    assert_eq!(masked[1], Some(format!("{other} and ‹GitHub token 1›")), "the person wanted to see the second");
    assert_eq!(masked[2].as_deref(), Some("DB_PASSWORD=‹password 1›\n"));
    assert_eq!(masked[3].as_deref(), Some("it is ‹password 1›!"), "what one text gives away is masked in all");
    let list: Vec<_> = masks.list().into_iter().map(|masked| (masked.kind, masked.placeholder, masked.count)).collect();
    assert_eq!(
        list,
        [
            ("GitHub token".to_owned(), "‹GitHub token 1›".to_owned(), 2),
            ("password".to_owned(), "‹password 1›".to_owned(), 2)
        ]
    );
}

#[test]
fn placeholders_that_are_there_already_are_not_given_again() {
    let token = whole("gh¦p_16C7e42F292c6912E7710c838347Ae178B4a");
    assert_eq!(masked(&format!("…‹GitHub token 3› {token}")), "…‹GitHub token 3› ‹GitHub token 4›");
}

#[test]
fn exact_texts_are_masked_wherever_they_stand() {
    let also = ["a-connection's \"token\"".to_owned(), "tok".to_owned(), String::new()];
    let mut masks = Masks::new(&also, Choices::default());
    let texts = ["x a-connection's \"token\" y", r#"{"t":"a-connection's \"token\""}"#, "tok token tok."];
    texts.iter().for_each(|text| masks.learn(text));
    masks.settle(&[]);
    let masked: Vec<_> = texts.iter().filter_map(|text| masks.mask(text, false)).collect();
    assert_eq!(masked, ["x ‹secret 1› y", r#"{"t":"‹secret 1›"}"#, "‹secret 2› token ‹secret 2›."]);
}

/// Masks several texts together.
fn masked_together(mut masks: Masks, unmask: &[&str], texts: &[String]) -> (Vec<String>, Vec<Masked>) {
    texts.iter().for_each(|text| masks.learn(text));
    masks.settle(&unmask.iter().map(|&placeholder| placeholder.to_owned()).collect::<Vec<_>>());
    let masked = texts.iter().map(|text| masks.mask(text, false).unwrap_or_else(|| text.clone())).collect();
    (masked, masks.list())
}

#[test]
fn the_tokens_of_connections_are_masked_in_other_letters_and_never_unmasked() {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD;
    let token = "c0nn/ection?T>ken~of+mine";
    let mut texts = vec![token.to_owned(), "a=c0nn%2Fection%3FT%3Eken~of%2Bmine&b".to_owned()];
    for name in ["", "u:", "me:", "bob:"] {
        texts.push(format!("Authorization: Basic {} ", base64.encode(format!("{name}{token}"))));
        texts.push(base64::engine::general_purpose::URL_SAFE.encode(format!("{name}{token}\n")));
    }
    for unmask in [&[][..], &["‹secret 1›"]] {
        let masks = Masks::new(&[token.to_owned()], Choices::default());
        let (masked, list) = masked_together(masks, unmask, &texts);
        assert_eq!(masked[..2], ["‹secret 1›", "a=‹secret 1›&b"]);
        assert!(masked[2..].iter().all(|text| text.contains('‹') && text.len() < 50), "{masked:?}");
        assert!(list[0].count >= 2 && list[0].placeholder == "‹secret 1›", "{list:?}");
    }
    // Within a secret that the person wants to be seen, too.
    let token = "x9Kq2Lp7Rt5Vw8n";
    let masks = Masks::new(&[token.to_owned()], Choices::default());
    let (masked, _) = masked_together(masks, &["‹password 1›"], &[format!("PASSWORD={token}+more9\n")]);
    assert_eq!(masked, ["PASSWORD=‹secret 1›+more9\n"]);
}

#[test]
fn the_beginning_of_a_known_secret_is_masked_where_a_text_was_cut_off() {
    let token = whole("gh¦p_16C7e42F292c6912E7710c838347Ae178B4a");
    for (before, length, after) in
        [("Fix ", 30, ""), ("a ", 30, "… [truncated]"), ("\"", 12, "\""), ("t=", 39, "\nb"), ("{t: '", 20, "...")]
    {
        let text = format!("{before}{}{after}", &token[..length]);
        let (masked, list) = masked_together(Masks::default(), &[], &[text, token.clone()]);
        assert_eq!(masked, [format!("{before}‹GitHub token 1›{after}"), "‹GitHub token 1›".to_owned()]);
        assert_eq!((list.len(), list[0].count), (1, 2));
    }
    let key = whole(&format!("-----BEGIN¦ PRIVATE KEY-----\n{KEY_LINE}\n{KEY_LINE}\n-----END PRIVATE KEY-----"));
    for text in [
        whole("the gh¦p_16C prefix"),
        whole("gh¦p_16C7e42F292c6other"),
        "-----BEGIN PRIVATE KEY-----\nmust come first".to_owned(),
    ] {
        let (masked, _) = masked_together(Masks::default(), &[], &[text.clone(), token.clone(), key.clone()]);
        assert_eq!(masked[0], text);
    }
}

#[test]
fn what_was_masked_before_stays_in_the_list() {
    let before = ["‹GitHub token 10›", "‹GitHub token 1›", "‹password 2›", "‹token 1›", "", "e"]
        .map(|placeholder| Masked { kind: "kind".to_owned(), placeholder: placeholder.to_owned(), count: 7 });
    let mut masks = Masks::default();
    masks.masked_before(&before);
    let token = whole("gh¦p_16C7e42F292c6912E7710c838347Ae178B4a");
    let texts =
        [format!("‹GitHub token 1› is not {token}"), "‹GitHub token 1›, DB_PASSWORD=s3cr3t-Pa55x9\n".to_owned()];
    let (_, list) = masked_together(masks, &[], &texts);
    let list: Vec<_> = list.iter().map(|masked| (masked.placeholder.as_str(), masked.count)).collect();
    assert_eq!(list, [("‹GitHub token 1›", 2), ("‹GitHub token 11›", 1), ("‹password 3›", 1)]);
}

#[test]
fn lines_of_a_known_key_are_masked_without_its_beginning_and_its_end() {
    let line = "Zx8Qb2pWn5Lk7Jh4Gf1Ds0Aa9Mv6Cc3Xe2Rt5Yu8Io1Pw4Qz7Kj";
    let key = whole(&format!("-----BEGIN¦ PRIVATE KEY-----\n{KEY_LINE}\n{line}\n-----END PRIVATE KEY-----"));
    let texts = [key, format!("$ sed -n 3p key.pem\n{line}\n$")];
    let (masked, list) = masked_together(Masks::default(), &[], &texts);
    assert_eq!(masked, ["‹private key 1›", "$ sed -n 3p key.pem\n‹private key 1›\n$"]);
    assert_eq!((list.len(), list[0].count), (1, 2));
    assert_eq!(masked_together(Masks::default(), &["‹private key 1›"], &texts).0, texts);
}

#[test]
fn home_directories_and_addresses_of_people_are_masked_by_choice() {
    let text = r#"/home/ada/src /Users/grace.h/x C:\\Users\\ada\\y /home/runner/w mail ada@lovelace.org, noreply@x.org, lodash@4.17.21 icon@2x.png"#;
    assert_eq!(masked(text), text);
    let mut masks = Masks::new(&[], Choices { homes: true, emails: true });
    masks.learn(text);
    masks.settle(&[]);
    assert_eq!(
        masks.mask(text, false).as_deref(),
        Some(
            r#"/home/‹home directory 1›/src /Users/‹home directory 2›/x C:\\Users\\‹home directory 1›\\y /home/runner/w mail ‹e-mail address 1›, noreply@x.org, lodash@4.17.21 icon@2x.png"#
        )
    );
}

#[test]
fn a_diff_keeps_its_lines() {
    let line = KEY_LINE;
    let diff = whole(&format!(
        "@@ -0,0 +1,4 @@\n+-----BEGIN¦ PRIVATE KEY-----\n+{line}\n+{line}\n+-----END PRIVATE KEY-----\n"
    ));
    let mut masks = Masks::default();
    masks.learn(&diff);
    masks.settle(&[]);
    assert_eq!(masks.mask(&diff, true).as_deref(), Some("@@ -0,0 +1,4 @@\n+‹private key 1›\n+\n+\n+\n"));
}

#[test]
fn time_is_linear_in_hostile_texts() {
    for piece in [
        "-----BEGIN PRIVATE KEY-----",
        "Q~Q~Q~",
        "password=",
        "a://",
        "eyJaaaaaaaaaaaaaaaaa.",
        "\\\\\\\"",
        "{\"a\":",
        "1234567890:",
        "curl -u ",
        "http://a:b",
        "-----END PRIVATE KEY-----",
        "mysql -p",
        "-",
        " --a",
        "Cookie: a=",
        "\na:5432:b:c:",
        "login password ",
        "key[ ]: ",
    ] {
        assert_linear(30_000, "", piece, "", &|text| _ = find(text));
    }
    let token = whole("github¦_pat_");
    for piece in ["‹", token.as_str(), "‹password 1›", "password=aB3dE5fG7hI1jK3l "] {
        assert_linear(30_000, "", piece, &format!("Q{}", token.repeat(9)), &|text| _ = masked(text));
    }
}

proptest! {
    #[test]
    fn any_text_is_masked_without_a_trace(
        before in "\\PC{0,40}", token in "[0-9A-Za-z]{36}", after in "(\\PC{0,40})?", choices: (bool, bool)
    ) {
        let text = format!("{before} ghp_{token} {after}");
        let mut masks = Masks::new(&[], Choices { homes: choices.0, emails: choices.1 });
        masks.learn(&text);
        masks.settle(&[]);
        let masked = masks.mask(&text, false).unwrap_or_default();
        prop_assert!(!masked.contains(&token));
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), parts in proptest::collection::vec(0usize..12, 0..40)) {
        const PARTS: [&str; 12] = ["password", "=", ":", "\"", "\\", "-----BEGIN PRIVATE KEY-----", "://", "@", "Q~", "value", "‹", "-u "];
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        parts.iter().for_each(|&part| text.push_str(PARTS[part]));
        let mut end = 0;
        for found in find(&text) {
            prop_assert!(found.start >= end && found.start < found.end && text.get(found.start..found.end).is_some());
            end = found.end;
        }
        let mut masks = Masks::new(&[text.chars().take(3).collect()], Choices { homes: true, emails: true });
        masks.learn(&text);
        masks.settle(&[]);
        masks.mask(&text, true);
    }

    #[test]
    fn json_stays_json(name in "(password|api_key|token|note|value)", secret in "[!-~]{8,40}", number in 100_000u64.., text in "\\PC{0,30}") {
        let inner = serde_json::json!({ &name: &secret, "n": number, "password": number, "text": &text }).to_string();
        for json in [serde_json::json!({ "command": format!("export {name}='{secret}' && run --{name} {secret}"), &name: &secret, "inner": &inner, "list": [&secret, &text] }).to_string(), inner] {
            let masked = masked(&json);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&masked).is_ok(), "{json}\n{masked}");
        }
    }
}
