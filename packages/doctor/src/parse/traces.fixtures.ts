/** Python's http.client with debuglevel 1: a POST and a GET, as it printed them. */
export const PYTHON_DEBUG = `send: b'POST /trade-api/v2/o?a=b HTTP/1.1\\r\\nHost: 127.0.0.1:18999\\r\\nAccept-Encoding: identity\\r\\nContent-Length: 13\\r\\nKALSHI-ACCESS-KEY: k\\r\\nX: q\\'"\\xe9\\r\\n\\r\\n'
send: b'{"a": "it\\'s"}'
reply: 'HTTP/1.0 401 Unauthorized\\r\\n'
header: Server: BaseHTTP/0.6 Python/3.11.7
header: Date: Sat, 21 Dec 2023 01:50:56 GMT
send: b'GET /x HTTP/1.1\\r\\nHost: 127.0.0.1:18999\\r\\nAccept-Encoding: identity\\r\\nA: b\\r\\n\\r\\n'
reply: 'HTTP/1.0 401 Unauthorized\\r\\n'
header: Server: BaseHTTP/0.6 Python/3.11.7
header: Date: Sat, 21 Dec 2023 01:50:56 GMT
`

/** curl --trace-ascii of a POST. */
export const CURL_TRACE_ASCII = `== Info:   Trying 127.0.0.1:18999...
== Info: Connected to 127.0.0.1 (127.0.0.1) port 18999 (#0)
=> Send header, 543 bytes (0x21f)
0000: POST /trade-api/v2/orders?x=y HTTP/1.1
0028: Host: 127.0.0.1:18999
003f: User-Agent: curl/7.88.1
0058: Accept: */*
0065: KALSHI-ACCESS-SIGNATURE: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
00a5: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
00e5: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
0125: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
0165: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
01a5: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
01d8: Content-Length: 17
01ec: Content-Type: application/x-www-form-urlencoded
021d: 
=> Send data, 17 bytes (0x11)
0000: {"a":1.5,"b":"c"}
== Info: HTTP 1.0, assume close after body
<= Recv header, 27 bytes (0x1b)
0000: HTTP/1.0 401 Unauthorized
<= Recv header, 36 bytes (0x24)
0000: Server: BaseHTTP/0.6 Python/3.11.7
<= Recv header, 37 bytes (0x25)
0000: Date: Sat, 21 Dec 2023 01:50:56 GMT
<= Recv header, 2 bytes (0x2)
0000: 
<= Recv data, 2 bytes (0x2)
0000: {}
{}== Info: Closing connection 0

`

/** curl --trace --trace-time of a POST whose body is not ASCII. */
export const CURL_TRACE = `07:34:42.466332 == Info:   Trying 127.0.0.1:18999...
07:34:42.476416 == Info: Connected to 127.0.0.1 (127.0.0.1) port 18999 (#0)
07:34:42.476530 => Send header, 283 bytes (0x11b)
0000: 50 4f 53 54 20 2f 74 72 61 64 65 2d 61 70 69 2f POST /trade-api/
0010: 76 32 2f 6f 72 64 65 72 73 3f 78 3d 79 20 48 54 v2/orders?x=y HT
0020: 54 50 2f 31 2e 31 0d 0a 48 6f 73 74 3a 20 31 32 TP/1.1..Host: 12
0030: 37 2e 30 2e 30 2e 31 3a 31 38 39 39 39 0d 0a 55 7.0.0.1:18999..U
0040: 73 65 72 2d 41 67 65 6e 74 3a 20 63 75 72 6c 2f ser-Agent: curl/
0050: 37 2e 38 38 2e 31 0d 0a 41 63 63 65 70 74 3a 20 7.88.1..Accept: 
0060: 2a 2f 2a 0d 0a 4b 41 4c 53 48 49 2d 41 43 43 45 */*..KALSHI-ACCE
0070: 53 53 2d 53 49 47 4e 41 54 55 52 45 3a 20 41 41 SS-SIGNATURE: AA
0080: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 AAAAAAAAAAAAAAAA
0090: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 AAAAAAAAAAAAAAAA
00a0: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 AAAAAAAAAAAAAAAA
00b0: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 AAAAAAAAAAAAAAAA
00c0: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 AAAAAAAAAAAAAAAA
00d0: 41 41 0d 0a 43 6f 6e 74 65 6e 74 2d 4c 65 6e 67 AA..Content-Leng
00e0: 74 68 3a 20 31 39 0d 0a 43 6f 6e 74 65 6e 74 2d th: 19..Content-
00f0: 54 79 70 65 3a 20 61 70 70 6c 69 63 61 74 69 6f Type: applicatio
0100: 6e 2f 78 2d 77 77 77 2d 66 6f 72 6d 2d 75 72 6c n/x-www-form-url
0110: 65 6e 63 6f 64 65 64 0d 0a 0d 0a                encoded....
07:34:42.476671 => Send data, 19 bytes (0x13)
0000: 7b 22 61 22 3a 31 2e 35 2c 22 62 22 3a 22 c3 a9 {"a":1.5,"b":"..
0010: 0a 22 7d                                        ."}
07:34:42.477219 == Info: HTTP 1.0, assume close after body
07:34:42.477231 <= Recv header, 27 bytes (0x1b)
0000: 48 54 54 50 2f 31 2e 30 20 34 30 31 20 55 6e 61 HTTP/1.0 401 Una
0010: 75 74 68 6f 72 69 7a 65 64 0d 0a                uthorized..
07:34:42.477512 <= Recv header, 36 bytes (0x24)
0000: 53 65 72 76 65 72 3a 20 42 61 73 65 48 54 54 50 Server: BaseHTTP
0010: 2f 30 2e 36 20 50 79 74 68 6f 6e 2f 33 2e 31 31 /0.6 Python/3.11
0020: 2e 37 0d 0a                                     .7..
07:34:42.477538 <= Recv header, 37 bytes (0x25)
0000: 44 61 74 65 3a 20 53 61 74 2c 20 32 38 20 4e 6f Date: Sat, 28 No
0010: 76 20 32 30 32 36 20 30 37 3a 33 34 3a 34 32 20 v 2026 07:34:42 
0020: 47 4d 54 0d 0a                                  GMT..
07:34:42.477553 <= Recv header, 2 bytes (0x2)
0000: 0d 0a                                           ..
07:34:42.477565 <= Recv data, 2 bytes (0x2)
0000: 7b 7d                                           {}
{}07:34:42.477584 == Info: Closing connection 0

`
