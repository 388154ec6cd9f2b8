/*
 * A Windows program for tests: writes each of its arguments as hex of UTF-16 units on a line of its own, as the C
 * runtime gave them; with the single argument `copy` it copies standard input to standard output instead. Exit code 9.
 */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <wchar.h>

int wmain(int argc, wchar_t **argv)
{
  int byte;

  _setmode(_fileno(stdin), _O_BINARY);
  _setmode(_fileno(stdout), _O_BINARY);
  if (argc == 2 && wcscmp(argv[1], L"copy") == 0) {
    while ((byte = getchar()) != EOF)
      putchar(byte);
    return 9;
  }
  for (int i = 1; i < argc; i++) {
    for (const wchar_t *unit = argv[i]; *unit != L'\0'; unit++)
      printf("%04x", (unsigned)*unit);
    putchar('\n');
  }
  return 9;
}
