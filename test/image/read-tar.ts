/** A tar reader of the tests' own, so that the writer is not checked with itself. */
import { gunzipSync } from 'node:zlib';

export interface TarMember {
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly linkTarget: string;
  readonly content: Buffer;
}

export function readTar(tar: Buffer): TarMember[] {
  const members: TarMember[] = [];
  let pax: Record<string, string> = {};
  let at = 0;
  for (; at < tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + 512);
    requireChecksum(header);
    const bytes = Number(pax['size'] ?? octal(header, 124, 12));
    const content = tar.subarray(at + 512, at + 512 + bytes);
    at += 512 + Math.ceil(bytes / 512) * 512;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'x') {
      pax = readPax(content);
      continue;
    }
    members.push({
      path: pax['path'] ?? text(header, 0, 100),
      type,
      mode: octal(header, 100, 8),
      uid: octal(header, 108, 8),
      gid: octal(header, 116, 8),
      mtime: octal(header, 136, 12),
      linkTarget: pax['linkpath'] ?? text(header, 157, 100),
      content,
    });
    pax = {};
  }
  const end = tar.subarray(at);
  if (end.length !== 1024 || end.some(byte => byte !== 0))
    throw new Error('the archive does not end with two empty blocks');
  return members;
}

export const readTarGz = (bytes: Uint8Array): TarMember[] => readTar(gunzipSync(bytes));

function requireChecksum(header: Buffer): void {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== octal(header, 148, 8)) throw new Error('wrong checksum');
  if (header.toString('latin1', 257, 265) !== 'ustar\x0000') throw new Error('not ustar');
}

function readPax(content: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString('utf8', at, space));
    const record = content.toString('utf8', space + 1, at + length - 1);
    if (content[at + length - 1] !== 0x0a) throw new Error('a pax record does not end with its line');
    records[record.slice(0, record.indexOf('='))] = record.slice(record.indexOf('=') + 1);
    at += length;
  }
  return records;
}

function text(header: Buffer, from: number, length: number): string {
  return header.toString('latin1', from, from + length).replace(/\0.*$/s, '');
}

function octal(header: Buffer, from: number, length: number): number {
  return Number.parseInt(text(header, from, length).trim() || '0', 8);
}
