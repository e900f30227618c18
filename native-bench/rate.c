/*
 * A load generator that is true about latency: requests are due at a constant rate, whatever the answers do, and a request's time runs from
 * when it was due, not from when it could be sent. So a server that stalls for a second is charged for every request of that second, which a
 * client that waits for each answer leaves out ("coordinated omission", Gil Tene). One thread, plain HTTP/1.1, keep-alive.
 *
 *   rate PORT RATE SECONDS [--connections 64] [--warm-up 1] [--target /] [--host localhost] [--header 'Name: value']…
 *
 * Prints one line of JSON: requests, errors, late (sent more than a millisecond after they were due, for want of a free connection or of
 * CPU for this program), achieved rate, and the percentiles in microseconds, exact. Ends with 1 where nothing was answered.
 */

#define _GNU_SOURCE
#include "common.h"
#include <strings.h>

#define MAX_CONNECTIONS 10000
#define MAX_HEADERS_BYTES 16384
#define IN_BYTES 65536
#define LATE_NS 1000000u
/* After the last request was due. */
#define PATIENCE_NS 5000000000u

struct connection {
  int fd;
  bool busy;
  uint64_t due_ns;
  /* Of the answer: what was read of the head, or, once that is whole, how much of the body is to come. */
  bool in_body;
  size_t filled, body_left;
  struct connection *next_idle;
  char in[IN_BYTES];
};

static int epoll;
static long port;
static char request[MAX_HEADERS_BYTES + 1024];
static size_t request_length;
static struct connection *idle;
static size_t under_way;
static uint64_t counted_from_ns;
static uint32_t *times_us;
static size_t time_count, time_room;
static size_t errors, late;

static void open_connection(struct connection *connection) {
  connection->fd = connect_to(port);
  if (connection->fd < 0) fail("cannot connect to 127.0.0.1:%ld: %s", port, strerror(errno));
  connection->in_body = false;
  connection->filled = 0;
  watch(epoll, EPOLL_CTL_ADD, connection->fd, EPOLLIN, connection);
}

static void finish(struct connection *connection, bool is_good) {
  if (connection->busy) {
    under_way--;
    if (connection->due_ns >= counted_from_ns) {
      if (!is_good) errors++;
      else if (time_count < time_room) times_us[time_count++] = (uint32_t)((now_ns() - connection->due_ns) / 1000);
    }
  }
  connection->busy = false;
  connection->in_body = false;
  connection->filled = 0;
  connection->next_idle = idle;
  idle = connection;
}

/* What was asked is lost; another connection takes its place. */
static void replace(struct connection *connection) {
  close(connection->fd);
  bool was_idle = !connection->busy;
  open_connection(connection);
  if (!was_idle) finish(connection, false);
}

static void send_request(uint64_t due_ns) {
  struct connection *connection = idle;
  idle = connection->next_idle;
  connection->busy = true;
  connection->due_ns = due_ns;
  under_way++;
  if (due_ns >= counted_from_ns && now_ns() - due_ns > LATE_NS) late++;
  /* It fits into an empty socket buffer, so that it goes whole or not at all. */
  if (write(connection->fd, request, request_length) != (ssize_t)request_length) replace(connection);
}

/* -1: not whole yet. */
static long body_length(struct connection *connection, size_t *head_length, bool *is_good) {
  char *end = memmem(connection->in, connection->filled, "\r\n\r\n", 4);
  if (end == NULL) return -1;
  *head_length = (size_t)(end - connection->in) + 4;
  *is_good = memcmp(connection->in, "HTTP/1.1 200", 12) == 0;
  for (char *at = connection->in; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;) {
    at++;
    if (strncasecmp(at, "content-length:", 15) == 0) return strtol(at + 15, NULL, 10);
  }
  *is_good = false;
  return 0;
}

static void receive(struct connection *connection) {
  ssize_t got = read(connection->fd, connection->in + connection->filled, IN_BYTES - connection->filled);
  if (got < 0 && must_wait()) return;
  if (got <= 0 || !connection->busy) {
    replace(connection);
    return;
  }
  size_t fresh = (size_t)got;
  if (!connection->in_body) {
    connection->filled += fresh;
    size_t head_length = 0;
    bool is_good = false;
    long length = body_length(connection, &head_length, &is_good);
    if (length < 0 && connection->filled < IN_BYTES) return;
    if (length < 0 || !is_good) {
      replace(connection);
      return;
    }
    connection->in_body = true;
    connection->body_left = (size_t)length;
    fresh = connection->filled - head_length;
    connection->filled = 0;
  }
  if (fresh > connection->body_left) {
    replace(connection);
    return;
  }
  connection->body_left -= fresh;
  if (connection->body_left == 0) finish(connection, true);
}

