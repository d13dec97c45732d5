/* Reads a journal of records, each of a length, a checksum and contents.
 *
 * The bug: it takes for granted that `read` fills the buffer. A disk of the machine that one sits at always does that, and a
 * network file system, a pipe or a signal does not. With the argument `mended`, it reads on until the buffer is full. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RECORDS = 20 };

static unsigned char checksum(const unsigned char *contents, size_t length) {
  unsigned char sum = (unsigned char)length;
  for (size_t at = 0; at < length; at++)
    sum = (unsigned char)(sum << 1 | sum >> 7) ^ contents[at];
  return sum;
}

static int fail(const char *message) {
  fprintf(stderr, "error: %s\n", message);
  return 1;
}

/* Reads `length` bytes, or as many as there are until the end. */
static ssize_t read_all(int file, unsigned char *buffer, size_t length) {
  size_t done = 0;
  while (done < length) {
    ssize_t some = read(file, buffer + done, length - done);
    if (some < 0)
      return some;
    if (some == 0)
      break;
    done += (size_t)some;
  }
  return (ssize_t)done;
}

static int write_journal(const char *path) {
  FILE *file = fopen(path, "wb");
  if (!file)
    return -1;
  for (int number = 0; number < RECORDS; number++) {
    unsigned char contents[256], length = (unsigned char)(100 + number);
    for (int at = 0; at < length; at++)
      contents[at] = (unsigned char)(at ^ number);
    fputc(length, file);
    fputc(checksum(contents, length), file);
    fwrite(contents, 1, length, file);
  }
  return fclose(file);
}

int main(int count, char **arguments) {
  int mended = count > 1 && strcmp(arguments[1], "mended") == 0;
  if (write_journal("/journal") != 0)
    return fail("the journal cannot be written");
  int file = open("/journal", O_RDONLY);
  if (file < 0)
    return fail("the journal cannot be opened");
  ssize_t (*next)(int, unsigned char *, size_t) = mended ? read_all : (ssize_t(*)(int, unsigned char *, size_t))read;
  int records = 0;
  for (;; records++) {
    unsigned char header[2], contents[256];
    ssize_t length = next(file, header, sizeof header);
    if (length == 0)
      break;
    if (length != sizeof header)
      return fail("a header is cut short");
    length = next(file, contents, header[0]);
    if (length < 0)
      return fail("a record cannot be read");
    if (checksum(contents, (size_t)length) != header[1])
      return fail("a record has another checksum");
  }
  printf("%d records\n", records);
  return records == RECORDS ? 0 : fail("records are missing");
}
