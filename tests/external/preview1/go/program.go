// Files, goroutines, timers, variables, arguments and standard input, through Go's standard library. Prints what
// happened, and nothing that differs between two runs.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing/fstest"
	"time"
)

// say prints a line, with the reason of an error rather than its path.
func say(what string, values ...any) {
	for i, value := range values {
		var inner *fs.PathError
		var link *os.LinkError
		if err, ok := value.(error); ok && errors.As(err, &inner) {
			values[i] = fmt.Sprintf("%s: %v", inner.Op, inner.Err)
		} else if ok && errors.As(err, &link) {
			values[i] = fmt.Sprintf("%s: %v", link.Op, link.Err)
		}
	}
	fmt.Println(append([]any{what + ":"}, values...)...)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func contents(path string) string {
	return string(must(os.ReadFile(path)))
}

func files() {
	root := "/go-files"
	say("mkdir", os.Mkdir(root, 0o755))
	say("mkdir again", os.Mkdir(root, 0o755))
	say("chdir", os.Chdir(root))
	say("getwd", must(os.Getwd()))

	// Reads and writes that share one position, without a seek between them.
	say("write", os.WriteFile("mixed", []byte("abcdefghij"), 0o644))
	file := must(os.OpenFile("mixed", os.O_RDWR, 0))
	buffer := make([]byte, 2)
	must(file.Write([]byte("12")))
	must(io.ReadFull(file, buffer))
	must(file.Write([]byte("34")))
	say("read between writes", string(buffer), contents("mixed"))
	say("position", must(file.Seek(0, io.SeekCurrent)), must(file.Seek(-1, io.SeekEnd)))
	must(file.ReadAt(buffer, 1))
	must(file.WriteAt([]byte("WX"), 20))
	say("at", string(buffer), fmt.Sprintf("%q", contents("mixed")))
	say("position after at", must(file.Seek(0, io.SeekCurrent)))
	say("truncate", file.Truncate(3), contents("mixed"))
	_, err := file.Seek(-1, io.SeekStart)
	say("seek before the start", err)
	say("sync", file.Sync())
	say("close", file.Close())
	_, err = file.Write(buffer)
	say("write after close", err)

	// Append, with reads in between, and more than one page at once.
	file = must(os.OpenFile("appended", os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600))
	large := strings.Repeat("0123456789abcdef", 1024)
	say("append", must(file.WriteString(large)), must(file.Seek(0, io.SeekStart)))
	must(io.ReadFull(file, buffer))
	must(file.WriteString("end"))
	_, err = file.WriteAt([]byte("x"), 0)
	say("appended", string(buffer), len(contents("appended")), contents("appended")[len(large)-2:], err)
	file.Close()

	// Names.
	say("exclusive", func() error {
		_, err := os.OpenFile("mixed", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		return err
	}())
	say("rename", os.Rename("mixed", "renamed"))
	_, err = os.Stat("mixed")
	say("old name", err, errors.Is(err, fs.ErrNotExist))
	say("rename missing", os.Rename("mixed", "other"))
	say("mkdirall", os.MkdirAll("a/b/c", 0o755))
	say("rename over a directory", os.Rename("renamed", "a"))
	say("remove full", os.Remove("a"))
	say("link", os.Link("renamed", "linked"))
	one, other := must(os.Stat("renamed")), must(os.Stat("linked"))
	say("same file", os.SameFile(one, other), one.Size(), one.Mode().IsRegular(), one.IsDir())
	say("symlink", os.Symlink("renamed", "pointer"), os.Symlink("b/c", "a/down"), os.Symlink("loop", "loop"))
	say("readlink", must(os.Readlink("pointer")), must(os.Readlink("a/down")))
	say("lstat", must(os.Lstat("pointer")).Mode().Type(), must(os.Stat("pointer")).Mode().Type())
	_, err = os.Stat("loop")
	say("loop", err)
	say("through", os.WriteFile("a/down/deep", []byte("deep"), 0o644), contents("a/b/c/deep"))
	say("evalsymlinks", must(filepath.EvalSymlinks("a/down/deep")))
	_, err = os.Open("renamed/below")
	say("below a file", err)
	_, err = os.Open("bad\xffname")
	say("no utf-8", err)
	_, err = os.Open(strings.Repeat("n", 300))
	say("long name", err)
	when := time.Unix(1_000_000_000, 123_456_000)
	say("chtimes", os.Chtimes("renamed", when, when), must(os.Stat("renamed")).ModTime().Equal(when))
	say("truncate by name", os.Truncate("renamed", 1), contents("renamed"))

	_, err = os.ReadDir("renamed")
	say("readdir of a file", err)
	var walked []string
	say("walk", filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		walked = append(walked, fmt.Sprintf("%s %v %v", path, entry.Type(), err))
		return nil
	}))
	sort.Strings(walked)
	fmt.Println(strings.Join(walked, "\n"))
	say("glob", must(filepath.Glob("a/*/c/d*")))

	// Go's own checks of a filesystem.
	os.Remove("loop")
	say("fstest", fstest.TestFS(os.DirFS("/go-files"), "appended", "linked", "a/b/c/deep"))
	temporary := must(os.MkdirTemp("", "go-*"))
	say("temporary", os.WriteFile(filepath.Join(temporary, "f"), []byte("t"), 0o600), os.RemoveAll(temporary))
	rooted := must(os.OpenRoot("a"))
	_, err = rooted.Open("../appended")
	say("out of the root", err)
	rooted.Close()
	say("removeall", os.RemoveAll("a/b"), os.RemoveAll("a/b"))
}

