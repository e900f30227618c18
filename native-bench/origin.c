/*
 * The origin: a keep-alive HTTP/1.1 server that is never the bottleneck. One thread for each listener on the same port, epoll, answers that
 * were made once. The target's query says what a request gets; what it does not say, the options do.
 *
 *   origin PORT [--threads 1] [--bytes 13] [--headers 3] [--delay-us 0]
 *   GET /any/path?bytes=65536&headers=12&delay_us=500
 *
 * It reads what a proxy writes, no more: a head of up to 32 KiB, and a body with a Content-Length. Anything else is answered with 400, and closed.
 */

#define _GNU_SOURCE
#include "common.h"
#include <pthread.h>
#include <stddef.h>
#include <strings.h>

#define HEAD_BYTES 32768
#define MAX_BODY_BYTES (64l << 20)
#define MAX_HEADERS 64
#define MAX_DELAY_US 10000000l
#define MAX_ANSWERS 256

struct shape {
  long bytes, headers, delay_us;
};

/* Made once, never freed. */
struct answer {
  struct shape shape;
  size_t head_length, length;
  char *text;
};

enum state { READ_HEAD, READ_BODY, DELAYED, WRITE };

struct connection {
  int fd;
  enum state state;
  /* What was read and not used yet: `in` from `begin` to `end`. */
  size_t begin, end;
  /* Octets of the request's body that are still to come. */
  size_t body_left;
  /* What it gets, and after how long. */
  const char *out;
  size_t out_left;
  long delay_us;
  bool closes, waits_to_write;
  /* In the list of those that wait for their delay. */
  uint64_t due_ns;
  struct connection *next, *previous;
  char in[HEAD_BYTES];
};

struct thread {
  int epoll, listener;
  /* By the time at which they are due. */
  struct connection *first, *last;
};

static struct shape usual = {.bytes = 13, .headers = 3, .delay_us = 0};
static struct answer answers[MAX_ANSWERS];
static size_t answer_count;
static pthread_mutex_t answers_lock = PTHREAD_MUTEX_INITIALIZER;

/* Those that real services send, in the order of their size. */
static const char *const FIELDS[] = {
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n",
    "Content-Type: text/plain; charset=utf-8\r\n",
    "Server: origin\r\n",
    "Cache-Control: private, max-age=0, must-revalidate\r\n",
    "ETag: \"5d8c72a5edda8d6a1f4fb0e2c1b7\"\r\n",
    "Vary: Accept-Encoding, Accept-Language\r\n",
    "X-Content-Type-Options: nosniff\r\n",
    "X-Frame-Options: SAMEORIGIN\r\n",
    "Referrer-Policy: strict-origin-when-cross-origin\r\n",
    "Last-Modified: Wed, 31 Dec 2025 23:59:59 GMT\r\n",
    "Set-Cookie: session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly; SameSite=Lax\r\n",
};
#define FIELD_COUNT ((long)(sizeof FIELDS / sizeof FIELDS[0]))

