// Prism over the cut description, behind a forwarder that picks answers and remembers what was asked.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../harness/local-cloud.mjs";
import { freePort } from "../../harness/static.mjs";
import { OPERATIONS } from "./description.mjs";

const TEMPLATES = OPERATIONS.map((operation) => {
  const [method, path] = operation.split(" ");
  // `{path}` of the contents and `{ref}` may have slashes, which OpenAPI cannot say.
  const pattern = path.replace(/\{path\}|\{ref\}/, "(.+)").replace(/\{[^}]+\}/g, "[^/]+");
  return { operation, method, pattern: new RegExp(`^${pattern}$`) };
});

async function startPrism(description) {
  const folder = await mkdtemp(join(tmpdir(), "prism-"));
  const file = join(folder, "github.json");
  await writeFile(file, JSON.stringify(description));
  const port = await freePort();
  const program = join(ROOT, "node_modules/.bin/prism");
  const child = spawn(
    process.execPath,
    [program, "mock", "--errors", "--cors", "--host", "127.0.0.1", "--port", String(port), file],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  const ended = new Promise((settle) => child.once("close", settle));
  await new Promise((settle, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        said += text;
        if (said.includes("Prism is listening")) settle();
      });
    }
    ended.then((code) => reject(new Error(`Prism ended with ${code}:\n${said}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts both. `prefer[operation] = code` has Prism answer with that documented status, `instead[operation] = body` puts
 * another body into an answer that Prism has accepted the request for, `undescribed[METHOD /path]` answers what GitHub
 * does not describe. `asked` counts operations, `refused` holds what Prism objected to.
 */
export async function startMock(description) {
  const prism = await startPrism(description);
  const mock = { prefer: {}, instead: {}, undescribed: {}, asked: new Map(), refused: [] };

  async function forward(request, response) {
    const url = new URL(request.url, "http://mock");
    const cors = {
      "access-control-allow-origin": request.headers.origin ?? "*",
      "access-control-expose-headers": "ETag, Link, Location, Retry-After, X-GitHub-Request-Id",
    };
    const body = [];
    for await (const piece of request) body.push(piece);
    if (request.method === "OPTIONS") {
      // What GitHub answers a preflight with.
      response.writeHead(204, {
        ...cors,
        "access-control-allow-methods": "GET, POST, PATCH, PUT, DELETE",
        "access-control-allow-headers":
          "Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Accept-Encoding, " +
          "X-GitHub-OTP, X-Requested-With, User-Agent, GraphQL-Features, X-Github-Next-Global-ID, X-GitHub-Api-Version",
      });
      return response.end();
    }
    const known = mock.undescribed[`${request.method} ${url.pathname}`];
    if (known !== undefined) {
      response.writeHead(200, { ...cors, "content-type": "application/json" });
      return response.end(JSON.stringify(known));
    }

    const operation = TEMPLATES.find(
      ({ method, pattern }) => method === request.method && pattern.test(url.pathname),
    )?.operation;
    const name = operation ?? `${request.method} ${url.pathname}`;
    mock.asked.set(name, (mock.asked.get(name) ?? 0) + 1);
    const path = url.pathname.replace(
      /(\/contents\/|\/git\/refs?\/)(.+)$/,
      (_, start, rest) => start + rest.replaceAll("/", "%2F"),
    );
    const headers = { ...request.headers };
    for (const hop of ["host", "connection", "content-length", "origin", "referer", "accept-encoding"])
      delete headers[hop];
    if (mock.prefer[operation]) headers.prefer = `code=${mock.prefer[operation]}`;
    const answer = await fetch(`${prism.url}${path}${url.search}`, {
      method: request.method,
      headers,
      body: body.length > 0 ? Buffer.concat(body) : undefined,
      redirect: "manual",
    });
    const text = await answer.text();
    const violations = answer.headers.get("sl-violations");
    if (violations || answer.headers.get("content-type")?.includes("problem+json")) {
      mock.refused.push(`${name}${url.search}: ${violations ?? text}`);
    }
    const replaced = answer.ok && mock.instead[operation] !== undefined;
    response.writeHead(answer.status, {
      ...cors,
      "content-type": answer.headers.get("content-type") ?? "application/json",
    });
    response.end(replaced ? JSON.stringify(mock.instead[operation]) : text);
  }

  const server = createServer((request, response) => {
    forward(request, response).catch((error) => {
      mock.refused.push(`${request.method} ${request.url}: ${error.message}`);
      response.destroy();
    });
  });
  await new Promise((settle) => server.listen(0, "127.0.0.1", settle));
  return Object.assign(mock, {
    url: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
      await prism.stop();
    },
  });
}
