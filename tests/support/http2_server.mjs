// A server on loopback, over HTTP/2 and HTTP/1.1 with TLS: `answer` gets each request with its whole body. Its port, and what
// say() is given, are written out as lines of JSON.
import fs from 'node:fs';
import http2 from 'node:http2';

export const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

export function serve(certificate, key, answer) {
  const server = http2.createSecureServer({ key: fs.readFileSync(key), cert: fs.readFileSync(certificate), allowHTTP1: true });
  server.on('request', (request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('error', () => {});
    request.on('end', () => answer(request, response, Buffer.concat(pieces)));
  });
  server.on('sessionError', () => {});
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
}