/* One header is Content-Length; beyond those above they are numbered. */
static struct answer make_answer(struct shape shape) {
  size_t room = (size_t)shape.bytes + 256 + (size_t)shape.headers * 128;
  struct answer made = {.shape = shape, .text = need(malloc(room))};
  int at = snprintf(made.text, room, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n", shape.bytes);
  for (long i = 0; i < shape.headers - 1; i++) {
    size_t left = room - (size_t)at;
    if (i < FIELD_COUNT) at += snprintf(made.text + at, left, "%s", FIELDS[i]);
    else at += snprintf(made.text + at, left, "X-Field-%ld: value number %ld\r\n", i, i);
  }
  at += snprintf(made.text + at, room - (size_t)at, "\r\n");
  memset(made.text + at, 'x', (size_t)shape.bytes);
  made.head_length = (size_t)at;
  made.length = (size_t)at + (size_t)shape.bytes;
  return made;
}

/* NULL: too many different ones were asked for. */
static const struct answer *answer_of(struct shape shape) {
  const struct answer *found = NULL;
  pthread_mutex_lock(&answers_lock);
  for (size_t i = 0; i < answer_count && found == NULL; i++) {
    struct shape known = answers[i].shape;
    if (known.bytes == shape.bytes && known.headers == shape.headers) found = &answers[i];
  }
  if (found == NULL && answer_count < MAX_ANSWERS) {
    answers[answer_count] = make_answer(shape);
    found = &answers[answer_count++];
  }
  pthread_mutex_unlock(&answers_lock);
  return found;
}

/* The number behind `name` between `begin` and `end`, or `otherwise`. */
static long asked(const char *begin, const char *end, const char *name, long otherwise, long most) {
  size_t length = strlen(name);
  for (const char *at = begin; at + length < end; at++) {
    /* `begin` is behind the question mark. */
    if ((at[-1] != '?' && at[-1] != '&') || memcmp(at, name, length) != 0) continue;
    long value = strtol(at + length, NULL, 10);
    return value < 0 ? 0 : value > most ? most : value;
  }
  return otherwise;
}

static struct shape shape_of(const char *line, size_t length) {
  const char *end = line + length;
  const char *query = memchr(line, '?', length);
  if (query == NULL) return usual;
  query++;
  return (struct shape){
      .bytes = asked(query, end, "bytes=", usual.bytes, MAX_BODY_BYTES),
      .headers = asked(query, end, "headers=", usual.headers, MAX_HEADERS),
      .delay_us = asked(query, end, "delay_us=", usual.delay_us, MAX_DELAY_US),
  };
}

static void unlist(struct thread *thread, struct connection *connection) {
  if (connection->previous != NULL) connection->previous->next = connection->next;
  else thread->first = connection->next;
  if (connection->next != NULL) connection->next->previous = connection->previous;
  else thread->last = connection->previous;
  connection->next = connection->previous = NULL;
}

static void drop(struct thread *thread, struct connection *connection) {
  if (connection->state == DELAYED) unlist(thread, connection);
  close(connection->fd);
  free(connection);
}

/* Into the list, behind all that are due before. */
static void delay(struct thread *thread, struct connection *connection) {
  connection->state = DELAYED;
  connection->due_ns = now_ns() + (uint64_t)connection->delay_us * 1000;
  struct connection *before = thread->last;
  while (before != NULL && before->due_ns > connection->due_ns) before = before->previous;
  connection->previous = before;
  connection->next = before == NULL ? thread->first : before->next;
  if (connection->next != NULL) connection->next->previous = connection;
  else thread->last = connection;
  if (before != NULL) before->next = connection;
  else thread->first = connection;
}

/* The value of a field of a head that ends with an empty line, case-insensitive; NULL where there is none. */
static const char *field(const char *head, size_t length, const char *name) {
  size_t name_length = strlen(name);
  const char *end = head + length;
  for (const char *at = head; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;) {
    at++;
    if ((size_t)(end - at) <= name_length) return NULL;
    if (strncasecmp(at, name, name_length) != 0 || at[name_length] != ':') continue;
    at += name_length + 1;
    return at + strspn(at, " ");
  }
  return NULL;
}

static void refuse(struct connection *connection) {
  static const char BAD[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  connection->out = BAD;
  connection->out_left = sizeof BAD - 1;
  connection->closes = true;
  connection->state = WRITE;
}

/* False: the head is not whole yet. */
static bool read_head(struct connection *connection) {
  char *head = connection->in + connection->begin;
  size_t filled = connection->end - connection->begin;
  char *last = memmem(head, filled, "\r\n\r\n", 4);
  if (last == NULL) {
    if (filled == HEAD_BYTES) refuse(connection);
    return filled == HEAD_BYTES;
  }
  size_t length = (size_t)(last - head) + 4;
  const char *body = field(head, length, "content-length");
  const char *option = field(head, length, "connection");
  const char *line_end = memchr(head, '\r', length);
  struct shape shape = shape_of(head, (size_t)(line_end - head));
  const struct answer *answer = answer_of(shape);
  if (answer == NULL || field(head, length, "transfer-encoding") != NULL) {
    refuse(connection);
    return true;
  }
  connection->begin += length;
  connection->body_left = body == NULL ? 0 : strtoul(body, NULL, 10);
  connection->closes = option != NULL && strncasecmp(option, "close", 5) == 0;
  connection->out = answer->text;
  connection->out_left = strncmp(head, "HEAD ", 5) == 0 ? answer->head_length : answer->length;
  connection->delay_us = shape.delay_us;
  connection->state = READ_BODY;
  return true;
}

/* False: more of the body is still to come. */
static bool read_body(struct thread *thread, struct connection *connection) {
  size_t filled = connection->end - connection->begin;
  size_t taken = filled < connection->body_left ? filled : connection->body_left;
  connection->begin += taken;
  connection->body_left -= taken;
  if (connection->body_left > 0) return false;
  if (connection->delay_us > 0) delay(thread, connection);
  else connection->state = WRITE;
  return true;
}

/* False: the connection waits, or is gone. */
static bool write_answer(struct thread *thread, struct connection *connection) {
  ssize_t written = write(connection->fd, connection->out, connection->out_left);
  if (written < 0 && !must_wait()) {
    drop(thread, connection);
    return false;
  }
  if (written > 0) {
    connection->out += written;
    connection->out_left -= (size_t)written;
  }
  bool waits = connection->out_left > 0;
  if (waits != connection->waits_to_write) {
    watch(thread->epoll, EPOLL_CTL_MOD, connection->fd, waits ? EPOLLOUT : EPOLLIN, connection);
    connection->waits_to_write = waits;
  }
  if (waits) return false;
  if (connection->closes) {
    drop(thread, connection);
    return false;
  }
  connection->state = READ_HEAD;
  return true;
}

/* Goes on with a connection as far as it can. */
static void serve(struct thread *thread, struct connection *connection) {
  for (;;) {
    switch (connection->state) {
      case READ_HEAD:
        if (!read_head(connection)) return;
        break;
      case READ_BODY:
        if (!read_body(thread, connection)) return;
        break;
      case DELAYED:
        return;
      case WRITE:
        if (!write_answer(thread, connection)) return;
        break;
    }
  }
}

static void receive(struct thread *thread, struct connection *connection) {
  if (connection->begin > 0) {
    connection->end -= connection->begin;
    memmove(connection->in, connection->in + connection->begin, connection->end);
    connection->begin = 0;
  }
  ssize_t got = read(connection->fd, connection->in + connection->end, HEAD_BYTES - connection->end);
  if (got < 0 && must_wait()) return;
  /* 0 also where a client goes on sending while its answer is delayed: no proxy does. */
  if (got <= 0) {
    drop(thread, connection);
    return;
  }
  connection->end += (size_t)got;
  serve(thread, connection);
}

static void accept_all(struct thread *thread) {
  for (;;) {
    int fd = accept4(thread->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    no_delay(fd);
    /* Not cleared: 32 KiB for each new connection would be what is measured. */
    struct connection *connection = need(malloc(sizeof *connection));
    memset(connection, 0, offsetof(struct connection, in));
    connection->fd = fd;
    watch(thread->epoll, EPOLL_CTL_ADD, fd, EPOLLIN, connection);
  }
}

/* Answers all that are due. True: `wait` is the time until the next one is; false: none waits. */
static bool answer_due(struct thread *thread, struct timespec *wait) {
  while (thread->first != NULL) {
    struct connection *connection = thread->first;
    uint64_t now = now_ns();
    if (connection->due_ns > now) {
      uint64_t left = connection->due_ns - now;
      *wait = (struct timespec){.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
      return true;
    }
    unlist(thread, connection);
    connection->state = WRITE;
    serve(thread, connection);
  }
  return false;
}

static void *run(void *argument) {
  struct thread *thread = argument;
  struct epoll_event events[MAX_EVENTS];
  struct timespec wait;
  for (;;) {
    bool waits = answer_due(thread, &wait);
    int ready = epoll_pwait2(thread->epoll, events, MAX_EVENTS, waits ? &wait : NULL, NULL);
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      if (connection == NULL) accept_all(thread);
      else if (connection->waits_to_write) serve(thread, connection);
      else receive(thread, connection);
    }
  }
  return NULL;
}

int main(int count, char **arguments) {
  if (count < 2) fail("usage: origin PORT [--threads N] [--bytes N] [--headers N] [--delay-us N]");
  long port = number("PORT", arguments[1], 1, 65535);
  long threads = 1;
  for (int i = 2; i < count; i += 2) {
    const char *name = arguments[i];
    if (i + 1 == count) fail("%s wants a number", name);
    if (strcmp(name, "--threads") == 0) threads = number(name, arguments[i + 1], 1, 64);
    else if (strcmp(name, "--bytes") == 0) usual.bytes = number(name, arguments[i + 1], 0, MAX_BODY_BYTES);
    else if (strcmp(name, "--headers") == 0) usual.headers = number(name, arguments[i + 1], 1, MAX_HEADERS);
    else if (strcmp(name, "--delay-us") == 0) usual.delay_us = number(name, arguments[i + 1], 0, MAX_DELAY_US);
    else fail("%s is not an option", name);
  }
  signal(SIGPIPE, SIG_IGN);
  struct thread *all = need(calloc((size_t)threads, sizeof *all));
  for (long i = 0; i < threads; i++) {
    all[i].epoll = epoll_create1(EPOLL_CLOEXEC);
    if (all[i].epoll < 0) fail("epoll_create1: %s", strerror(errno));
    all[i].listener = listen_on(port);
    watch(all[i].epoll, EPOLL_CTL_ADD, all[i].listener, EPOLLIN, NULL);
  }
  puts("ready");
  fflush(stdout);
  for (long i = 1; i < threads; i++) {
    pthread_t id;
    if (pthread_create(&id, NULL, run, &all[i]) != 0) fail("no more threads");
  }
  run(&all[0]);
}
