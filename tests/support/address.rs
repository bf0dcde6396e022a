//! Addresses taken apart by a parser of the same standard as the browser's (WHATWG URL).

use cloud_agents::host::WebAddress;
use url::Url;

/// What [`Host::web_address`](cloud_agents::host::Host::web_address) asks for.
pub fn web_address(text: &str, base: Option<&str>) -> Option<WebAddress> {
    let base = base.map(Url::parse).transpose().ok()?;
    let url = Url::options().base_url(base.as_ref()).parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| WebAddress {
        href: url.to_string(),
        origin: url.origin().ascii_serialization(),
        has_credentials: !url.username().is_empty() || url.password().is_some(),
    })
}
