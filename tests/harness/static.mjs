// A plain file server on the loopback, for pages that no bundler has touched.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** The policy of the page (design.md): no inline script or style, no eval but that of wasm. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self' http://127.0.0.1:*; " +
  "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

/**
 * Serves folders and texts: `{ "/pkg/": "path/to/pkg", "/": { body, type } }`; the longest prefix wins.
 * Answers `{ url, close() }`.
 */
export async function serveFiles(mounts, { headers = { "content-security-policy": POLICY }, port = 0 } = {}) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://host").pathname);
    const prefix = prefixes.find((start) =>
      start.endsWith("/") && start !== "/" ? path.startsWith(start) : path === start,
    );
    const mount = mounts[prefix];
    try {
      if (mount === undefined) throw Object.assign(new Error("not mounted"), { code: "ENOENT" });
      const found =
        typeof mount === "string"
          ? { body: await readFile(join(mount, normalize(path.slice(prefix.length)))), type: TYPES[extname(path)] }
          : mount;
      response.writeHead(200, {
        "content-type": found.type ?? "application/octet-stream",
        "cache-control": "no-store",
        ...headers,
      });
      response.end(found.body);
    } catch (error) {
      response.writeHead(error.code === "ENOENT" || error.code === "EISDIR" ? 404 : 500).end();
    }
  });
  await new Promise((settle, reject) => server.once("error", reject).listen(port, "127.0.0.1", settle));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

/** A port that is free now, for a program that has to be told one. */
export async function freePort() {
  const { url, close } = await serveFiles({});
  await close();
  return Number(new URL(url).port);
}
