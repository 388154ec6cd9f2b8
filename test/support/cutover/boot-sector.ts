import { closeSync, openSync, truncateSync, writeSync } from "node:fs";

/**
 * A program of a boot sector: sends the text that stands at byte 32 to the first serial port, then rests.
 *   xor ax,ax; mov ds,ax; mov si,0x7c20; next: lodsb; test al,al; jz rest; mov dx,0x3f8; out dx,al; jmp next;
 *   rest: hlt; jmp rest
 */
const program = Buffer.from("31c08ed8be207cac84c07406baf803eeebf5f4ebfd", "hex");

/** Makes a raw disk of 1 MiB that boots and says `name login:`, as a system that is up. */
export function makeBootDisk(path: string, name: string): void {
  const sector = Buffer.alloc(512);
  program.copy(sector, 0);
  sector.write(`\r\n${name} login: \0`, 32, "latin1");
  writeBootSector(path, sector);
}

/** One that says so much and no more: never a prompt. */
export function makeDeadDisk(path: string, says: string): void {
  const sector = Buffer.alloc(512);
  program.copy(sector, 0);
  sector.write(`\r\n${says}\r\n\0`, 32, "latin1");
  writeBootSector(path, sector);
}

function writeBootSector(path: string, sector: Buffer): void {
  sector.writeUInt16LE(0xaa55, 510);
  const file = openSync(path, "w");
  writeSync(file, sector, 0, 512, 0);
  closeSync(file);
  truncateSync(path, 1_048_576);
}
