// A server between the page and a local cloud that does what it is told: passes a request on, answers it wrongly, cuts the
// answer in the middle, or is not there.
import { createServer, request as forward } from "node:http";

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

/** GitHub's error body under a status. */
export const status =
  (code, message, headers = {}) =>
  (response) => {
    response.writeHead(code, { ...JSON_TYPE, "x-github-request-id": "CAFE:1", ...headers });
    response.end(JSON.stringify({ message, documentation_url: "https://docs.github.com/rest" }));
  };

/** A web page where data was asked for. */
export const html = (response) => {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end("<!doctype html><title>Sign in</title><h1>Sign in to the network</h1>");
};

/** JSON that ends too early, in an answer that is complete. */
export const truncated = (response) => {
  response.writeHead(200, JSON_TYPE);
  response.end('{"tasks":[{"id":"1","state":"queu');
};

/** An answer of fifty megabytes. */
export const huge = (response) => {
  response.writeHead(200, JSON_TYPE);
  const piece = "x".repeat(1_000_000);
  let left = 50;
  const pump = () => {
    while (left > 0) {
      left -= 1;
      if (!response.write(piece)) return response.once("drain", pump);
    }
    response.end('"}');
    return response;
  };
  response.write('{"tasks":"');
  pump();
};

/** An answer whose connection breaks half-way. */
export const cut = (response) => {
  response.writeHead(200, { ...JSON_TYPE, "content-length": "4096" });
  response.write('{"tasks":[', () => response.destroy());
};

/** A connection that is closed without an answer. */
export const gone = (response) => response.destroy();

/** An answer that sends the request on to another address, which takes it from everywhere. */
export const sentOn = (address) => (response) => {
  response.writeHead(307, { location: address, "access-control-allow-origin": "*" });
  response.end();
};

/** Lets the request have its effect in `cloud` and spoils only the answer. */
export const afterwards = (cloud, behaviour) => (response, request) => {
  const spoil = () => behaviour(response);
  cloud.call(request.path.replace(/^\/api/, ""), { method: "POST", body: request.body }).then(spoil, spoil);
};

/**
 * Stands before `cloud`. `fault` is set to `(request) => behaviour | undefined`; `asked` holds "METHOD /path" of what
 * came, `met()` resolves when a request has met its fault.
 */
export async function startFaultyProxy(cloud) {
  const target = new URL(cloud.url);
  const proxy = { fault: () => undefined, asked: [], met: () => new Promise((settle) => meetings.push(settle)) };
  const meetings = [];

  const server = createServer((request, response) => {
    proxy.asked.push(`${request.method} ${request.url}`);
    const behaviour = proxy.fault(request);
    if (behaviour) {
      // What is still being sent must be read, or the client sees a reset instead of the answer.
      const body = [];
      request.on("data", (piece) => body.push(piece));
      request.once("end", () => behaviour(response, { path: request.url, body: Buffer.concat(body) }));
      for (const settle of meetings.splice(0)) settle();
      return;
    }
    const headers = { ...request.headers, host: target.host };
    if (headers.origin) headers.origin = target.origin;
    const onward = forward(
      { host: target.hostname, port: target.port, method: request.method, path: request.url, headers },
      (answer) => {
        // Chromium itself sends a request again, a POST too, when a connection that it has used before closes without an
        // answer. With a connection for each request, what comes twice was sent twice by the page.
        response.writeHead(answer.statusCode, { ...answer.headers, connection: "close" });
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((settle) => server.listen(0, "127.0.0.1", settle));
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  });
}
