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

/** Times one small act many times, for figures of the machine rather than of a subject. */
public final class MachineProbe {
    private static final int FSYNC_PROBES = 300;
    private static final int PAGE_BYTES = 8192;

    private MachineProbe() {}

    /** A small act of the machine. */
    public interface Act {
        void run(int round) throws IOException, SQLException;
    }

    /** The median of {@code rounds} runs, in milliseconds, after a tenth as many that do not count. */
    static double medianMillis(int rounds, Act act) throws SQLException {
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

    /** The median time of writing 8 KiB and syncing them (fdatasync) in {@code directory}, in milliseconds. */
    public static double fsyncMillis(Path directory) throws IOException, SQLException {
        Path file = Files.createTempFile(directory, "fsync", ".probe");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer page = ByteBuffer.allocate(PAGE_BYTES);
            // Written first, then written over, as the write-ahead log's recycled segments are.
            return medianMillis(FSYNC_PROBES, round -> {
                channel.write(page.rewind(), (long) round % 16 * PAGE_BYTES);
                channel.force(false);
            });
        } finally {
            Files.delete(file);
        }
    }
}
