/*
 * The floor: forwards bytes between a client and the origin, one upstream connection for each client connection, and looks at none of
 * them. One thread, epoll, one read and one write for each direction of a request: the four system calls that no proxy in user space
 * can do without. What it costs in CPU a request is the least that any proxy can cost on this kernel.
 *
 *   floor LISTEN_PORT ORIGIN_PORT
 */

#define _GNU_SOURCE
#include "common.h"

#define BUFFER_BYTES 65536

/* One of the two sockets of a pair. */
struct leg {
  int fd;
  struct leg *other;
  /* What the socket did not take yet; nothing is read from the other leg meanwhile. */
  char *pending;
  size_t begin, end;
  bool has_ended;
  bool closed;
};

static int epoll;
static char buffer[BUFFER_BYTES];
/* Legs that were closed in this turn: an event that is still to come may name them. */
static struct leg *gone[MAX_EVENTS * 2];
static size_t gone_count;

static void look_for(struct leg *leg) {
  bool is_full = leg->other->pending != NULL;
  uint32_t events = (leg->has_ended || is_full ? 0 : EPOLLIN) | (leg->pending != NULL ? EPOLLOUT : 0);
  watch(epoll, EPOLL_CTL_MOD, leg->fd, events, leg);
}

static void close_pair(struct leg *leg) {
  struct leg *legs[2] = {leg, leg->other};
  for (int i = 0; i < 2; i++) {
    if (legs[i]->closed) continue;
    legs[i]->closed = true;
    close(legs[i]->fd);
    free(legs[i]->pending);
    legs[i]->pending = NULL;
    gone[gone_count++] = legs[i];
  }
}

static void free_gone(void) {
  while (gone_count > 0) free(gone[--gone_count]);
}

static struct leg *new_leg(int fd) {
  struct leg *leg = need(calloc(1, sizeof *leg));
  leg->fd = fd;
  return leg;
}

static void accept_all(int listener, long origin_port) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    no_delay(fd);
    int upstream = connect_to(origin_port);
    if (upstream < 0) {
      close(fd);
      continue;
    }
    struct leg *client = new_leg(fd);
    struct leg *origin = new_leg(upstream);
    client->other = origin;
    origin->other = client;
    watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, client);
    watch(epoll, EPOLL_CTL_ADD, upstream, EPOLLIN, origin);
  }
}

static void keep(struct leg *leg, const char *bytes, size_t length) {
  leg->pending = need(malloc(length));
  memcpy(leg->pending, bytes, length);
  leg->begin = 0;
  leg->end = length;
}

/* False: the pair is closed. */
static bool forward(struct leg *from) {
  struct leg *to = from->other;
  ssize_t got = read(from->fd, buffer, sizeof buffer);
  if (got < 0 && must_wait()) return true;
  if (got < 0) {
    close_pair(from);
    return false;
  }
  if (got == 0) {
    from->has_ended = true;
    shutdown(to->fd, SHUT_WR);
    if (to->has_ended) {
      close_pair(from);
      return false;
    }
    look_for(from);
    return true;
  }
  ssize_t written = write(to->fd, buffer, (size_t)got);
  if (written == got) return true;
  if (written < 0 && !must_wait()) {
    close_pair(from);
    return false;
  }
  size_t done = written < 0 ? 0 : (size_t)written;
  keep(to, buffer + done, (size_t)got - done);
  look_for(from);
  look_for(to);
  return true;
}

static void flush(struct leg *to) {
  ssize_t written = write(to->fd, to->pending + to->begin, to->end - to->begin);
  if (written < 0) {
    if (!must_wait()) close_pair(to);
    return;
  }
  to->begin += (size_t)written;
  if (to->begin < to->end) return;
  free(to->pending);
  to->pending = NULL;
  look_for(to);
  look_for(to->other);
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: floor LISTEN_PORT ORIGIN_PORT");
  long port = number("LISTEN_PORT", arguments[1], 1, 65535);
  long origin_port = number("ORIGIN_PORT", arguments[2], 1, 65535);
  signal(SIGPIPE, SIG_IGN);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll_create1: %s", strerror(errno));
  int listener = listen_on(port);
  watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
  puts("ready");
  fflush(stdout);

  struct epoll_event events[MAX_EVENTS];
  for (;;) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      struct leg *leg = events[i].data.ptr;
      if (leg == NULL) {
        accept_all(listener, origin_port);
        continue;
      }
      if (leg->closed) continue;
      if ((events[i].events & EPOLLOUT) != 0 && leg->pending != NULL) flush(leg);
      if (leg->closed || (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) continue;
      if (leg->has_ended || leg->other->pending != NULL) {
        /* Told of, though nobody asked: it is dead. */
        if ((events[i].events & (EPOLLHUP | EPOLLERR)) != 0) close_pair(leg);
        continue;
      }
      forward(leg);
    }
    free_gone();
  }
}
