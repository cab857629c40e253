// The board: runs setup() and loop() until standard input ends. Each byte on the descriptor
// `PRESSES` is a cup that was taken.
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "EEPROM.h"

HardwareSerial Serial;
EEPROMClass EEPROM;
void setup();
void loop();

static const long SIZE = 4096;
static std::string waiting;
static int file = -1, presses = -1;
static double speed = 1, began = 0;

static double now_ms() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static bool readable(int fd) {
  pollfd one = {fd, POLLIN, 0};
  return poll(&one, 1, 0) > 0 && (one.revents & (POLLIN | POLLHUP));
}

unsigned long millis() { return (unsigned long)(uint32_t)((now_ms() - began) * speed); }

bool cupTaken() {
  char c;
  return readable(presses) && read(presses, &c, 1) == 1;
}

int HardwareSerial::available() { return (int)waiting.size(); }

size_t HardwareSerial::readBytesUntil(char end, char *into, size_t most) {
  size_t n = 0;
  while (n < most && !waiting.empty()) {
    char c = waiting[0];
    waiting.erase(0, 1);
    if (c == end) break;
    into[n++] = c;
  }
  return n;
}

size_t HardwareSerial::print(const char *text) {
  size_t size = strlen(text);
  if (write(1, text, size) != (ssize_t)size) exit(2);
  return size;
}

void EEPROMClass::read(int at, void *into, size_t size) {
  if (at < 0 || at + (long)size > SIZE || pread(file, into, size, at) != (ssize_t)size) abort();
}

void EEPROMClass::write(int at, const void *from, size_t size) {
  if (at < 0 || at + (long)size > SIZE || pwrite(file, from, size, at) != (ssize_t)size) abort();
}

int main() {
  file = open(getenv("EEPROM_FILE"), O_RDWR);
  presses = atoi(getenv("PRESSES"));
  speed = atof(getenv("SPEED"));
  began = now_ms();
  setup();
  for (;;) {
    char chunk[512];
    while (readable(0)) {
      ssize_t got = read(0, chunk, sizeof chunk);
      if (got <= 0) return 0;
      waiting.append(chunk, (size_t)got);
      if (waiting.find('\n') != std::string::npos) break;
    }
    // A board reads a line when its end has come; its own time-out is not part of this test.
    if (waiting.empty() || waiting.find('\n') != std::string::npos) {
      loop();
    }
    usleep(500);
  }
}
