// A message centre on loopback, on npm's smpp. The last digits of a number say what it does; each bind and each message
// that it takes is written out as one line of JSON.
//
//   node smsc.mjs MODULES [CERTIFICATE KEY]
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const [modules, certificate, key] = process.argv.slice(2);
const smpp = createRequire(path.join(modules, 'x.js'))('smpp');
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const hearers = new Set();
const kept = [];  // receipts that nobody heard yet
let last = 0x1f0;
let throttled = 0;

// On every session that hears: the receipt may come over another one than the message.
function receipt(pdu, id, fields) {
  if (hearers.size === 0) kept.push([pdu, id, fields]);
  for (const session of hearers) {
    session.deliver_sm({
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2611230101 done date:2611230102 stat:DELIVRD err:000 text:`,
      ...fields,
    }, (answer) => say({ receipt_answered: answer.command_status }));
  }
}

// Now, to the second, on a clock three hours ahead of UTC.
const now = () => new Date(Date.now() + 3 * 3600_000).toISOString().replace(/[-:T]/g, '').slice(2, 14);
const failed = (id) => `id:${id} sub:001 dlvrd:000 submit date:${now()} done date:${now()} stat:UNDELIV err:001 text:`;

function take(session, pdu) {
  const id = (last += 1).toString(16).toUpperCase();
  const ok = () => session.send(pdu.response({ message_id: id }));
  const refuse = (status) => session.send(pdu.response({ command_status: status }));
  const behaviours = {
    '000': () => { throttled += 1; if (throttled % 2 !== 0) refuse(smpp.ESME_RTHROTTLED); else { ok(); receipt(pdu, id); } },
    '111': () => { receipt(pdu, id); setTimeout(ok, 100); },
    '222': () => { ok(); receipt(pdu, parseInt(id, 16)); },
    '333': () => refuse(smpp.ESME_RINVDSTADR),
    '444': () => refuse(smpp.ESME_RSYSERR),
    '555': () => session.socket.destroy(),
    '666': () => { ok(); receipt(pdu, id); receipt(pdu, id); },
    '777': () => { ok(); receipt(pdu, id, { short_message: failed(id) }); },
    '888': () => { ok(); receipt(pdu, 'x', { short_message: 'STOP', esm_class: 0 }); receipt(pdu, 'never-seen'); receipt(pdu, id); },
  };
  const text = pdu.short_message.message ?? pdu.short_message;
  say({
    to: pdu.destination_addr, from: pdu.source_addr, source_ton: pdu.source_addr_ton, coding: pdu.data_coding,
    esm_class: pdu.esm_class, registered: pdu.registered_delivery, reference: pdu.user_message_reference,
    udh: (pdu.short_message.udh ?? []).map((part) => [...part]), text: Buffer.isBuffer(text) ? text.toString('hex') : text,
    payload: pdu.message_payload?.message, sar: [pdu.sar_segment_seqnum, pdu.sar_total_segments], validity: pdu.validity_period,
  });
  (behaviours[pdu.destination_addr.slice(-3)] ?? (() => { ok(); receipt(pdu, id); }))();
}

const options = certificate ? { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) } : {};
const server = smpp.createServer(options, (session) => {
  const bind = (role) => (pdu) => {
    say({ bind: role, system_id: pdu.system_id, password: pdu.password });
    if (pdu.password === 'wrong') return session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
    session.send(pdu.response({ system_id: 'SMSC' }));
    if (role !== 'transmitter') {
      hearers.add(session);
      for (const one of kept.splice(0)) receipt(...one);
    }
  };
  for (const role of ['transceiver', 'transmitter', 'receiver']) session.on(`bind_${role}`, bind(role));
  session.on('submit_sm', (pdu) => take(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('error', () => {});
  session.on('close', () => hearers.delete(session));
});
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
