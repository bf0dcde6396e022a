//! Requests through `fetch`, with bodies that stream and requests that end when nobody waits for them any more.

use futures::stream::{self, LocalBoxStream};
use gloo_net::http::{Method as GlooMethod, RequestBuilder, Response};
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, RequestCache, RequestCredentials};

use crate::host::{FetchFailure, HttpReply, HttpRequest, Method};

/// Aborts a request when nobody is interested in it any more.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request with `function`, a `fetch`.
pub(super) async fn fetch(function: Function, request: HttpRequest) -> Result<HttpReply, FetchFailure> {
    let not_sent =
        |problem: &dyn std::fmt::Display| FetchFailure::NotSent(format!("The request could not be made: {problem}."));
    let abort = AbortOnDrop(AbortController::new().map_err(|_| not_sent(&"no AbortController"))?);
    let mut builder = RequestBuilder::new(&request.url)
        .method(method(request.method))
        // The core asks conditionally itself; the browser's cache would answer with what is a minute old.
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::Omit)
        .abort_signal(Some(&abort.0.signal()));
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if let Some(token) = &request.bearer {
        if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(FetchFailure::NotSent(
                "The token holds characters that no token has; paste it again.".to_owned(),
            ));
        }
        builder = builder.header("authorization", &format!("Bearer {}", token.expose()));
    }
    let built = match request.body {
        Some(body) => builder.body(body),
        None => builder.build(),
    };
    let built: web_sys::Request = built.map_err(|problem| not_sent(&problem))?.into();
    let promise = function
        .call1(&js_sys::global(), &built)
        .and_then(|returned| returned.dyn_into::<Promise>())
        .map_err(|problem| not_sent(&message(&problem)))?;
    let reply = JsFuture::from(promise).await.map_err(|problem| lost(&problem))?;
    let reply: Response = reply
        .dyn_into::<web_sys::Response>()
        .map_err(|_| FetchFailure::Lost("fetch returned something that is no Response.".to_owned()))?
        .into();
    let url = Some(reply.url()).filter(|url| !url.is_empty()).unwrap_or(request.url);
    Ok(HttpReply {
        status: reply.status(),
        headers: reply.headers().entries().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
        url,
        body: body(&reply, abort),
    })
}

/// The body, chunk by chunk. The request is aborted when the stream is dropped before its end.
fn body(reply: &Response, abort: AbortOnDrop) -> LocalBoxStream<'static, Result<Vec<u8>, FetchFailure>> {
    let Some(reader) = reply.body().map(|body| body.get_reader().unchecked_into::<ReadableStreamDefaultReader>())
    else {
        return Box::pin(stream::empty());
    };
    Box::pin(stream::unfold(Some((reader, abort)), |state| async move {
        let (reader, abort) = state?;
        match JsFuture::from(reader.read()).await {
            Ok(read) => {
                let done = Reflect::get(&read, &"done".into()).is_ok_and(|done| done.is_truthy());
                let value =
                    Reflect::get(&read, &"value".into()).ok().and_then(|value| value.dyn_into::<Uint8Array>().ok());
                let chunk = value.filter(|_| !done)?;
                Some((Ok(chunk.to_vec()), Some((reader, abort))))
            }
            Err(problem) => Some((Err(lost(&problem)), None)),
        }
    }))
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
