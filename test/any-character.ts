import fc from 'fast-check';

/**
 * Any character of Unicode, control characters among them, the first 256 more often: `fc.string({ unit: anyCharacter })`. fast-check's
 * own unit `binary` computes for a second before its first string.
 */
export const anyCharacter = fc.oneof(
  fc.integer({ min: 0, max: 0xff }).map(code => String.fromCodePoint(code)),
  fc.integer({ min: 0, max: 0x10ffff - 0x800 }).map(code => String.fromCodePoint(code < 0xd800 ? code : code + 0x800)),
);
