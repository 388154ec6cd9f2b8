/** Real source servers for demo, tests and bench: built once, cached, booted under QEMU. */
export { layoutNames, isLayoutName, type LayoutName } from "./layouts.ts";
export { prepareLabImage, type LabContext, type LabImage } from "./prepare-image.ts";
export {
  bootLabSource,
  bootCopy,
  bootDisk,
  labPasswords,
  type BootOptions,
  type LabSource,
} from "./boot-source.ts";
export { verifyPayload, type PayloadVerdict } from "./verify-payload.ts";
export { verifyPayloadOffline } from "./verify-offline.ts";
