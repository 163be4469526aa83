const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

/** The slot of a Redis cluster for a hash tag of ASCII letters (CRC-16/XMODEM, modulo 16384; Redis cluster specification). */
export function slotOf(tag: string): number {
  let crc = 0
  for (let i = 0; i < tag.length; i++) {
    crc = ((crc << 8) ^ (TABLE[((crc >> 8) ^ tag.charCodeAt(i)) & 0xff] ?? 0)) & 0xffff
  }
  return crc % 16_384
}
