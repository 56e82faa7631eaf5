package dev.entente.torture.machine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One process's wall clock, which can be set forward and back while the process runs. The monotonic clock is not
 * affected. Thread-safe.
 */
public final class Clock {
    private final Path file;
    private final @Nullable Path library;

    Clock(Path file, @Nullable Path library) throws IOException {
        this.file = file;
        this.library = library;
        putOff(Duration.ZERO);
    }

    /**
     * Compiles the library that shifts clocks: a few lines of C between a process and its C library. Empty without a C
     * compiler ({@code cc}). (libfaketime is unusable: it makes every timed wait of a JVM return immediately.) Blocks.
     */
    static Optional<Path> library(Path folder) throws IOException, InterruptedException {
        Path source = folder.resolve("clock.c");
        Path library = folder.resolve("clock.so");
        try (InputStream lines = Clock.class.getResourceAsStream("/torture/clock.c")) {
            Files.copy(Objects.requireNonNull(lines, "missing on the class path: /torture/clock.c"), source);
        }
        try {
            Process compiler = new ProcessBuilder(
                            "cc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(
                            Redirect.appendTo(folder.resolve("clock.log").toFile()))
                    .start();
            return compiler.waitFor() == 0 ? Optional.of(library) : Optional.empty();
        } catch (IOException noCompiler) {
            return Optional.empty();
        }
    }

    /** Returns whether this machine can change the clock. */
    public boolean canBeChanged() {
        return library != null;
    }

    /** Shifts the clock by this offset, in seconds, from now on. */
    public void putOff(Duration offset) throws IOException {
        ByteBuffer seconds = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(offset.toSeconds())
                .flip();
        // Writes in place, because the process has mapped the file.
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            var _ = channel.write(seconds, 0);
        }
    }

    /** Returns the environment that the process needs at its start. */
    Map<String, String> environment() {
        return library == null ? Map.of() : Map.of("LD_PRELOAD", library.toString(), "TORTURE_CLOCK", file.toString());
    }
}
