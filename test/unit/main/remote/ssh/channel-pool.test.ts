import { EventEmitter } from "node:events";
import type { Client } from "ssh2";
import { expect, it } from "vitest";
import { unwrap } from "../../../../../common/result.ts";
import { ChannelPool } from "../../../../../main/remote/ssh/channel-pool.ts";

/** Of a server that takes as many channels as a pool opens without being told otherwise. */
const mostChannels = 8;

function poolOf(): { readonly open: (signal?: AbortSignal) => Promise<EventEmitter> } {
  const pool = new ChannelPool(new EventEmitter() as unknown as Client, "root@server:22");
  return {
    open: async (signal) =>
      unwrap(await pool.open<EventEmitter>((done) => done(undefined, new EventEmitter()), signal)),
  };
}

it.each(["before a channel is free", "in the moment in which one is"])(
  "a command that is cancelled while it waits, %s, does not take the turn of the next",
  async (when) => {
    const { open } = poolOf();
    const channels = await Promise.all(Array.from({ length: mostChannels }, () => open()));
    const stop = new AbortController();
    const cancelled = open(stop.signal);
    const next = open();
    if (when === "before a channel is free") stop.abort();
    channels[0]?.emit("close");
    stop.abort();
    await expect(cancelled).rejects.toThrow("cancelled");
    expect(await next).toBeInstanceOf(EventEmitter);
  },
);
