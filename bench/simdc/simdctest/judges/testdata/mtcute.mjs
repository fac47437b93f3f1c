// Drives mtcute through one job; see clients_test.go for what a job is and
// what is expected on stdout.
import fs from 'node:fs';
import { MemoryStorage } from '@mtcute/core';
import { TelegramClient } from '@mtcute/node';
import { addPublicKey, NodeCryptoProvider } from '@mtcute/node/utils.js';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const say = (x) => console.log(JSON.stringify(x));

const crypto = new NodeCryptoProvider();
await crypto.initialize();
for (const pem of job.keys) addPublicKey(crypto, pem);

const first = job.dcs.find((d) => d.id === job.start_dc && !d.media_only);
const main = { id: first.id, ipAddress: first.ip, port: first.port };
const tg = new TelegramClient({
  apiId: job.api_id,
  apiHash: job.api_hash,
  storage: new MemoryStorage(),
  crypto,
  defaultDcs: { main, media: main },
  network: { usePfs: job.pfs },
  logLevel: job.verbosity,
  disableUpdates: true,
});

const me = await tg.start(
  job.bot_token ? { botToken: job.bot_token } : { phone: job.phone, code: job.code, password: job.password },
);
say({ user: me.id });
if (job.dialogs) {
  const titles = [];
  for await (const d of tg.iterDialogs({ archived: 'keep' })) titles.push(d.peer.displayName);
  say({ chats: titles });
}
for (const f of job.files) {
  const [message] = await tg.getMessages(f.username || -1000000000000 - f.chat, [f.message]);
  const path = job.work + '/' + f.message;
  fs.writeFileSync(path, await tg.downloadAsBuffer(message.media));
  say({ file: f.name, path });
}
await tg.destroy();
process.exit(0);
