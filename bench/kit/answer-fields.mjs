/** The field lines of an ordinary answer, less its length. */
export const ANSWER_FIELDS = [
  'Date: Tue, 04 Aug 2026 10:00:00 GMT',
  'Server: nginx/1.22.1',
  'Content-Type: application/json; charset=utf-8',
  'Connection: keep-alive',
  'Vary: Accept-Encoding',
  'Cache-Control: private, max-age=0, must-revalidate',
  'ETag: W/"5f3c-18d2a7b1c40"',
  'Last-Modified: Mon, 03 Aug 2026 09:00:00 GMT',
  'Set-Cookie: session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; SameSite=Lax',
  'X-Content-Type-Options: nosniff',
  'Strict-Transport-Security: max-age=31536000; includeSubDomains',
];
