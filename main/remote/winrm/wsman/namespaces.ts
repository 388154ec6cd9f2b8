/** XML namespaces and URIs of WS-Management as Windows speaks it (MS-WSMV 2.2.1, 2.2.5.6, 3.1.4). */
export const namespaces = {
  soap: "http://www.w3.org/2003/05/soap-envelope",
  addressing: "http://schemas.xmlsoap.org/ws/2004/08/addressing",
  transfer: "http://schemas.xmlsoap.org/ws/2004/09/transfer",
  management: "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
  microsoft: "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
  shell: "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
  fault: "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
  config: "http://schemas.microsoft.com/wbem/wsman/1/config",
} as const;

export const actions = {
  get: `${namespaces.transfer}/Get`,
  create: `${namespaces.transfer}/Create`,
  delete: `${namespaces.transfer}/Delete`,
  command: `${namespaces.shell}/Command`,
  send: `${namespaces.shell}/Send`,
  receive: `${namespaces.shell}/Receive`,
  signal: `${namespaces.shell}/Signal`,
} as const;
export type Action = keyof typeof actions;

export const resources = {
  commandShell: `${namespaces.shell}/cmd`,
  config: namespaces.config,
} as const;
export type Resource = keyof typeof resources;

/** `terminate` ends the command and releases it, `interrupt` is what Ctrl-C does. */
export const signals = {
  terminate: `${namespaces.shell}/signal/terminate`,
  interrupt: `${namespaces.shell}/signal/ctrl_c`,
} as const;
export type Signal = keyof typeof signals;

export const anonymousAddress = `${namespaces.addressing}/role/anonymous`;
export const commandDone = `${namespaces.shell}/CommandState/Done`;
