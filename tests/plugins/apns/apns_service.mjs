// APNs on loopback: HTTP/2 with TLS, and at most one stream until a sender has been believed, as Apple has it. Each request
// is written out as one line of JSON. The last eight digits of the device choose the answer.
//
//   node apns_service.mjs CERTIFICATE KEY < [[status, reason, timestamp or null], ...]
import fs from 'node:fs';
import http2 from 'node:http2';

const [certificate, key] = process.argv.slice(2);
const rows = JSON.parse(fs.readFileSync(0, 'utf8'));
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const breaks = {
  fffffff0: () => {},  // silent
  fffffff1: (stream) => stream.session.destroy(),
  fffffff2: (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
};

const server = http2.createSecureServer({ key: fs.readFileSync(key), cert: fs.readFileSync(certificate),
  settings: { maxConcurrentStreams: 100 }, allowHTTP1: false });
server.on('session', (session) => Object.assign(session, { believed: false, open: 0 }));
server.on('sessionError', () => {});
server.on('tlsClientError', () => {});
server.on('stream', (stream, headers) => {
  const { session } = stream;
  const early = !session.believed && ++session.open > 1;  // a second one before the first has passed
  const pieces = [];
  stream.on('error', () => {});
  stream.on('data', (piece) => pieces.push(piece));
  stream.on('end', () => {
    const device = headers[':path'].split('/').pop();
    const choice = device.slice(-8);
    say({ early, path: headers[':path'], method: headers[':method'], headers, body: Buffer.concat(pieces).toString() });
    if (breaks[choice]) return breaks[choice](stream);
    const [status, reason, timestamp] = rows[parseInt(choice, 16)] ?? [200];
    session.believed ||= status === 200 || status === 410 || reason === 'BadDeviceToken';
    session.open -= 1;
    stream.respond({ ':status': status, 'apns-id': headers['apns-id'] });
    stream.end(reason ? JSON.stringify(timestamp ? { reason, timestamp } : { reason }) : '');
  });
});
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
