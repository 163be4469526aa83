const P = 2n ** 255n - 19n
const D = mod(-121665n * power(121666n, P - 2n))

/**
 * What is wrong with 32 bytes as an Ed25519 public key (RFC 8032 section 5.1.3), or `undefined`: the y coordinate is not
 * reduced, no point has it, or the point's order divides 8 (anyone can sign for such a key).
 */
export function ed25519PointProblem(bytes: Uint8Array): 'non_canonical' | 'not_on_curve' | 'low_order' | undefined {
  const sign = (bytes[31] ?? 0) >> 7
  const y = readLittleEndian(bytes) & (2n ** 255n - 1n)
  if (y >= P) return 'non_canonical'
  const x = recoverX(y)
  if (x === undefined) return 'not_on_curve'
  if (x === 0n && sign === 1) return 'non_canonical'
  return hasLowOrder(x, y) ? 'low_order' : undefined
}

/** A square root of (y^2 - 1) / (d y^2 + 1), or `undefined`. Its sign does not matter here. */
function recoverX(y: bigint): bigint | undefined {
  const u = mod(y * y - 1n)
  const v = mod(D * y * y + 1n)
  const square = mod(u * power(v, P - 2n))
  const candidate = power(square, (P + 3n) / 8n)
  if (mod(candidate * candidate) === square) return candidate
  const other = mod(candidate * power(2n, (P - 1n) / 4n))
  return mod(other * other) === square ? other : undefined
}

/** Whether 8 times the point is the neutral element (0, 1). */
function hasLowOrder(x: bigint, y: bigint): boolean {
  let point = { x, y }
  for (let doubling = 0; doubling < 3; doubling++) point = double(point)
  return point.x === 0n && point.y === 1n
}

function double({ x, y }: { x: bigint; y: bigint }): { x: bigint; y: bigint } {
  const product = mod(D * x * x * y * y)
  return {
    x: mod(2n * x * y * power(mod(1n + product), P - 2n)),
    y: mod((y * y + x * x) * power(mod(1n - product), P - 2n)),
  }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = mod(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}

function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}

function readLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return value
}
