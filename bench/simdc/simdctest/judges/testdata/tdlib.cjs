// Drives TDLib through one job; see clients_test.go for what a job is and what
// is expected on stdout.
const fs = require('fs');
const { spawn } = require('child_process');
const readline = require('readline');

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const say = (x) => console.log(JSON.stringify(x));

// TDLib runs in a program of its own, see tdlib.c.
const tdlib = spawn(job.bridge, [job.tdjson], { stdio: ['pipe', 'pipe', 'inherit'] });
tdlib.on('exit', (code) => fail(new Error('TDLib ended with code ' + code)));
const waiting = new Map();
let states = [];
let told = () => {};

readline.createInterface({ input: tdlib.stdout }).on('line', (line) => {
  const answer = JSON.parse(line);
  if (answer['@type'] === 'updateAuthorizationState') {
    states.push(answer.authorization_state['@type']);
    told();
  }
  const asked = waiting.get(answer['@extra']);
  if (!asked) return;
  waiting.delete(answer['@extra']);
  if (answer['@type'] === 'error') asked.reject(Object.assign(new Error(asked.type + ': ' + answer.message), { code: answer.code }));
  else asked.resolve(answer);
});

let last = 0;
function invoke(type, args = {}) {
  return new Promise((resolve, reject) => {
    waiting.set(++last, { type, resolve, reject });
    tdlib.stdin.write(JSON.stringify({ '@type': type, '@extra': last, ...args }) + '\n');
  });
}

// state is the next state of the login.
async function state() {
  while (states.length === 0) await new Promise((resolve) => { told = resolve; });
  return states.shift();
}

function fail(e) {
  console.error(e);
  process.exit(1);
}

async function login() {
  await invoke('setLogVerbosityLevel', { new_verbosity_level: job.verbosity });
  for (;;) {
    switch (await state()) {
      case 'authorizationStateWaitTdlibParameters':
        await invoke('setTdlibParameters', {
          database_directory: job.work + '/db', files_directory: job.work + '/files', use_message_database: true,
          api_id: job.api_id, api_hash: job.api_hash, system_language_code: 'en', device_model: 'judge', application_version: '1',
        });
        if (job.pfs) await invoke('setOption', { name: 'use_pfs', value: { '@type': 'optionValueBoolean', value: true } });
        break;
      case 'authorizationStateWaitPhoneNumber':
        if (job.bot_token) await invoke('checkAuthenticationBotToken', { token: job.bot_token });
        else await invoke('setAuthenticationPhoneNumber', { phone_number: job.phone });
        break;
      case 'authorizationStateWaitCode':
        await invoke('checkAuthenticationCode', { code: job.code });
        break;
      case 'authorizationStateWaitPassword':
        await invoke('checkAuthenticationPassword', { password: job.password });
        break;
      case 'authorizationStateReady':
        return say({ user: (await invoke('getMe')).id });
      default:
        throw new Error('the login ended');
    }
  }
}

// chats loads the lists to their ends and returns all chats.
async function chats() {
  const all = [];
  for (const list of [{ '@type': 'chatListMain' }, { '@type': 'chatListArchive' }]) {
    for (;;) {
      try {
        await invoke('loadChats', { chat_list: list, limit: 100 });
      } catch (e) {
        if (e.code === 404) break; // The end, as TDLib tells it.
        throw e;
      }
    }
    const { chat_ids } = await invoke('getChats', { chat_list: list, limit: 10000 });
    for (const id of chat_ids) all.push(await invoke('getChat', { chat_id: id }));
  }
  return all;
}

function fileOf(content) {
  switch (content['@type']) {
    case 'messageDocument': return content.document.document;
    case 'messageVideo': return content.video.video;
    case 'messagePhoto': return content.photo.sizes[content.photo.sizes.length - 1].photo;
  }
  throw new Error('no file in ' + content['@type']);
}

async function fetch(f) {
  const chat = f.username
    ? await invoke('searchPublicChat', { username: f.username })
    : await invoke('getChat', { chat_id: -1000000000000 - f.chat });
  const message = await invoke('getMessage', { chat_id: chat.id, message_id: f.message * 2 ** 20 });
  const got = await invoke('downloadFile', { file_id: fileOf(message.content).id, priority: 1, offset: 0, limit: 0, synchronous: true });
  say({ file: f.name, path: got.local.path });
}

(async () => {
  await login();
  if (job.dialogs) say({ chats: (await chats()).map((c) => c.title) });
  for (const f of job.files) await fetch(f);
  process.exit(0);
})().catch(fail);
