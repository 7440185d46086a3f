// FCM and the token endpoint on loopback, over HTTP/2 and HTTP/1.1 with TLS. Each request is written out as one line of
// JSON. What is answered stands in the request: a path ending /KIND for tokens, the registration token KIND:anything for
// messages.
//
//   node fcm_service.mjs CERTIFICATE KEY
import http2 from 'node:http2';
import { say, serve } from '../../support/http2_server.mjs';

const [certificate, key] = process.argv.slice(2);
const html = (status) => ({ status, type: 'text/html', body: `<!DOCTYPE html><title>Error ${status} (Server Error)!!1</title>` });

const types = { fcm: 'google.firebase.fcm.v1.FcmError', bad: 'google.rpc.BadRequest', quota: 'google.rpc.QuotaFailure' };
const detail = (type, rest) => ({ '@type': `type.googleapis.com/${types[type]}`, ...rest });
const fcm = (errorCode) => detail('fcm', { errorCode });
const field = (name) => detail('bad', { fieldViolations: [{ field: name, description: 'Invalid value' }] });
const error = (status, word, details = [], message = 'Words of the peer', headers = {}) =>
  ({ status, headers, body: JSON.stringify({ error: { code: status, message, status: word, details } }) });

// KIND of a message: what FCM says of it.
const rows = {
  other_field: error(400, 'INVALID_ARGUMENT', [fcm('INVALID_ARGUMENT'), field('message.android.ttl')]),
  token_field: error(400, 'INVALID_ARGUMENT', [fcm('INVALID_ARGUMENT'), field('message.token')]),
  token_text: error(400, 'INVALID_ARGUMENT', [fcm('INVALID_ARGUMENT')], 'The registration token is not a valid FCM registration token'),
  argument: error(400, 'INVALID_ARGUMENT', [fcm('INVALID_ARGUMENT')], 'Request contains an invalid argument.'),
  third_party: error(401, 'UNAUTHENTICATED', [fcm('THIRD_PARTY_AUTH_ERROR')]),
  mismatch: error(403, 'PERMISSION_DENIED', [fcm('SENDER_ID_MISMATCH')]),
  denied: error(403, 'PERMISSION_DENIED'),
  unregistered: error(404, 'NOT_FOUND', [fcm('UNREGISTERED')]),
  project: error(404, 'NOT_FOUND'),
  quota: error(429, 'RESOURCE_EXHAUSTED', [fcm('QUOTA_EXCEEDED')]),
  quota_after: error(429, 'RESOURCE_EXHAUSTED', [fcm('QUOTA_EXCEEDED')], '', { 'retry-after': '90' }),
  quota_device: error(429, 'RESOURCE_EXHAUSTED', [fcm('QUOTA_EXCEEDED'), detail('quota',
    { violations: [{ subject: 'device:x', description: 'Device message rate exceeded' }] })], '', { 'retry-after': '9' }),
  internal: error(500, 'INTERNAL', [fcm('INTERNAL')]),
  unavailable: error(503, 'UNAVAILABLE', [fcm('UNAVAILABLE')]),
  unavailable_after: error(503, 'UNAVAILABLE', [fcm('UNAVAILABLE')], '', { 'retry-after': '7' }),
  bad_gateway: html(502),
  timeout: html(504),
  garbage: { status: 502, type: 'application/json', body: Buffer.from('fffe7b5b225c', 'hex') },
  flood: { status: 200, body: 'x'.repeat(1 << 20) },
};
const breaks = {
  silent: () => {},
  cut: (response) => (response.stream ? response.stream.session.destroy() : response.socket.destroy()),
  broken: (response) => response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
};

let tokens = 0, messages = 0;
const uses = new Map();  // token: how many messages it is still good for

function grant(kind) {
  const token = `token-${kind}-${++tokens}`;
  uses.set(token, { worn: 3, dead: 0 }[kind] ?? Infinity);
  return { status: 200, body: JSON.stringify({ access_token: token, expires_in: 3599, token_type: 'Bearer' }) };
}
const grants = {
  invalid_grant: { status: 400, body: '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}' },
  invalid_client: { status: 401, body: '{"error":"invalid_client"}' },
  down: html(503),
  empty: { status: 200, body: '{}' },
};

function passes(authorization = '') {
  const token = authorization.replace(/^Bearer /, '');
  const left = uses.get(token) ?? 0;
  uses.set(token, left - 1);
  return left > 0;
}

function sent(request, body, response) {
  const project = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(request.url)?.[1];
  if (!project) return { status: 404, type: 'text/html', body: 'no such path' };
  if (!passes(request.headers.authorization)) return error(401, 'UNAUTHENTICATED');
  const kind = (JSON.parse(body).message.token ?? '').split(':')[0];
  if (breaks[kind]) return void breaks[kind](response);
  return rows[kind] ?? { status: 200, body: JSON.stringify({ name: `projects/${project}/messages/0:${++messages}%31bd` }) };
}

function answer(request, response, body) {
  const ofToken = request.headers[':authority']?.startsWith('oauth2.') ?? request.headers.host.startsWith('oauth2.');
  say({ token: ofToken, path: request.url, method: request.method, version: request.httpVersion, headers: request.headers, body: body.toString() });
  const kind = request.url.split('/').pop();
  const said = ofToken ? grants[kind] ?? grant(kind) : sent(request, body.toString(), response);
  if (!said) return;
  response.writeHead(said.status, { 'content-type': said.type ?? 'application/json; charset=UTF-8', ...said.headers });
  response.end(said.body);
}

serve(certificate, key, answer);
