// As much of the Arduino core as the example sender uses, for a test on a computer: the serial
// line is standard input and output, the EEPROM a file, and time passes `SPEED` times as fast.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

unsigned long millis();

class HardwareSerial {
 public:
  void begin(unsigned long) {}
  void setTimeout(unsigned long) {}
  int available();
  size_t readBytesUntil(char end, char *into, size_t most);
  size_t print(const char *text);
};
extern HardwareSerial Serial;
