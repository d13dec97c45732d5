// The C library of WASI: stdio, directories, stat, poll, clocks, realpath. Prints what happened, and nothing that differs
// between two runs.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SAY(call) do { errno = 0; long long result = (long long)(call); \
  printf("%s = %lld%s%s\n", #call, result, errno ? ": " : "", errno ? strerror(errno) : ""); } while (0)

static void show(const char *path) {
  char text[64] = {0};
  FILE *file = fopen(path, "r");
  if (!file) { printf("%s: %s\n", path, strerror(errno)); return; }
  size_t length = fread(text, 1, sizeof text - 1, file);
  printf("%s: %zu bytes:", path, length);
  for (size_t i = 0; i < length; i++) printf(text[i] >= ' ' ? "%c" : "\\%d", text[i]);
  printf("\n");
  fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void files(void) {
  char buffer[64] = {0};
  SAY(mkdir("/c", 0777));
  SAY(mkdir("/c", 0777));
  SAY(chdir("/c"));
  printf("getcwd %s\n", getcwd(buffer, sizeof buffer));

  // One position for reads and writes.
  FILE *file = fopen("f", "w+");
  SAY(fprintf(file, "%s-%d\n", "abcdefghij", 42));
  SAY(fseek(file, 2, SEEK_SET));
  SAY(fputs("XY", file));
  SAY(fseek(file, 0, SEEK_CUR));
  printf("fgetc %c\n", fgetc(file));
  SAY(ftell(file));
  SAY(fclose(file));
  show("f");
  int fd = open("f", O_RDWR);
  SAY(write(fd, "12", 2));
  SAY(read(fd, buffer, 2));
  SAY(write(fd, "34", 2));
  SAY(lseek(fd, 0, SEEK_CUR));
  SAY(lseek(fd, -100, SEEK_CUR));
  SAY(lseek(fd, 3, SEEK_END));
  SAY(write(fd, "Z", 1));
  SAY(pwrite(fd, "PW", 2, 1));
  SAY(pread(fd, buffer, 4, 0));
  printf("pread %.4s\n", buffer);
  struct iovec parts[3] = {{"one", 3}, {"", 0}, {"two", 3}};
  SAY(writev(fd, parts, 3));
  SAY(lseek(fd, 0, SEEK_CUR));
  SAY(fcntl(fd, F_GETFL) & O_ACCMODE);
  SAY(fcntl(fd, F_SETFL, O_APPEND));
  SAY(lseek(fd, 0, SEEK_SET));
  SAY(write(fd, "end", 3));
  SAY(ftruncate(fd, 40));
  SAY(fsync(fd));
  SAY(posix_fallocate(fd, 0, 10));
  struct timespec times[2] = {{1000000000, 5}, {1000000001, 6}};
  SAY(futimens(fd, times));
  struct stat stat_of;
  SAY(fstat(fd, &stat_of));
  printf("size %lld, mode %o, links %d, mtime %lld.%09ld\n", (long long)stat_of.st_size, stat_of.st_mode & S_IFMT,
         (int)stat_of.st_nlink, (long long)stat_of.st_mtim.tv_sec, stat_of.st_mtim.tv_nsec);
  SAY(close(fd));
  SAY(close(fd));
  SAY(read(fd, buffer, 1));
  show("f");

  int reader = open("f", O_RDONLY), writer = open("f", O_WRONLY);
  SAY(write(reader, "x", 1));
  SAY(write(reader, "x", 0));
  SAY(read(writer, buffer, 1));
  SAY(ftruncate(reader, 0));
  close(reader);
  close(writer);
  fd = open("a", O_CREAT | O_APPEND | O_RDWR, 0666);
  static char large[10000];
  memset(large, 'l', sizeof large);
  SAY(write(fd, large, sizeof large));
  SAY(lseek(fd, 0, SEEK_SET));
  SAY(write(fd, "tail", 4));
  SAY(lseek(fd, 0, SEEK_CUR));
  SAY(close(fd));
  SAY(open("a", O_CREAT | O_EXCL | O_WRONLY, 0666));
  SAY(open("a", O_DIRECTORY));
  SAY(open("/c", O_WRONLY));
  SAY(open("missing/f", O_CREAT | O_WRONLY, 0666));
  SAY(open("/c/../c/./f", O_RDONLY) > 0);
  SAY(open("/../outside", O_RDONLY));
  SAY(open("\xff", O_RDONLY));
  SAY(open("", O_RDONLY));
  SAY(open("f/", O_RDONLY));
  SAY(open("a", O_WRONLY | O_TRUNC) > 0);
  show("a");

  SAY(symlink("f", "s"));
  SAY(symlink("s2", "s1"));
  SAY(symlink("s1", "s2"));
  SAY(symlink("/c/f", "absolute"));
  SAY(readlink("s", buffer, sizeof buffer));
  SAY(readlink("s1", buffer, 1));
  SAY(readlink("f", buffer, sizeof buffer));
  SAY(stat("s1", &stat_of));
  SAY(lstat("s1", &stat_of));
  SAY(open("s", O_RDONLY | O_NOFOLLOW));
  SAY(open("absolute", O_RDONLY));
  SAY(access("s", R_OK | W_OK));
  SAY(access("nothing", F_OK));
  char *real = realpath("../c/./s", NULL);
  printf("realpath %s\n", real ? real : strerror(errno));
  SAY(link("f", "hard"));
  SAY(stat("hard", &stat_of));
  printf("links %d\n", (int)stat_of.st_nlink);
  SAY(rename("hard", "harder"));
  SAY(rename("f", "f"));
  SAY(mkdir("d", 0777));
  SAY(rename("f", "d"));
  SAY(rename("d", "f"));
  SAY(rename("d", "d/d"));
  SAY(rmdir("f"));
  SAY(unlink("d"));
  SAY(rmdir("/c"));
  SAY(utimensat(AT_FDCWD, "s", times, AT_SYMLINK_NOFOLLOW));
  SAY(lstat("s", &stat_of));
  printf("mtime %lld\n", (long long)stat_of.st_mtim.tv_sec);
  SAY(truncate("harder", 5));
  SAY(isatty(0));

  struct dirent **entries;
  int count = scandir("/c", &entries, NULL, by_name);
  for (int i = 0; i < count; i++) printf("entry %s %d\n", entries[i]->d_name, entries[i]->d_type);
  DIR *directory = opendir("/c");
  readdir(directory);
  long place = telldir(directory);
  char *second = strdup(readdir(directory)->d_name);
  readdir(directory);
  seekdir(directory, place);
  printf("seekdir %d\n", strcmp(second, readdir(directory)->d_name));
  rewinddir(directory);
  int seen = 0;
  while (readdir(directory)) seen++;
  printf("entries %d\n", seen);
  struct stat inner;
  SAY(fstatat(dirfd(directory), "harder", &inner, 0));
  SAY(closedir(directory));
}

static void waiting(void) {
  struct timespec start, end, wait = {0, 20000000};
  clock_gettime(CLOCK_MONOTONIC, &start);
  SAY(nanosleep(&wait, NULL));
  SAY(clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, NULL));
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_nsec += 20000000;
  if (end.tv_nsec >= 1000000000) { end.tv_nsec -= 1000000000; end.tv_sec++; }
  SAY(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &end, NULL));
  SAY(usleep(1000));
  SAY(poll(NULL, 0, 20));
  clock_gettime(CLOCK_MONOTONIC, &end);
  long long nanoseconds = (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
  printf("slept %d\n", nanoseconds >= 75000000 && nanoseconds < 30000000000LL);
  int fd = open("/polled", O_CREAT | O_RDWR, 0666);
  write(fd, "12345", 5);
  // Which of several are ready at once is a matter of timing for Wasmtime, so each is asked for alone.
  struct pollfd polled[4] = {{fd, POLLIN, 0}, {fd, POLLOUT, 0}, {1, POLLOUT, 0}, {99, POLLIN, 0}};
  for (int i = 0; i < 4; i++) {
    SAY(poll(&polled[i], 1, 1000));
    printf("revents %d\n", polled[i].revents);
  }
  lseek(fd, 0, SEEK_SET);
  SAY(poll(polled, 1, 1000));
  printf("revents %d\n", polled[0].revents);
  struct pollfd input = {0, POLLIN, 0};
  SAY(poll(&input, 1, 1000));
  printf("revents %d\n", input.revents);
  SAY(clock_getres(CLOCK_MONOTONIC, &wait));
  struct timeval now;
  SAY(gettimeofday(&now, NULL));
  printf("since 2025 %d\n", now.tv_sec > 1735689600);
  unsigned char random[256];
  SAY(getentropy(random, sizeof random));
  close(fd);
}

static void at_the_end(void) { printf("at the end\n"); }

__attribute__((constructor)) static void before(void) { printf("a constructor: %d\n", mkdir("/made-before-main", 0777)); }

int main(int count, char **arguments) {
  atexit(at_the_end);
  if (count < 2) return 0;
  if (!strcmp(arguments[1], "files")) files();
  if (!strcmp(arguments[1], "waiting")) waiting();
  if (!strcmp(arguments[1], "surroundings")) {
    for (int i = 1; i < count; i++) printf("argument '%s'\n", arguments[i]);
    printf("variable %s\n", getenv("GREETING"));
    char line[64];
    while (fgets(line, sizeof line, stdin)) printf("line %s", line);
    printf("end %d, error %d\n", feof(stdin), ferror(stdin));
    fprintf(stderr, "to standard error\n");
    return 9;
  }
  if (!strcmp(arguments[1], "exit")) exit(atoi(arguments[2]));
  if (!strcmp(arguments[1], "abort")) abort();
  return 0;
}
