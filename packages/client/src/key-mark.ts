/** The picture of a public key. People recognise their key by it. It helps memory and proves nothing. */
export interface KeyMark {
  /** In words, for people who cannot see it: "hexagon rose, 9 petals leaning left, inner 7 leaning right, square". */
  readonly name: string
  /** Drawn in a view box of `0 0 64 64`, in this order. */
  readonly paths: {
    /** For 32 pixels and more: two rings of strands around a centre. */
    readonly full: readonly MarkPath[]
    /** For less: the outline and the centre. */
    readonly small: readonly MarkPath[]
  }
}

/** One path of a mark, stroked or filled in one colour: `oklch(L chroma hue)`, L .53 on light and .76 on dark. */
export interface MarkPath {
  readonly part: 'outer' | 'inner' | 'centre' | 'outline'
  readonly d: string
  readonly hue: number
  readonly chroma: number
  /** In units of the view box; `line` is .9 from 64 pixels on, 1.5 below; `undefined` is a filled shape. */
  readonly strokeWidth: number | 'line' | undefined
}

const OUTLINES = [
  { name: 'circle', corners: 0, depth: 0 },
  { name: 'oval', corners: 2, depth: 0.16 },
  { name: 'triangle', corners: 3, depth: 0.14 },
  { name: 'square', corners: 4, depth: 0.1 },
  { name: 'pentagon', corners: 5, depth: 0.085 },
  { name: 'hexagon', corners: 6, depth: 0.07 },
] as const

const CENTRES = ['nothing', 'dot', 'ring', 'triangle', 'square', 'diamond', 'cross', 'hexagon'] as const
const OUTER_SWINGS = [2.5, 4, 5.5, 7]
const INNER_SWINGS = [2, 3.5, 5]

const COLOURS = [
  { hue: 25, chroma: 0.115 },
  { hue: 60, chroma: 0.115 },
  { hue: 105, chroma: 0.105 },
  { hue: 150, chroma: 0.115 },
  { hue: 195, chroma: 0.09 },
  { hue: 245, chroma: 0.115 },
  { hue: 290, chroma: 0.115 },
  { hue: 340, chroma: 0.115 },
] as const

const POINTS = 360
const MIDDLE = 32
const SMALL_CENTRE_SCALE = 2.2

/**
 * The mark of a public key.
 *
 * @param digest the 32 bytes of SHA-256 over the key's SubjectPublicKeyInfo (DER); its fingerprint is their text
 * @throws RangeError if there are not 32 bytes
 */
export function keyMark(digest: Uint8Array): KeyMark {
  if (digest.length !== 32) throw new RangeError('a key mark is drawn from the 32 bytes of a SHA-256')
  const byte = (i: number) => digest[i] ?? 0
  const outline: Outline = { ...pick(OUTLINES, byte(0)), turn: byte(1) % 4 }
  const outer: Ring = {
    radius: 20,
    petals: 5 + (byte(2) % 8),
    swing: pick(OUTER_SWINGS, byte(3)),
    strands: 3 + (byte(4) % 3),
    lean: (byte(5) % 3) - 1,
  }
  const inner: Ring = {
    radius: 8.5,
    petals: 3 + (byte(6) % 6),
    swing: pick(INNER_SWINGS, byte(7)),
    strands: 2 + (byte(8) % 3),
    lean: (byte(9) % 3) - 1,
  }
  const centre = pick(CENTRES, byte(10))
  const outerColour = pick(COLOURS, byte(11))
  const innerColour = pick(COLOURS, (byte(11) % COLOURS.length) + 1 + (byte(12) % 7))

  return {
    name: `${outline.name} rose, ${outer.petals} petals ${leaning(outer)}, inner ${inner.petals} ${leaning(inner)}, ${centre}`,
    paths: {
      full: [
        ...strandsOf(outer, outline).map((d) => ({ part: 'outer', d, ...outerColour, strokeWidth: 'line' }) as const),
        ...strandsOf(inner, outline).map((d) => ({ part: 'inner', d, ...innerColour, strokeWidth: 'line' }) as const),
        ...centreOf(centre, 1).map((shape) => ({ part: 'centre', ...innerColour, ...shape }) as const),
      ],
      small: [
        { part: 'outline', d: outlineOf(outline), ...outerColour, strokeWidth: 2 * outer.swing },
        ...centreOf(centre, SMALL_CENTRE_SCALE).map((shape) => ({ part: 'centre', ...innerColour, ...shape }) as const),
      ],
    },
  }
}

