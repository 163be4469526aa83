import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { headerOf, type RefusedRequest } from '../refused-request.ts'
import { parseInput } from './parse-input.ts'
import { CURL_TRACE, CURL_TRACE_ASCII, PYTHON_DEBUG } from './traces.fixtures.ts'

function read(text: string): RefusedRequest {
  const parsed = parseInput(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.request
}

function problemIn(text: string): unknown {
  const parsed = parseInput(text)
  return 'problem' in parsed ? parsed : undefined
}

const bodyOf = ({ body }: RefusedRequest) => body && new TextDecoder().decode(body)

describe('a curl command', () => {
  test('as people write it', () => {
    const request = read(`curl -sS -XPOST https://api.example.com/trade-api/v2/orders?dry=1 \\
      -H 'KALSHI-ACCESS-KEY: k' -H "Content-Type: application/json" \\
      --header KALSHI-ACCESS-SIGNATURE:\\ c2ln -d '{"a": 1}'`)
    expect(request).toMatchObject({
      method: 'POST',
      target: '/trade-api/v2/orders?dry=1',
      authority: 'api.example.com',
      scheme: 'https',
      headers: [
        ['KALSHI-ACCESS-KEY', 'k'],
        ['Content-Type', 'application/json'],
        ['KALSHI-ACCESS-SIGNATURE', 'c2ln'],
      ],
    })
    expect(bodyOf(request)).toBe('{"a": 1}')
  })

  test('as browsers copy it', () => {
    const bash = read(`curl 'https://api.example.com/a?b=c' \\
  -H $'x: it\\'s\\u0021' \\
  --data-raw $'{"text":"\\u00e9\\n"}' \\
  --compressed`)
    expect(headerOf(bash, 'x')).toBe("it's!")
    expect(bodyOf(bash)).toBe('{"text":"é\n"}')
    const windows = read('curl ^"https://api.example.com/a?b=c^&d=e^" ^\r\n  -H ^"x: y^" ^\r\n  --data-raw ^"^{^}^"')
    expect(windows).toMatchObject({ method: 'POST', target: '/a?b=c&d=e', headers: [['x', 'y']] })
    expect(bodyOf(windows)).toBe('{}')
  })

  test.each([
    ['curl http://a', { method: 'GET', target: '/', authority: 'a', scheme: 'http' }],
    ['$ curl a.example:8080/b', { target: '/b', authority: 'a.example:8080', scheme: 'http' }],
    ['curl --request DELETE --url https://a/b#c', { method: 'DELETE', target: '/b' }],
    ['curl -I https://a/b', { method: 'HEAD' }],
    ['curl -G https://a/b -d c=d --data-urlencode "e=f g"', { method: 'GET', target: '/b?c=d&e=f%20g' }],
    ['curl https://a/b -H "X;" -H "Y:"', { headers: [['X', '']] }],
    ['curl https://a/b -u user:secret', { headers: [['Authorization', 'Basic user']] }],
    ['curl https://user@a/%62/../c | jq .', { target: '/c', authority: 'a' }],
    ['curl --path-as-is https://a/%62/../c', { target: '/%62/../c' }],
    ['curl https://a/./b/..?c=/../d', { target: '/?c=/../d' }],
    ['curl -o out.json -w "%{http_code}" https://a/b 2>/dev/null', { target: '/b' }],
  ])('%s', (text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })

  test('whose body is in a file has one that is not known', () => {
    expect(read('curl https://a/b -d @order.json')).toMatchObject({ method: 'POST' })
    expect(read('curl https://a/b -d @order.json').body).toBeUndefined()
    expect(read('curl https://a/b').body).toEqual(new Uint8Array(0))
  })

  test.each([
    ['curl https://a/b \\\n  -H "K: v" \\\n  stray', 'Line 3 is not part of a curl command.', 3],
    ['curl', 'There is no request line.', undefined],
    ['curl -H "a: b"', 'The curl command has no URL.', undefined],
    ["curl 'https://a\n", 'The quote that begins in line 1 does not end.', 1],
    ['curl https://a -H', 'The option --header lacks its value.', 1],
    [
      'curl https://a \\\n -H "K: $KEY"',
      'Line 2 holds a variable of the shell. Paste what was sent, as curl -v prints it.',
      2,
    ],
  ])('%j is none', (text, problem, line) => {
    if (text === 'curl') expect(problemIn(text)).toBeDefined()
    else expect(problemIn(text)).toEqual({ problem, ...(line !== undefined && { line }) })
  })
})

describe('a trace', () => {
  const AT = Date.UTC(2023, 11, 21, 1, 50, 56)

  test("of Python's http.client: the signed request, its body and the time of the answer", () => {
    const parsed = parseInput(PYTHON_DEBUG)
    expect(parsed).toMatchObject({ kind: 'http', serverTimeMs: AT })
    const request = read(PYTHON_DEBUG)
    expect(request).toMatchObject({ method: 'POST', target: '/trade-api/v2/o?a=b' })
    expect(headerOf(request, 'kalshi-access-key')).toBe('k')
    expect(headerOf(request, 'x')).toBe('q\'"\u00e9')
    expect(bodyOf(request)).toBe('{"a": "it\'s"}')
  })

  test('of curl --trace-ascii, whose long lines are broken', () => {
    expect(parseInput(CURL_TRACE_ASCII)).toMatchObject({ serverTimeMs: AT })
    const request = read(CURL_TRACE_ASCII)
    expect(request).toMatchObject({ method: 'POST', target: '/trade-api/v2/orders?x=y' })
    expect(headerOf(request, 'host')).toBe('127.0.0.1:18999')
    expect(headerOf(request, 'kalshi-access-signature')).toBe('A'.repeat(344))
    expect(headerOf(request, 'content-length')).toBe('17')
    // A full stop stands for whatever is not printable.
    expect(request.body).toBeUndefined()
    expect(bodyOf(read(CURL_TRACE_ASCII.replace('1.5', '105')))).toBe('{"a":105,"b":"c"}')
  })

  test('of curl --trace, byte for byte', () => {
    expect(parseInput(CURL_TRACE)).toMatchObject({ serverTimeMs: Date.UTC(2026, 10, 28, 7, 34, 42) })
    const request = read(CURL_TRACE)
    expect(headerOf(request, 'kalshi-access-signature')).toBe('A'.repeat(84))
    expect(bodyOf(request)).toBe('{"a":1.5,"b":"\u00e9\n"}')
  })

  test('without the body where it went in chunks: their sizes are no part of it', () => {
    const sent = (more: string) =>
      `send: b'POST /a HTTP/1.1\\r\\nHost: a\\r\\n${more}\\r\\n'\nsend: b'2\\r\\n{}\\r\\n0\\r\\n\\r\\n'\n`
    expect(parseInput(sent(''))).toHaveProperty('request.body')
    expect(parseInput(sent('Transfer-Encoding: chunked\\r\\n'))).toHaveProperty('request.body', undefined)
  })

  test('that is cut off anywhere is read or refused, and never throws', () => {
    for (const trace of [PYTHON_DEBUG, CURL_TRACE, CURL_TRACE_ASCII]) {
      for (let end = 0; end < trace.length; end += 7) parseInput(trace.slice(0, end))
    }
  })
})

describe('the refusal that came back', () => {
  const body = '{"error":{"code":"authentication_error","message":"m","details":"SIGNATURE_ALREADY_USED"}}'
  const answer = { code: 'authentication_error', details: 'SIGNATURE_ALREADY_USED' }

  test('as curl -v prints it', () => {
    const text = `> GET /a HTTP/1.1\n> Host: a\n>\n< HTTP/1.1 401 Unauthorized\n<\n${body}\n`
    expect(parseInput(text)).toMatchObject({ answer })
    expect(parseInput(text.replace(body, 'not found'))).toMatchObject({ answer: undefined })
  })

  test.each([
    ['{"error":"too many requests"}* Connection #0 to host a left intact', { code: 'too_many_requests' }],
    [
      '* upload done\n{"code":"missing_parameters","message":"m {x}","details":"name"}',
      {
        ...{ code: 'missing_parameters', details: 'name' },
      },
    ],
  ])('as curl -v prints it, flat: %s', (flat, expected) => {
    const head = '> GET /a HTTP/1.1\n> Host: a\n>\n< HTTP/1.1 100 Continue\n<\n< HTTP/2 429\n<\n'
    expect(parseInput(`${head}${flat}\n`)).toMatchObject({ answer: expected })
  })

  test('is none where the request was let through', () => {
    const text = `> GET /a HTTP/1.1\n> Host: a\n>\n< HTTP/1.1 200 OK\n<\n${body}\n`
    expect(parseInput(text)).toMatchObject({ answer: undefined })
    const request = { method: 'GET', url: 'https://a/b', headers: [] }
    const har = { request, response: { status: 200, headers: [], content: { text: body } } }
    expect(parseInput(JSON.stringify(har))).toMatchObject({ answer: undefined })
  })

  test('in a HAR entry, flat and with nothing but its code', () => {
    const request = { method: 'GET', url: 'https://a/b', headers: [] }
    const har = (text: string) => JSON.stringify({ request, response: { status: 401, headers: [], content: { text } } })
    expect(parseInput(har(body))).toMatchObject({ answer })
    expect(parseInput(har('{"code":"invalid_content_type"}'))).toMatchObject({
      answer: { code: 'invalid_content_type' },
    })
  })

  test('in a trace of curl, and not in what was sent', () => {
    const size = body.length
    const trace = CURL_TRACE_ASCII.replace(/<= Recv data[\s\S]*/, `<= Recv data, ${size} bytes (0x5)\n0000: ${body}\n`)
    expect(parseInput(trace)).toMatchObject({ answer })
    expect(parseInput(`POST /a HTTP/1.1\nHost: a\n\n${body}`)).toMatchObject({ answer: undefined })
  })
})

describe('words are no request', () => {
  test.each(['hello world', 'hello world\n', 'GET ready', 'GET /a', 'dear sir\nFrom: me', 'Error 401'])(
    '%j',
    (text) => {
      expect(problemIn(text)).toHaveProperty('problem')
    },
  )
})

describe('a raw HTTP request', () => {
  test('with headers and a body', () => {
    const request = read('POST /a?b HTTP/1.1\r\nHost: x.example\r\nKALSHI-ACCESS-KEY:  k \r\n\r\n{"a":1}\r\n')
    expect(request).toMatchObject({
      method: 'POST',
      target: '/a?b',
      headers: [
        ['Host', 'x.example'],
        ['KALSHI-ACCESS-KEY', ' k'],
      ],
    })
    expect(bodyOf(request)).toBe('{"a":1}')
  })

  test('as curl -v prints it', () => {
    const request = read(
      '* Connected to a\n> GET /b HTTP/1.1\n> Host: a\n> K: v\n>\n< HTTP/1.1 401 Unauthorized\n< Date: x\n',
    )
    expect(request).toMatchObject({
      method: 'GET',
      target: '/b',
      headers: [
        ['Host', 'a'],
        ['K', 'v'],
      ],
    })
  })

  test('as curl -v prints it, with the time of the answer', () => {
    const date = 'Thu, 21 Dec 2023 01:50:56 GMT'
    expect(
      parseInput(`> GET /b HTTP/1.1\r\n>\r\n< HTTP/1.1 401 Unauthorized\r\n< Date: ${date}\r\n<\r\n{}`),
    ).toMatchObject({
      kind: 'http',
      serverTimeMs: Date.UTC(2023, 11, 21, 1, 50, 56),
    })
  })

  test('of HTTP/2, and to a whole URL', () => {
    expect(read(':method: GET\n:path: /b?c\n:scheme: https\n:authority: a.example\nk: v')).toEqual({
      method: 'GET',
      target: '/b?c',
      scheme: 'https',
      authority: 'a.example',
      headers: [['k', 'v']],
    })
    expect(read('GET https://a.example/b HTTP/1.1')).toMatchObject({ target: '/b', authority: 'a.example' })
  })

  test.each([
    ['GET /a HTTP/1.1\nHost: a\nnot a header', 'Line 3 is not part of an HTTP request.', 3],
    ['\n\nhello world, this is it', 'Line 3 is not part of an HTTP request.', 3],
    ['hello: world', 'Line 1 is not the beginning of a curl command, an HTTP request or a HAR entry.', 1],
  ])('%j is none', (text, problem, line) => {
    expect(problemIn(text)).toEqual({ problem, line })
  })
})

describe('a HAR entry', () => {
  const request = (url: string, name: string) => ({
    request: { method: 'GET', url, headers: [{ name, value: 'v' }], bodySize: 0 },
  })

  test('with the time of its answer', () => {
    const entry = {
      request: {
        method: 'POST',
        url: 'https://a.example/b?c',
        headers: [
          { name: ':authority', value: 'a.example' },
          { name: 'KALSHI-ACCESS-KEY', value: 'k' },
        ],
        postData: { text: '{}' },
      },
      response: { status: 401, headers: [{ name: 'Date', value: 'Thu, 21 Dec 2023 01:50:56 GMT' }] },
    }
    expect(parseInput(JSON.stringify(entry))).toEqual({
      kind: 'har',
      request: {
        method: 'POST',
        target: '/b?c',
        authority: 'a.example',
        scheme: 'https',
        headers: [['KALSHI-ACCESS-KEY', 'k']],
        body: new TextEncoder().encode('{}'),
      },
      serverTimeMs: Date.UTC(2023, 11, 21, 1, 50, 56),
    })
  })

  test('of a whole file: the signed one that was refused', () => {
    const entries = [
      request('https://a/1', 'accept'),
      request('https://a/2', 'KALSHI-ACCESS-KEY'),
      { ...request('https://a/3', 'Signature-Input'), response: { status: 401 } },
    ]
    expect(read(JSON.stringify({ log: { entries } })).target).toBe('/3')
    expect(read(JSON.stringify({ log: { entries: entries.slice(0, 2) } })).target).toBe('/2')
    expect(read(JSON.stringify(entries[0]?.request)).target).toBe('/1')
  })

  test.each(['{', '{}', '[]', '{"log": {"entries": [null, 1, {}]}}', '{"method":"GET","url":"","headers":[]}'])(
    '%s is none',
    (text) => {
      expect(problemIn(text)).toBeDefined()
    },
  )
})

test('whatever is pasted is read or refused', () => {
  const pieces = fc.constantFrom(
    'curl ',
    "'",
    '"',
    '\\',
    '\n',
    '-H ',
    'https://a/b',
    '{',
    '}',
    'GET /',
    ': ',
    '$',
    '^',
    '> ',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (words) => void parseInput(words.join(''))),
    { numRuns: 500 },
  )
  fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => void parseInput(text)))
})

test('a header of blanks takes no longer than another: its time would grow with their square', () => {
  const text = `GET / HTTP/1.1\na: ${' '.repeat(400_000)}b \t\n`
  expect(parseInput(text)).toMatchObject({ request: { headers: [['a', `${' '.repeat(400_000)}b`]] } })
})
