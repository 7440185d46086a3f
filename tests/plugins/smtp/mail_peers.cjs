// Programs of others that read and take mails. mail_peers.cjs NODE_MODULES VERB
//
//   dkim < {"mail": base64, "keys": {"SELECTOR._domainkey.DOMAIN": record}}   mailauth: [[algorithm, result], ...]
//   parse < the mail                                                          postal-mime: subject, name, text
//   requiretls KEY CERTIFICATE HIDE       smtp-server: prints its port, then a JSON line for each mail, until stdin ends
const path = require('path');
const fs = require('fs');
const [modules, verb, ...rest] = process.argv.slice(2);
const from = name => require(path.join(modules, name));
const say = what => process.stdout.write(JSON.stringify(what) + '\n');

async function dkim() {
  const order = JSON.parse(fs.readFileSync(0, 'utf8'));
  const { dkimVerify } = from('mailauth/lib/dkim/verify');
  const resolver = async name => {
    if (!(name in order.keys)) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    return [[order.keys[name]]];
  };
  const { results } = await dkimVerify(Buffer.from(order.mail, 'base64'), { resolver });
  say(results.map(r => [r.algo, r.status.result]));
}

async function parse() {
  const { default: PostalMime } = await import(path.join(modules, 'postal-mime/src/postal-mime.js'));
  const mail = await PostalMime.parse(fs.readFileSync(0));
  say({ subject: mail.subject, name: mail.from.name, text: mail.text });
}

function requiretls() {
  const { SMTPServer } = from('smtp-server');
  const [key, cert, hide] = rest;
  const server = new SMTPServer({
    key: fs.readFileSync(key),
    cert: fs.readFileSync(cert),
    authOptional: true,
    hideREQUIRETLS: hide === 'yes',
    onData(stream, session, done) {
      stream.resume().on('end', () => {
        say({ requireTLS: session.envelope.requireTLS === true, to: session.envelope.rcptTo.map(r => r.address) });
        done(null, 'queued as Q1');
      });
    },
  });
  server.listen(0, '127.0.0.1', () => say(server.server.address().port));
  process.stdin.resume().on('end', () => process.exit(0));
}

({ dkim, parse, requiretls })[verb]();