// directories reads more entries than fit into one call.
func directories() {
	must(0, os.Mkdir("/many", 0o755))
	for i := range 500 {
		must(0, os.WriteFile(fmt.Sprintf("/many/%03d-%s", i, strings.Repeat("x", i%64)), nil, 0o644))
	}
	entries := must(os.ReadDir("/many"))
	say("readdir", len(entries), entries[0].Name(), entries[499].Name(), entries[499].IsDir())
	say("removeall", os.RemoveAll("/many"))
}

func routines() {
	var group sync.WaitGroup
	results := make(chan int)
	for worker := range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			path := fmt.Sprintf("/tmp/worker-%d", worker)
			for i := range 20 {
				must(0, os.WriteFile(path, []byte(strings.Repeat("w", i*100)), 0o644))
				results <- len(contents(path))
			}
			must(0, os.Remove(path))
		}()
	}
	go func() { group.Wait(); close(results) }()
	sum := 0
	for result := range results {
		sum += result
	}
	say("workers", sum)

	start := time.Now()
	order := make(chan string, 8)
	for _, after := range []time.Duration{30, 10, 20} {
		time.AfterFunc(after*time.Millisecond, func() { order <- fmt.Sprint(int(after)) })
	}
	say("timers", <-order, <-order, <-order)
	ticker := time.NewTicker(5 * time.Millisecond)
	for range 3 {
		<-ticker.C
	}
	ticker.Stop()
	select {
	case <-order:
		say("a timer fired twice")
	case <-time.After(10 * time.Millisecond):
		say("timeout")
	}
	time.Sleep(5 * time.Millisecond)
	elapsed := time.Since(start)
	say("elapsed", elapsed >= 60*time.Millisecond, elapsed < 30*time.Second)
	say("year", time.Now().Year() >= 2025)
}

func surroundings() {
	say("arguments", fmt.Sprintf("%q", os.Args[1:]))
	say("variable", os.Getenv("GREETING"), os.Getenv("NONE") == "")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		say("line", lines.Text())
	}
	say("end of input", lines.Err())
	_, err := os.Stdout.Seek(0, io.SeekStart)
	say("seek on a pipe", err != nil)
	fmt.Fprintln(os.Stderr, "to standard error")
}

func main() {
	switch os.Args[1] {
	case "files":
		files()
	case "directories":
		directories()
	case "routines":
		routines()
	case "surroundings":
		surroundings()
		os.Exit(3)
	case "panic":
		var none map[string]int
		none["x"] = 1
	case "deadlock":
		<-make(chan int)
	}
}
