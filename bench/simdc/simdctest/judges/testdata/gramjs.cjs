// Drives GramJS through one job; see clients_test.go for what a job is and
// what is expected on stdout.
const fs = require('fs');
const crypto = require('crypto');
const bigInt = require('big-integer');
const { Api, TelegramClient } = require('telegram');
const { StringSession } = require('telegram/sessions');
const { _serverKeys } = require('telegram/crypto/RSA');
const { ConnectionTCPFull, ConnectionTCPObfuscated } = require('telegram/network');
const { Logger, PromisedNetSockets } = require('telegram/extensions');
const { LogLevel } = require('telegram/extensions/Logger');

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const say = (x) => console.log(JSON.stringify(x));

// bytes is a TL byte string.
function bytes(b) {
  const head = b.length < 254 ? Buffer.from([b.length]) : Buffer.from([254, b.length & 255, (b.length >> 8) & 255, b.length >> 16]);
  return Buffer.concat([head, b, Buffer.alloc((4 - ((head.length + b.length) % 4)) % 4)]);
}

for (const pem of job.keys) {
  const { n, e } = crypto.createPublicKey(pem).export({ format: 'jwk' });
  const [N, E] = [n, e].map((x) => Buffer.from(x, 'base64url'));
  // The fingerprint is the end of the SHA-1 of both, as a little-endian number.
  const sum = crypto.createHash('sha1').update(Buffer.concat([bytes(N), bytes(E)])).digest();
  const fingerprint = sum.subarray(12).readBigInt64LE();
  _serverKeys.set(fingerprint.toString(), { n: bigInt(N.toString('hex'), 16), e: bigInt(E.toString('hex'), 16) });
}

// GramJS takes every port for 443 or 80. So data center N is called 127.0.0.N
// here, and led to its address when it is dialled.
const called = (id) => '127.0.0.' + id;
class Redial extends PromisedNetSockets {
  connect(port, ip) {
    const dc = job.dcs.find((d) => !d.media_only && called(d.id) === ip);
    return super.connect(dc.port, dc.ip);
  }
}

const session = new StringSession('');
session.setDC(job.start_dc, called(job.start_dc), 443);
const transports = { full: ConnectionTCPFull, obfuscated: ConnectionTCPObfuscated };
const client = new TelegramClient(session, job.api_id, job.api_hash, {
  connection: transports[job.transport || 'full'],
  connectionRetries: 3,
  networkSocket: Redial,
  baseLogger: new Logger(job.verbosity > 3 ? LogLevel.DEBUG : LogLevel.ERROR),
});

client.getDC = async (id) => ({ id, ipAddress: called(id), port: 443 });

(async () => {
  await client.start(
    job.bot_token
      ? { botAuthToken: job.bot_token, onError: (e) => { throw e; } }
      : {
          phoneNumber: async () => job.phone,
          phoneCode: async () => job.code,
          password: async () => job.password,
          onError: (e) => { throw e; },
        },
  );
  say({ user: Number((await client.getMe()).id) });
  if (job.dialogs) {
    const titles = [];
    for await (const d of client.iterDialogs({})) titles.push(d.title);
    say({ chats: titles });
  }
  for (const f of job.files) {
    const peer = f.username || (await client.getInputEntity(new Api.PeerChannel({ channelId: bigInt(f.chat) })));
    const [message] = await client.getMessages(peer, { ids: [f.message] });
    const path = job.work + '/' + f.message;
    fs.writeFileSync(path, await client.downloadMedia(message, {}));
    say({ file: f.name, path });
  }
  await client.destroy();
  process.exit(0);
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
