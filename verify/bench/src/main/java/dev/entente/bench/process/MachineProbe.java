package dev.entente.bench.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Arrays;

/** A measurement of the median time of one small operation, for figures of the machine and not of a subject. */
public final class MachineProbe {
    private static final int FSYNC_PROBES = 300;
    private static final int PAGE_BYTES = 8192;

    private MachineProbe() {}

    /** A small operation of the machine. */
    public interface Task {
        void run(int round) throws IOException, SQLException;
    }

    /** Returns the median of {@code rounds} runs, in milliseconds, after a tenth as many warm-up runs. */
    static double medianMillis(int rounds, Task act) throws SQLException {
        double[] millis = new double[rounds];
        int unmeasured = rounds / 10;
        for (int i = -unmeasured; i < rounds; i++) {
            long start = System.nanoTime();
            try {
                act.run(i + unmeasured);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (i >= 0) {
                millis[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        Arrays.sort(millis);
        return millis[rounds / 2];
    }

    /** Measures the median time to write 8 KiB and sync them (fdatasync) in {@code directory}, in milliseconds. */
    public static double fsyncMillis(Path directory) throws IOException, SQLException {
        Path file = Files.createTempFile(directory, "fsync", ".probe");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer page = ByteBuffer.allocate(PAGE_BYTES);
            // First written, then overwritten, like the recycled segments of the write-ahead log.
            return medianMillis(FSYNC_PROBES, round -> {
                channel.write(page.rewind(), (long) round % 16 * PAGE_BYTES);
                channel.force(false);
            });
        } finally {
            Files.delete(file);
        }
    }
}
