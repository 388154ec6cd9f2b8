/**
 * The two worlds of a window's page, as scripts: the preload runs in an isolated world of Chromium, and what it exposes
 * reaches the page's own world as copies and proxies. DOM events are the only thing that both worlds see.
 */

/** Both sides: functions become numbers, promises are waited for. */
const wire = `
  const functions = new Map(); let numbers = 0;
  const keep = (act) => { functions.set(numbers += 1, act); return numbers; };
  const encode = (value) => typeof value === "function" ? { f: keep(value) }
    : value instanceof Promise ? { p: keep(value) } : { v: value === undefined ? null : value };
  const speak = (name, message) => window.dispatchEvent(new CustomEvent(name, { detail: JSON.stringify(message) }));
  const answers = new Map(); const waits = new Map();
  const decode = (coded, ask) => "f" in coded ? (...args) => ask(coded.f, args)
    : "p" in coded ? new Promise((resolve, reject) => { waits.set(coded.p, { resolve, reject }); speak(ask.other, { wait: coded.p }); })
    : coded.v;
  const connect = (own, other) => {
    const ask = (f, args) => {
      const id = numbers += 1;
      speak(other, { call: f, id, args: args.map(encode) });
      const answer = answers.get(id); answers.delete(id);
      return answer === undefined ? undefined : decode(answer, ask);
    };
    ask.other = other;
    window.addEventListener(own, ({ detail }) => {
      const message = JSON.parse(detail);
      if ("call" in message) {
        const result = functions.get(message.call)(...message.args.map((arg) => decode(arg, ask)));
        speak(other, { answer: message.id, value: encode(result) });
      } else if ("answer" in message) answers.set(message.answer, message.value);
      else if ("wait" in message) Promise.resolve(functions.get(message.wait)).then(
        (value) => speak(other, { settled: message.wait, value: encode(value) }),
        (error) => speak(other, { settled: message.wait, error: String(error) }));
      else if ("settled" in message) {
        const wait = waits.get(message.settled); waits.delete(message.settled);
        "error" in message ? wait.reject(new Error(message.error)) : wait.resolve(decode(message.value, ask));
      }
    });
    return ask;
  };`;

/** Runs first, in the page's own world. */
export const pageWorldScript = `(() => {${wire}
  const ask = connect("stand-in:page", "stand-in:preload");
  window.addEventListener("stand-in:expose", ({ detail }) => {
    const { key, shape } = JSON.parse(detail);
    const api = Object.fromEntries(Object.entries(shape).map(([name, coded]) => [name, decode(coded, ask)]));
    Object.defineProperty(window, key, { value: Object.freeze(api), enumerable: true });
  });
})();`;

/** The binding by which the isolated world speaks to the main process. */
export const bindingName = "standInSend";

/** Wraps the bundled preload for its isolated world. */
export function preloadWorldScript(preload: string): string {
  return `(() => {${wire}
  const ask = connect("stand-in:preload", "stand-in:page");
  const send = (message) => globalThis.${bindingName}(JSON.stringify(message));
  const invocations = new Map(); const listeners = new Map();
  globalThis.standInReceive = (message) => {
    if (message.kind === "reply") { invocations.get(message.id)?.(message.value); invocations.delete(message.id); }
    else for (const listener of [...(listeners.get(message.channel) ?? [])]) listener({}, ...message.args);
  };
  const electron = {
    contextBridge: { exposeInMainWorld(key, api) {
      const shape = Object.fromEntries(Object.entries(api).map(([name, value]) => [name, encode(value)]));
      window.dispatchEvent(new CustomEvent("stand-in:expose", { detail: JSON.stringify({ key, shape }) }));
    } },
    ipcRenderer: {
      invoke(channel, ...args) { const id = numbers += 1; return new Promise((resolve) => { invocations.set(id, resolve); send({ kind: "invoke", id, channel, args }); }); },
      send(channel, ...args) { send({ kind: "send", channel, args }); },
      on(channel, listener) { listeners.set(channel, [...(listeners.get(channel) ?? []), listener]); },
      removeListener(channel, listener) { listeners.set(channel, (listeners.get(channel) ?? []).filter((known) => known !== listener)); },
    },
  };
  const require = (name) => { if (name === "electron") return electron; throw new Error("a sandboxed preload cannot load " + name); };
  const module = { exports: {} }; const exports = module.exports;
  ${preload}
})();`;
}
