// A push service on loopback, over HTTP/2 and HTTP/1.1 with TLS. The last part of the path says what it does; each message
// that it takes is read as the browser would read it, and written out as one line of JSON.
//
//   node push_service.mjs CERTIFICATE KEY MODULES < {"private": base64url, "auth": base64url}
import { createRequire } from 'node:module';
import { createECDH } from 'node:crypto';
import fs from 'node:fs';
import http2 from 'node:http2';
import path from 'node:path';
import { say, serve } from '../../support/http2_server.mjs';

const [certificate, key, modules] = process.argv.slice(2);
const ece = createRequire(path.join(modules, 'x.js'))('http_ece');
const browser = JSON.parse(fs.readFileSync(0, 'utf8'));
const own = createECDH('prime256v1');
own.setPrivateKey(browser.private, 'base64url');


function read(body) {
  try {
    return ece.decrypt(body, { version: 'aes128gcm', privateKey: own, authSecret: browser.auth }).toString('utf8');
  } catch (error) {
    return `unreadable: ${error.message}`;
  }
}

// What a path ending such does instead of answering with a number.
const breaks = {
  silent: () => {},
  cut: (request, response) => response.stream ? response.stream.session.destroy() : request.socket.destroy(),
  broken: (request, response) => response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
};

function answer(request, response, body) {
  const [what, later] = path.posix.basename(request.url).split('+');
  say({
    path: request.url, method: request.method, version: request.httpVersion,
    host: request.headers[':authority'] ?? request.headers.host,
    headers: request.headers, size: body.length, text: request.method === 'POST' ? read(body) : '',
  });
  if (breaks[what]) return breaks[what](request, response);
  const headers = {};
  if (what === '201') headers.location = `/m${request.url}`;
  if (what.startsWith('3')) headers.location = '/p/201';
  if (later) headers['retry-after'] = later;
  response.writeHead(Number(what) || 404, headers);
  response.end();
}

serve(certificate, key, answer);
