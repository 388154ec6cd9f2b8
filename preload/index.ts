/** Puts one frozen namespace on the page, `window.sma`. No logic: it passes on, and nothing of Electron gets out. */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from "electron";
import type { PreloadApi } from "../common/api/bridge.ts";
import { channels } from "./channels.ts";

let feeds = 0;

const api: PreloadApi = {
  host: "electron",
  call: (callId, name, input) => ipcRenderer.invoke(channels.call, callId, name, input) as Promise<unknown>,
  cancel: (callId) => ipcRenderer.send(channels.cancel, callId),
  follow(position, listener) {
    const feed = (feeds += 1);
    const onFrame = (_event: IpcRendererEvent, of: unknown, frame: unknown) => {
      if (of === feed) listener(frame);
    };
    ipcRenderer.on(channels.frame, onFrame);
    ipcRenderer.send(channels.follow, feed, position);
    return () => {
      ipcRenderer.removeListener(channels.frame, onFrame);
      ipcRenderer.send(channels.unfollow, feed);
    };
  },
};

contextBridge.exposeInMainWorld("sma", Object.freeze(api));
