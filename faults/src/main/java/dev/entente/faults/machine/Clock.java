package dev.entente.faults.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One process's wall clock, by libfaketime (Debian: libfaketime): it can be put forward and back while the process runs; the monotonic clock goes on. Where
 * the library is missing the clock cannot be changed. Thread-safe.
 */
public final class Clock {
    private static final List<Path> LIBRARIES = Stream.of(
                    "/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")
            .map(folder -> Path.of(folder, "libfaketimeMT.so.1"))
            .toList();

    private final Path file;
    private final @Nullable Path library;

    private Clock(Path file, @Nullable Path library) {
        this.file = file;
        this.library = library;
    }

    /**
     * @param file where the process reads how far its clock is off
     * @param isWanted whether it is to be changed at all: the library makes every look at a clock dear
     */
    static Clock of(Path file, boolean isWanted) throws IOException {
        Clock clock = new Clock(
                file,
                LIBRARIES.stream()
                        .filter(library -> isWanted && Files.exists(library))
                        .findFirst()
                        .orElse(null));
        clock.set(0);
        return clock;
    }

    /** Whether it can be changed on this machine. */
    public boolean canBeChanged() {
        return library != null;
    }

    /** Puts it off by that, from within a second on. */
    public void set(long offsetSeconds) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, (offsetSeconds < 0 ? "" : "+") + offsetSeconds + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What the process must be started with. */
    Map<String, String> environment() {
        return library == null
                ? Map.of()
                : Map.of(
                        "LD_PRELOAD", library.toString(),
                        "FAKETIME_TIMESTAMP_FILE", file.toString(),
                        "FAKETIME_CACHE_DURATION", "1",
                        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                        "DONT_FAKE_MONOTONIC", "1");
    }
}
