// A message centre on loopback, on npm's smpp, that takes everything and says how much, a line each 5 ms.
//
//   node centre.mjs MODULES PORT
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, port] = process.argv.slice(2);
const smpp = createRequire(path.join(modules, 'x.js'))('smpp');
let taken = 0, said = 0;
const bound = (session, pdu) => session.send(pdu.response({ system_id: 'CENTRE' }));
smpp.createServer({}, (session) => {
  for (const bind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) session.on(bind, (pdu) => bound(session, pdu));
  session.on('submit_sm', (pdu) => {
    taken += 1;
    session.send(pdu.response({ message_id: String(taken) }));
  });
  for (const other of ['enquire_link', 'unbind']) session.on(other, (pdu) => session.send(pdu.response()));
  session.on('error', () => {});
}).listen(Number(port), '127.0.0.1');
setInterval(() => {
  if (taken !== said) process.stdout.write(`${said = taken}\n`);
}, 5);
