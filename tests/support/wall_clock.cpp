// The clocks of one process under a test's hand: preloaded, it adds an offset to the time of day,
// says whether the kernel's clock is synchronised, and makes the machine one that was started anew.
// CLOCK_MONOTONIC stays.
//
// WALL_CLOCK names a file of three 64-bit numbers: the offset of the wall clock in nanoseconds, what
// adjtimex(2) returns (0: synchronised, 5: not), and the offset of CLOCK_BOOTTIME in nanoseconds.
// It is mapped, so a change holds at once. BOOT_ID names the file that is read for the kernel's.

#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <ctime>

namespace {

constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";
constexpr std::int64_t kSecond = 1'000'000'000;

const volatile std::int64_t* hand() {
    static const volatile std::int64_t* const mapped = [] {
        const char* path = std::getenv("WALL_CLOCK");
        const int fd = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
        void* found = fd < 0 ? MAP_FAILED : mmap(nullptr, 24, PROT_READ, MAP_SHARED, fd, 0);
        if (found == MAP_FAILED) {
            std::abort();  // a test that believes in a clock that is not there proves nothing
        }
        return static_cast<const volatile std::int64_t*>(found);
    }();
    return mapped;
}

int real(clockid_t clock, timespec* at) {
    static const auto call =
        reinterpret_cast<int (*)(clockid_t, timespec*)>(dlsym(RTLD_NEXT, "clock_gettime"));
    return call(clock, at);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* at) noexcept {
    const int result = real(clock, at);
    const bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (result == 0 && (is_wall || clock == CLOCK_BOOTTIME)) {
        const std::int64_t ns = at->tv_sec * kSecond + at->tv_nsec + hand()[is_wall ? 0 : 2];
        at->tv_sec = ns / kSecond;
        at->tv_nsec = ns % kSecond;
    }
    return result;
}

int gettimeofday(timeval* at, void*) noexcept {
    timespec now{};
    const int result = clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t* at) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (at != nullptr) {
        *at = now.tv_sec;
    }
    return now.tv_sec;
}

int open64(const char* path, int flags, ...) {
    static const auto call =
        reinterpret_cast<int (*)(const char*, int, ...)>(dlsym(RTLD_NEXT, "open64"));
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    const char* own = std::getenv("BOOT_ID");
    const bool is_boot = own != nullptr && std::strcmp(path, kBootId) == 0;
    return call(is_boot ? own : path, flags, mode);
}

int adjtimex(timex*) noexcept { return static_cast<int>(hand()[1]); }

}  // extern "C"
