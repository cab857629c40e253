// The 4,096 bytes of a Mega 2560, in a file; an access beyond them ends the program.
#pragma once
#include "Arduino.h"

class EEPROMClass {
 public:
  template <typename T>
  T &get(int at, T &into) {
    read(at, &into, sizeof into);
    return into;
  }
  template <typename T>
  const T &put(int at, const T &from) {
    write(at, &from, sizeof from);
    return from;
  }

 private:
  void read(int at, void *into, size_t size);
  void write(int at, const void *from, size_t size);
};
extern EEPROMClass EEPROM;
