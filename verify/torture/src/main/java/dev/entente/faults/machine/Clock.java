package dev.entente.faults.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One process's wall clock, which can be put forward and back while the process runs; its monotonic clock goes on. Made
 * by {@link Clocks}. Thread-safe.
 */
public final class Clock {
    private final Path file;
    private final @Nullable Path library;

    Clock(Path file, @Nullable Path library) throws IOException {
        this.file = file;
        this.library = library;
        putOff(Duration.ZERO);
    }

    /** Tells whether it can be changed on this machine. */
    public boolean canBeChanged() {
        return library != null;
    }

    /** Puts it off by that, in seconds, from now on. */
    public void putOff(Duration offset) throws IOException {
        ByteBuffer seconds = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(offset.toSeconds())
                .flip();
        // In place: the process has the file mapped.
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            var _ = channel.write(seconds, 0);
        }
    }

    /** Returns the environment that the process must be started with. */
    Map<String, String> environment() {
        return library == null ? Map.of() : Map.of("LD_PRELOAD", library.toString(), "TORTURE_CLOCK", file.toString());
    }
}
