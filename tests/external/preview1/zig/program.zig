//! Files through Zig's standard library, which calls WASI without a C library. Prints what happened.
const std = @import("std");
const Dir = std.Io.Dir;

fn say(out: *std.Io.Writer, comptime what: []const u8, result: anytype) !void {
    if (result) |value| {
        switch (@TypeOf(value)) {
            void => try out.print(what ++ ": ok\n", .{}),
            []u8, []const u8 => try out.print(what ++ ": '{s}'\n", .{value}),
            else => try out.print(what ++ ": {any}\n", .{value}),
        }
    } else |err| {
        try out.print(what ++ ": {s}\n", .{@errorName(err)});
    }
}

fn less(_: void, a: []const u8, b: []const u8) bool {
    return std.mem.lessThan(u8, a, b);
}

pub fn main(init: std.process.Init) !u8 {
    const io = init.io;
    const gpa = init.arena.allocator();
    var buffer: [4096]u8 = undefined;
    var writer = std.Io.File.stdout().writerStreaming(io, &buffer);
    const out = &writer.interface;
    const cwd = Dir.cwd();
    var text: [64]u8 = undefined;

    try say(out, "create directory", cwd.createDir(io, "z", .default_dir));
    try say(out, "again", cwd.createDir(io, "z", .default_dir));
    try say(out, "path", cwd.createDirPath(io, "z/a/b/c"));
    try say(out, "write", cwd.writeFile(io, .{ .sub_path = "z/f", .data = "abcdefghij" }));
    var file = try cwd.openFile(io, "z/f", .{ .mode = .read_write });
    try file.writeStreamingAll(io, "12");
    var two: [2]u8 = undefined;
    var parts = [_][]u8{&two};
    try say(out, "read", file.readStreaming(io, &parts));
    try file.writeStreamingAll(io, "34");
    try say(out, "between", @as(anyerror![]u8, &two));
    try say(out, "contents", cwd.readFile(io, "z/f", &text));
    try say(out, "at", file.writePositionalAll(io, "end", 14));
    try say(out, "length", file.length(io));
    try say(out, "positional", file.readPositionalAll(io, &text, 2));
    try say(out, "set length", file.setLength(io, 5));
    try say(out, "sync", file.sync(io));
    const stat = try file.stat(io);
    try out.print("stat {d} {s}\n", .{ stat.size, @tagName(stat.kind) });
    file.close(io);

    try say(out, "missing", cwd.readFile(io, "z/missing", &text));
    try say(out, "rename", cwd.rename("z/f", cwd, "z/a/g", io));
    try say(out, "rename missing", cwd.rename("z/f", cwd, "z/h", io));
    try say(out, "symbolic link", cwd.symLink(io, "a/g", "z/s", .{}));
    const length = try cwd.readLink(io, "z/s", &text);
    try say(out, "target", @as(anyerror![]u8, text[0..length]));
    try say(out, "through", cwd.readFile(io, "z/s", &text));
    try say(out, "delete a directory as a file", cwd.deleteFile(io, "z/a"));
    try say(out, "delete a full directory", cwd.deleteDir(io, "z/a"));
    try say(out, "copy", cwd.copyFile("z/a/g", cwd, "z/copy", io, .{}));
    try say(out, "access", cwd.access(io, "z/copy", .{}));
    for (0..200) |i| {
        const name = try std.fmt.allocPrint(gpa, "z/a/b/{d:0>3}-a-longer-name", .{i});
        try cwd.writeFile(io, .{ .sub_path = name, .data = name });
    }
    var directory = try cwd.openDir(io, "z", .{ .iterate = true });
    var walker = try directory.walk(gpa);
    var names: std.ArrayList([]const u8) = .empty;
    while (try walker.next(io)) |entry| {
        try names.append(gpa, try std.fmt.allocPrint(gpa, "{s} {s}", .{ entry.path, @tagName(entry.kind) }));
    }
    directory.close(io);
    std.mem.sort([]const u8, names.items, {}, less);
    try out.print("{d} entries\n", .{names.items.len});
    for (names.items, 0..) |name, i| if (i % 20 == 0) try out.print("{s}\n", .{name});
    try say(out, "delete tree", cwd.deleteTree(io, "z/a/b"));

    const start = std.Io.Clock.awake.now(io);
    try io.sleep(.fromMilliseconds(20), .awake);
    const slept = start.durationTo(std.Io.Clock.awake.now(io));
    try out.print("slept {}\n", .{slept.toMilliseconds() >= 20});
    var random: [32]u8 = undefined;
    io.random(&random);
    try out.print("random {}\n", .{!std.mem.allEqual(u8, &random, 0)});
    var arguments = try init.minimal.args.iterateAllocator(gpa);
    _ = arguments.next();
    while (arguments.next()) |argument| try out.print("argument '{s}'\n", .{argument});
    try out.print("variable {s}\n", .{init.environ_map.get("GREETING") orelse "none"});
    try out.flush();
    return 5;
}
