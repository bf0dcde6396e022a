// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is planted is a template in itself
// Each form in which a rule can be broken, beside a neighbour that breaks none.
const HUB_MAY_NOT = /`hub` may not know `web`/;
const WIRE_MAY_NOT = /`wire` may not know `hub`/;
const NAMES_KIND = /table of capabilities/;
const MARKUP = /sanitizer/;
const CORE = /`Host` trait/;

/** `[name, path, [[text, the rule that it breaks or null], ...]]` */
export const PLANTED = [
  [
    "a room in a nested use",
    "src/hub/mod.rs",
    [
      ["use crate::{wire::{Ask}, web::engine};", HUB_MAY_NOT],
      ["use crate::{wire::{Ask, web}, host::web as place};", null],
    ],
  ],
  [
    "a room in a use of several lines",
    "src/wire/client.rs",
    [
      ["use crate::{\n    error::Error,\n    hub::{\n        self, // the engine\n    },\n};", WIRE_MAY_NOT],
      ["use crate::{\n    error::Error,\n    // hub::Hub,\n    host::{self},\n};", null],
    ],
  ],
  [
    "a room under another name",
    "src/wire/client.rs",
    [
      ["use crate::hub as engine;", WIRE_MAY_NOT],
      ["use crate::host as hub;\nfn f() -> hub::Hub { hub::make() }", null],
    ],
  ],
  [
    "a room by super",
    "src/wire/client.rs",
    [
      ["use super::super::hub;", WIRE_MAY_NOT],
      ["use super::hub;", null],
    ],
  ],
  [
    "a room by super from a mod.rs",
    "src/wire/mod.rs",
    [
      ["use super::{error::Error, hub::Hub};", WIRE_MAY_NOT],
      ["use self::hub::Hub;\nmod hub;", null],
    ],
  ],
  [
    "a room by super out of an inner module",
    "src/wire/client.rs",
    [
      ["mod inner {\n    use super::super::super::hub::Hub;\n}", WIRE_MAY_NOT],
      ["mod inner {\n    fn f() {}\n    use super::super::hub::Hub;\n}", null],
    ],
  ],
  [
    "a room in an expression",
    "src/wire/client.rs",
    [
      ["fn f() { let hub = crate::hub::Hub::<u8>::new(); }", WIRE_MAY_NOT],
      ['fn f() { let hub = "crate::hub::Hub"; /* crate::hub /* */ crate::hub */ let c = \'"\'; }', null],
    ],
  ],
  [
    "a room in an expression by super",
    "src/wire/client.rs",
    [
      ["fn f(hub: &super::super::hub::Hub) {}", WIRE_MAY_NOT],
      ["fn f(hub: &super::hub::Hub) {}", null],
    ],
  ],
  [
    "a room behind a raw string",
    "src/wire/client.rs",
    [
      ['const A: &str = r#"a " quote"#; use crate::hub::Hub;', WIRE_MAY_NOT],
      ['const A: &str = r#"a " use crate::hub::Hub;"#;', null],
    ],
  ],
  [
    "a room in a macro",
    "src/wire/client.rs",
    [
      ["macro_rules! hub { () => { $crate::hub::Hub::new() }; }", WIRE_MAY_NOT],
      ["macro_rules! hub { ($hub:ident) => { $hub::new::<u8>() }; }", null],
    ],
  ],
  [
    "a room by the crate's name",
    "src/wire/client.rs",
    [
      ["use ::cloud_agents::hub::Hub;", WIRE_MAY_NOT],
      ["use ::serde::Serialize;", null],
    ],
  ],
  [
    "the whole crate",
    "src/wire/client.rs",
    [
      ["use crate as root;\nfn f() { root::host::now(); }", /the whole crate/],
      ["use crate::host as root;\nfn f() { root::now(); }", null],
    ],
  ],
  [
    "every room",
    "src/order.rs",
    [
      ["use super::*;", /every room/],
      ["#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::hub::*;\n}", null],
    ],
  ],
  [
    "a foundation that knows the hub",
    "src/json.rs",
    [
      ["use crate::hub::Hub;", /`json` may not know `hub`/],
      ["use crate::json::Writer;", null],
    ],
  ],
  [
    "a foundation that knows another",
    "src/find.rs",
    [
      ["use crate::order::sorted;", /`find` may not know `order`/],
      ["use std::cmp::Ordering;", null],
    ],
  ],
  [
    "a host that knows the wire",
    "src/host/memory.rs",
    [
      ["use crate::wire::Client;", /`host` may not know `wire`/],
      ["use crate::session::Timestamp;", null],
    ],
  ],
  [
    "code behind what only tests compile",
    "src/session.rs",
    [
      ["#[cfg(test)]\nuse crate::hub::A;\n\nuse crate::hub::B;", /`session` may not know `hub`/],
      ["#[cfg(test)]\n#[allow(unused)]\nuse crate::{hub::A};\n\nuse crate::error::B;", null],
    ],
  ],
  [
    "code that tests compile too",
    "src/session.rs",
    [
      ['#[cfg(any(test, feature = "x"))]\nuse crate::hub::A;', /`session` may not know `hub`/],
      ['#[cfg(all(test, not(target_arch = "wasm32")))]\nfn f<A, B>() -> crate::hub::A {}', null],
    ],
  ],
  [
    "code named as a test",
    "src/session.rs",
    [
      ["mod tests;", /not behind cfg\(test\)/],
      ["#[cfg(test)]\nmod tests;", null],
    ],
  ],
  [
    "a module from elsewhere",
    "src/session.rs",
    [
      ['#[path = "hub/mod.rs"]\nmod engine;', /no `#\[path\]`/],
      ["fn f(path: &str) {}\nmod engine;", null],
    ],
  ],
  [
    "text of Rust from elsewhere",
    "src/session.rs",
    [
      ['include!("hub/mod.rs");', /no `include!`/],
      ['const A: &str = include_str!("a.txt");', null],
    ],
  ],
  [
    "the machine's files in a group",
    "src/wire/client.rs",
    [
      ["use std::{fs};", CORE],
      ["use std::{fmt, rc::Rc, time::{Duration}};", null],
    ],
  ],
  [
    "the machine's network in a nested group",
    "src/wire/client.rs",
    [
      ["use std::{\n    fmt,\n    net::{TcpStream},\n};", CORE],
      ["use crate::host::net::TcpStream;", null],
    ],
  ],
  [
    "the machine's clock in a group",
    "src/wire/client.rs",
    [
      ["use std::time::{Duration, SystemTime};", CORE],
      ["use std::time::Duration;\nstruct SystemTime;\nfn f() -> SystemTime {}", null],
    ],
  ],
  [
    "the machine's clock by its module",
    "src/wire/client.rs",
    [
      ["use std::time;\nfn f() { time::SystemTime::now(); }", CORE],
      ["use std::time;\nfn f() { time::Duration::from_secs(1); }", null],
    ],
  ],
  [
    "the machine's clock by everything",
    "src/wire/client.rs",
    [
      ["use std::time::*;", CORE],
      ["use std::cmp::*;", null],
    ],
  ],
  [
    "the standard library under another name",
    "src/wire/client.rs",
    [
      ["use std as s;\nfn f() { s::process::abort(); }", CORE],
      ["use std as s;\nfn f() -> s::fmt::Result {}", null],
    ],
  ],
  [
    "a thread of the browser",
    "src/web/work.rs",
    [
      ["fn f() { ::std::thread::yield_now(); }", CORE],
      ["fn f() { crate::hub::thread::yield_now(); }", null],
    ],
  ],
  [
    "tokio under another name",
    "src/hub/mod.rs",
    [
      ["use tokio as t;", /`tokio` is not for this room/],
      ["use futures as t;", null],
    ],
  ],
  [
    "tokio as an extern crate",
    "src/hub/mod.rs",
    [
      ["extern crate tokio;", /`tokio` is not for this room/],
      ["extern crate alloc;", null],
    ],
  ],
  [
    "chance of the machine",
    "src/hub/mod.rs",
    [
      ["fn f() { getrandom::fill(&mut []); }", /`getrandom` is not for this room/],
      ["mod getrandom;\nfn f() { getrandom::fill(&mut []); u8::from_str_radix(); }", null],
    ],
  ],
  [
    "a client of the network",
    "src/provider/mod.rs",
    [
      ["use ureq::Agent;", /`ureq` is not for this room/],
      ["#[rustfmt::skip]\nfn f() { let x: Vec<u8> = Vec::<u8>::new(); <u8 as From<u8>>::from(1); }", null],
    ],
  ],
  [
    "JavaScript in an attribute",
    "src/hub/mod.rs",
    [
      ["#[wasm_bindgen::prelude::wasm_bindgen]\nfn f() {}", /only `web` knows JavaScript/],
      ["#[serde(default)]\nfn f() {}", null],
    ],
  ],
  [
    "a match on a kind",
    "src/hub/mod.rs",
    [
      ["use crate::session::Kind;\nfn f() { match kind { Kind::Github => 1, _ => 2 } }", NAMES_KIND],
      ["use crate::handoff::ToolKind;\nfn f() { match kind { ToolKind::Edit => 1, _ => Kind::parse() } }", null],
    ],
  ],
  [
    "an if let on a kind",
    "src/hub/mod.rs",
    [
      ["fn f() { if let crate::session::Kind::Local = kind {} }", NAMES_KIND],
      ["fn f() { if let Place::Local = kind {} }", null],
    ],
  ],
  [
    "a kind under another name",
    "src/hub/mod.rs",
    [
      ["use crate::session::Kind as K;\nfn f() { k == K::Github }", NAMES_KIND],
      ["use crate::session::Place as K;\nfn f() { k == K::Github }", null],
    ],
  ],
  [
    "a kind by its variant",
    "src/hub/mod.rs",
    [
      ["use crate::session::{Kind::{Jules}};\nfn f() { kind == Jules }", NAMES_KIND],
      ["use crate::session::{Status};\nfn f() { kind == Status::Idle }", null],
    ],
  ],
  [
    "every kind",
    "src/wire/client.rs",
    [
      ["use crate::session::Kind::*;", NAMES_KIND],
      ["use crate::session::*;", null],
    ],
  ],
  [
    "a kind by Self",
    "src/hub/mod.rs",
    [
      ["impl Badge for Kind {\n    fn f(self) { matches!(self, Self::Github) }\n}", NAMES_KIND],
      ["impl Badge for Place {\n    fn f(self) { matches!(self, Self::Github) }\n}", null],
    ],
  ],
  [
    "a kind by a type's other name",
    "src/hub/mod.rs",
    [
      ["type K = crate::session::Kind;\nfn f() { k == K::Github }", NAMES_KIND],
      ["type K = crate::session::Place;\nfn f() { k == K::Github }", null],
    ],
  ],
  [
    "a match on a kind's word",
    "src/hub/mod.rs",
    [
      ['fn f() { match kind.as_str() { "claude" => 1, _ => 2 } }', NAMES_KIND],
      ['fn f() { match part.kind { "text" => 1, _ => "github.com" } }', null],
    ],
  ],
  [
    "a kind of another provider",
    "src/provider/github/mod.rs",
    [
      ["fn f() { kind == Kind::Claude }", NAMES_KIND],
      ["fn f() { kind == Kind::Local }", null],
    ],
  ],
  [
    "a switch on a kind",
    "www/view/src/list.ts",
    [
      ['switch (session.kind) {\n  case "github":\n    go();\n}', NAMES_KIND],
      ['switch (part.kind) {\n  case "text":\n    go();\n}', null],
    ],
  ],
  [
    "a kind among several",
    "www/page/src/list.ts",
    [
      ['const own = ["github"].includes(session.kind);', NAMES_KIND],
      ['type Offered = "github" | "local";\n// kind === "github"', null],
    ],
  ],
  [
    "a table of kinds",
    "pkg-template/src/list.ts",
    [
      ["const label = { github: 1, claude: 2 }[session.kind];", NAMES_KIND],
      ["const style = { cursor: 1 };", null],
    ],
  ],
  [
    "a kind on the right",
    "www/view/src/list.ts",
    [
      ["if (`jules` === session.kind) go();", NAMES_KIND],
      ["if (`jules said` === session.title) go();", null],
    ],
  ],
  [
    "the wasm in the view",
    "www/view/src/list.ts",
    [
      ['import { CloudAgents } from "../../../pkg/index.js";', /SessionSource/],
      ['import { open } from "./pkg/index.js";', null],
    ],
  ],
  [
    "types from the wasm's files",
    "www/view/src/list.ts",
    [
      ['import type { Session } from "../../../pkg/index.js";', /SessionSource/],
      ['import type { Session } from "cloud-agents";', null],
    ],
  ],
  [
    "every type of the package",
    "www/view/src/list.ts",
    [
      ['import type * as all from "cloud-agents";', /SessionSource/],
      ['export type { Session } from "cloud-agents";', null],
    ],
  ],
  [
    "a type imported where it stands",
    "www/view/src/list.ts",
    [
      ['let agents: import("cloud-agents").CloudAgents;', /SessionSource/],
      ['let session: import("cloud-agents").Session;', null],
    ],
  ],
  [
    "the class passed on",
    "www/view/src/list.ts",
    [
      ['export * from "cloud-agents";', /SessionSource/],
      ['export * from "./turn.js";', null],
    ],
  ],
  [
    "an import by a template",
    "www/view/src/list.ts",
    [
      ["const page = await import(`../../page/src/${name}.js`);", /made at run time/],
      ["const page = await import(`./turn.js`);", null],
    ],
  ],
  [
    "the page imported late",
    "www/view/src/list.ts",
    [
      ['const page = await import(\n  "../../page/src/main.js"\n);', /never imports `www\/page`/],
      ['const page = await import("./page/main.js");', null],
    ],
  ],
  [
    "the page by its address",
    "www/view/src/list.ts",
    [
      ['const worker = new Worker(new URL("../../page/src/worker.js", import.meta.url));', /never imports `www\/page`/],
      ["const link = new URL(text, location.href);", null],
    ],
  ],
  [
    "the page by its package",
    "www/view/src/list.ts",
    [
      ['import "@cloud-agents/page";', /never imports `www\/page`/],
      ['import "lit/page";', null],
    ],
  ],
  [
    "what stands beside the view",
    "www/view/src/list.ts",
    [
      ['import { a } from "../../vscode/a.js";', /from beside it/],
      ['import { a } from "../test/a.js";', null],
    ],
  ],
  [
    "markup by a name in brackets",
    "www/view/src/list.ts",
    [
      ['el["innerHTML"] = text;', MARKUP],
      ['el["textContent"] = text;', null],
    ],
  ],
  [
    "markup by setHTMLUnsafe",
    "www/view/src/list.ts",
    [
      ["el.setHTMLUnsafe(text);", MARKUP],
      ["el.replaceChildren(text);", null],
    ],
  ],
  [
    "markup beside an element",
    "www/page/src/list.ts",
    [
      ['el?.insertAdjacentHTML("beforeend", text);', MARKUP],
      ['el.insertAdjacentText("beforeend", text); // not insertAdjacentHTML', null],
    ],
  ],
  [
    "markup by Object.assign",
    "www/page/src/list.ts",
    [
      ["Object.assign(el, { outerHTML: text });", MARKUP],
      ["Object.assign(el, { textContent: text });", null],
    ],
  ],
  [
    "markup by a template of Lit",
    "www/view/src/list.ts",
    [
      ["const row = html`<p .innerHTML=${text}></p>`;", MARKUP],
      ["const row = html`<p .textContent=${text}>innerHTML</p>`;", null],
    ],
  ],
  [
    "markup written into the document",
    "www/view/src/list.ts",
    [
      ['window.document["write"](text);', MARKUP],
      ["stream.write(text);", null],
    ],
  ],
  [
    "markup in the browser's half of the core",
    "src/web/platform.js",
    [
      ["el.innerHTML = text;", MARKUP],
      ["el.textContent = text;", null],
    ],
  ],
  [
    "eval under another name",
    "www/page/src/list.ts",
    [
      ["const run = globalThis.eval;", /no eval/],
      ["const run = evaluate;", null],
    ],
  ],
  [
    "a function made of text",
    "www/page/src/list.ts",
    [
      ['const run = new globalThis.Function("return 1");', /no eval/],
      ["function run(then: Function) {}", null],
    ],
  ],
  [
    "a timer with text",
    "www/page/src/list.ts",
    [
      ["setTimeout(`go(${name})`, 1);", /no eval/],
      ["setTimeout(() => go(`${name}`), 1);", null],
    ],
  ],
  ["a room that is not listed", "src/engine/mod.rs", [["fn f() {}", /`engine` is no room/]]],
  ["a room that is not listed, of JavaScript", "src/engine.js", [["go();", /`engine` is no room/]]],
];