interface Outline {
  readonly name: string
  readonly corners: number
  /** How far the corners stand out, as a fraction of the radius. */
  readonly depth: number
  /** How far towards the next corner, in quarters. */
  readonly turn: number
}

interface Ring {
  readonly radius: number
  readonly petals: number
  readonly swing: number
  readonly strands: number
  readonly lean: number
}

function strandsOf(ring: Ring, outline: Outline): string[] {
  const { radius, petals, swing, strands, lean } = ring
  return Array.from({ length: strands }, (_, strand) =>
    closedPath((angle) => {
      const wave = Math.cos(petals * angle + (2 * Math.PI * strand) / strands)
      return { turned: angle + ((lean * 1.76) / Math.max(5, petals)) * wave, distance: radius + swing * wave }
    }, outline),
  )
}

function outlineOf(outline: Outline): string {
  return closedPath((angle) => ({ turned: angle, distance: 20 }), outline)
}

/** A line once around the middle, bent by the outline's corners. */
function closedPath(at: (angle: number) => { turned: number; distance: number }, outline: Outline): string {
  const { corners, depth, turn } = outline
  const psi = corners === 0 ? 0 : (turn * ((2 * Math.PI) / corners)) / 4
  const points = Array.from({ length: POINTS }, (_, i) => {
    const { turned, distance } = at((i * Math.PI) / 180)
    const theta = turned - Math.PI / 2
    const r = distance * (corners === 0 ? 1 : 1 + depth * Math.cos(corners * (theta - psi)))
    return `${(MIDDLE + r * Math.cos(theta)).toFixed(2)} ${(MIDDLE + r * Math.sin(theta)).toFixed(2)}`
  })
  return `M${points.join('L')}Z`
}

/** The shape in the middle; none for `nothing`. */
function centreOf(
  centre: (typeof CENTRES)[number],
  scale: number,
): { readonly d: string; readonly strokeWidth: number | undefined }[] {
  const radius = 4 * scale
  switch (centre) {
    case 'nothing':
      return []
    case 'dot':
      return [{ d: circle(3 * scale), strokeWidth: undefined }]
    case 'ring':
      return [{ d: circle(3 * scale), strokeWidth: 1.6 * scale }]
    case 'cross':
      return [
        {
          d: `M${MIDDLE - radius} ${MIDDLE}H${MIDDLE + radius}M${MIDDLE} ${MIDDLE - radius}V${MIDDLE + radius}`,
          strokeWidth: 2 * scale,
        },
      ]
    case 'triangle':
      return [{ d: polygon(3, radius), strokeWidth: undefined }]
    case 'square':
      return [{ d: polygon(4, radius, Math.PI / 4), strokeWidth: undefined }]
    case 'diamond':
      return [{ d: polygon(4, radius), strokeWidth: undefined }]
    case 'hexagon':
      return [{ d: polygon(6, radius), strokeWidth: undefined }]
  }
}

function circle(radius: number): string {
  const arc = `a${radius} ${radius} 0 1 0`
  return `M${(MIDDLE - radius).toFixed(2)} ${MIDDLE}${arc} ${2 * radius} 0${arc} ${-2 * radius} 0Z`
}

/** First corner up, or turned by so many radians. */
function polygon(corners: number, radius: number, turn = 0): string {
  const points = Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners - Math.PI / 2 + turn
    return `${(MIDDLE + radius * Math.cos(angle)).toFixed(2)} ${(MIDDLE + radius * Math.sin(angle)).toFixed(2)}`
  })
  return `M${points.join('L')}Z`
}

function leaning({ lean }: Ring): string {
  return lean === 0 ? 'straight' : lean < 0 ? 'leaning left' : 'leaning right'
}

function pick<Row>(table: readonly [Row, ...Row[]] | readonly Row[], byte: number): Row {
  return table[byte % table.length] as Row
}