static int by_size(const void *a, const void *b) {
  uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
  return one < other ? -1 : one > other;
}

static uint32_t percentile(double share) {
  if (time_count == 0) return 0;
  size_t at = (size_t)(share * (double)time_count);
  return times_us[at >= time_count ? time_count - 1 : at];
}

int main(int count, char **arguments) {
  if (count < 4) fail("usage: rate PORT RATE SECONDS [--connections N] [--warm-up S] [--target T] [--host H] [--header 'N: v']");
  port = number("PORT", arguments[1], 1, 65535);
  long rate = number("RATE", arguments[2], 1, 1000000);
  long seconds = number("SECONDS", arguments[3], 1, 600);
  long connections = 64, warm_up = 1;
  const char *target = "/", *host = "localhost";
  static char headers[MAX_HEADERS_BYTES];
  size_t headers_length = 0;
  for (int i = 4; i < count; i += 2) {
    const char *name = arguments[i];
    if (i + 1 == count) fail("%s wants a value", name);
    const char *value = arguments[i + 1];
    if (strcmp(name, "--connections") == 0) connections = number(name, value, 1, MAX_CONNECTIONS);
    else if (strcmp(name, "--warm-up") == 0) warm_up = number(name, value, 0, 60);
    else if (strcmp(name, "--target") == 0) target = value;
    else if (strcmp(name, "--host") == 0) host = value;
    else if (strcmp(name, "--header") == 0) {
      int more = snprintf(headers + headers_length, sizeof headers - headers_length, "%s\r\n", value);
      headers_length += (size_t)more;
      if (headers_length >= sizeof headers) fail("the headers are larger than %d bytes", MAX_HEADERS_BYTES);
    } else fail("%s is not an option", name);
  }
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", target, host, headers);
  if (length < 0 || (size_t)length >= sizeof request) fail("the request is too large");
  request_length = (size_t)length;

  signal(SIGPIPE, SIG_IGN);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll_create1: %s", strerror(errno));
  time_room = (size_t)(rate * seconds) + 1;
  times_us = need(malloc(time_room * sizeof *times_us));
  struct connection *all = need(calloc((size_t)connections, sizeof *all));
  for (long i = 0; i < connections; i++) {
    open_connection(&all[i]);
    all[i].next_idle = idle;
    idle = &all[i];
  }

  /* Connecting takes a moment. */
  uint64_t begin_ns = now_ns() + 100000000u;
  counted_from_ns = begin_ns + (uint64_t)warm_up * 1000000000u;
  uint64_t total = (uint64_t)(rate * (warm_up + seconds));
  uint64_t sent = 0, end_ns = 0;
  struct epoll_event events[MAX_EVENTS];
  for (;;) {
    uint64_t now = now_ns();
    while (sent < total && idle != NULL) {
      uint64_t due_ns = begin_ns + sent * 1000000000u / (uint64_t)rate;
      if (due_ns > now) break;
      send_request(due_ns);
      sent++;
    }
    if (sent == total && end_ns == 0) end_ns = now + PATIENCE_NS;
    if (sent == total && (under_way == 0 || now > end_ns)) break;
    uint64_t next_ns = sent < total && idle != NULL ? begin_ns + sent * 1000000000u / (uint64_t)rate : now + 100000000u;
    uint64_t left = next_ns > now ? next_ns - now : 0;
    struct timespec wait = {.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
    int ready = epoll_pwait2(epoll, events, MAX_EVENTS, &wait, NULL);
    for (int i = 0; i < ready; i++) receive(events[i].data.ptr);
  }
  errors += under_way;
  qsort(times_us, time_count, sizeof *times_us, by_size);
  double took = (double)(now_ns() - counted_from_ns) / 1e9;
  printf("{\"requests\":%zu,\"errors\":%zu,\"late\":%zu,\"rate\":%.1f,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}\n",
         time_count, errors, late, (double)time_count / took, percentile(0.5), percentile(0.9), percentile(0.99),
         percentile(0.999), percentile(1));
  return time_count == 0;
}
