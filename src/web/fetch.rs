//! Requests through `fetch`, with bodies that stream and requests that end when nobody waits for them any more.

use futures::stream::StreamExt;
use gloo_net::http::{Method as GlooMethod, RequestBuilder, Response};
use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestCache, RequestCredentials, RequestRedirect};

use super::source::{Exchange, Source};
use crate::host::{FetchFailure, HttpReply, HttpRequest, Method};

/// "The same request, to another address" (RFC 9110 §15.4.8).
const TEMPORARY_REDIRECT: u16 = 307;

/// Sends a request with `send`, a `fetch`; the platform's unless given.
pub(super) async fn fetch(send: Option<Function>, request: HttpRequest) -> Result<HttpReply, FetchFailure> {
    let exchange = Exchange::new();
    // From here on, giving up aborts the request; once the reply is there, dropping its body does.
    let chunks = Source::new(exchange.clone().unchecked_into());
    let sent = built(&request, &exchange.signal())
        .and_then(|built| exchange.begin(send.as_ref(), &built).map_err(|problem| message(&problem)))
        .map_err(|problem| FetchFailure::NotSent(format!("The request could not be made: {problem}.")))?;
    let reply = JsFuture::from(sent).await.map_err(|problem| lost(&problem))?;
    let reply: Response = reply
        .dyn_into::<web_sys::Response>()
        .map_err(|_| FetchFailure::Lost("fetch returned something that is no Response.".to_owned()))?
        .into();
    let url = Some(reply.url()).filter(|url| !url.is_empty()).unwrap_or(request.url);
    let chunk = |chunk: Result<JsValue, JsValue>| match chunk {
        Ok(chunk) => Ok(Uint8Array::new(&chunk).to_vec()),
        Err(problem) => Err(lost(&problem)),
    };
    // Of a redirect that was not followed, the browser shows nothing.
    let status = if reply.status() == 0 { TEMPORARY_REDIRECT } else { reply.status() };
    Ok(HttpReply {
        status,
        headers: reply.headers().entries().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
        url,
        body: chunks.map(chunk).boxed_local(),
    })
}

/// The request as `fetch` takes it, or why there is none.
fn built(request: &HttpRequest, signal: &AbortSignal) -> Result<web_sys::Request, String> {
    let mut builder = RequestBuilder::new(&request.url)
        .method(method(request.method))
        // The core asks conditionally itself; the browser's cache would answer with what is a minute old.
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::Omit)
        .redirect(if request.method == Method::Get { RequestRedirect::Follow } else { RequestRedirect::Manual })
        .abort_signal(Some(signal));
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if let Some(token) = &request.bearer {
        if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the token holds characters that no token has; paste it again".to_owned());
        }
        builder = builder.header("authorization", &format!("Bearer {}", token.expose()));
    }
    let built = match &request.body {
        Some(body) => builder.body(body),
        None => builder.build(),
    };
    built.map(Into::into).map_err(|problem| problem.to_string())
}

fn method(method: Method) -> GlooMethod {
    match method {
        Method::Get => GlooMethod::GET,
        Method::Post => GlooMethod::POST,
        Method::Patch => GlooMethod::PATCH,
        Method::Put => GlooMethod::PUT,
        Method::Delete => GlooMethod::DELETE,
    }
}

/// A browser says no more than "failed to fetch", whether the network is down or CORS keeps the reply back.
fn lost(problem: &JsValue) -> FetchFailure {
    FetchFailure::Lost(format!("No readable reply came ({}).", message(problem)))
}

pub(super) fn message(problem: &JsValue) -> String {
    Reflect::get(problem, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .or_else(|| problem.as_string())
        .unwrap_or_else(|| "no reason given".to_owned())
}
