// Appliance link 1 for boards with 4 kB of EEPROM (Arduino Mega 2560); see docs/appliance-link.md
#include <EEPROM.h>
struct Event { uint32_t ms; uint16_t boot, seq, id; uint8_t what, owed; };  // 12 bytes
const char *const NAME[] = {"event=DOSE_DUE,id=", "event=DOSE_TAKEN,id=", "event=DOSE_MISSED,id="};
const int KEPT = 256, RING = 8;  // the EEPROM: boot at 0, next at 4, the events that wait
uint16_t boot, seq, next, dose; uint32_t tick; uint8_t turn; unsigned b, s; char line[80];
bool cupTaken();  // yours: true once when the cup was taken
void send(const char *type, uint16_t b, uint16_t s, uint32_t ms, const char *more, unsigned n) {
  char text[160], end[8]; uint16_t crc = 0xFFFF; unsigned long up = ms;
  snprintf(text, sizeof text, "$MR-1042,%s,%u,%u,%lu,%s%u", type, b, s, up, more, n);
  for (char *c = text + 1; *c; c++)
    for (int i = (crc ^= *c << 8, 8); i; i--) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
  snprintf(end, sizeof end, "*%04X\r\n", crc); Serial.print(text); Serial.print(end);
}
void owed(uint16_t b, uint16_t s, bool acked) {  // settle that event, or tell from it on again
  Event e;
  for (int n = 0, told = 0; n < KEPT && told < 16; n++) {  // the oldest first
    int at = RING + (next + n) % KEPT * sizeof e;
    if (EEPROM.get(at, e).owed != 1 || e.boot < b || (e.boot == b && e.seq < s)) continue;
    if (!acked) { send("EV", e.boot, e.seq, e.ms, NAME[e.what], e.id); told++; }
    else if (e.boot == b && e.seq == s) { e.owed = 0; EEPROM.put(at, e); }
  }
}
void report(uint8_t what, uint16_t id) {  // kept first, told then
  Event e = {(uint32_t)millis(), boot, ++seq, id, what, 1}; EEPROM.put(RING + next * sizeof e, e);
  next = (next + 1) % KEPT; EEPROM.put(4, next); owed(boot, seq, false);
}
void setup() {
  Serial.begin(115200); Serial.setTimeout(20); EEPROM.get(0, boot); EEPROM.get(4, next);
  boot++; seq = 0; next %= KEPT; tick = millis(); EEPROM.put(0, boot);
  send("HI", boot, 0, tick, "proto=1,model=Example,code=528456,fw=", 1);
}
void loop() {
  line[Serial.available() ? Serial.readBytesUntil('\n', line, sizeof line - 1) : 0] = 0;
  if (sscanf(line, "%*[ACKREPLY] %u,%u", &b, &s) == 2) owed(b, s, line[0] == 'A');
  if (cupTaken()) report(1, ++dose);
  if (millis() < tick) setup();  // after 49 days millis() begins anew, and so does the boot
  if (millis() - tick >= 10000) { tick = millis(); owed(0, 0, false); turn++; } else return;
  if (turn % 3 == 0) send("HB", boot, seq, tick, "mains=1,faults=0x0,battery=", 100);
}
