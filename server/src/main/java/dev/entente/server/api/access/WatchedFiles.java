package dev.entente.server.api.access;

import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that are loaded together, and again after a change. After an unusable change the last good files stay in use.
 */
public final class WatchedFiles {
    private static final Logger log = LoggerFactory.getLogger(WatchedFiles.class);
    private static final int LOOK_EVERY_SECONDS = 2;

    /** A limit far above the size of a chain of certificates. */
    static final int MAX_FILE_BYTES = 1 << 20;

    /** Uses the content of the files; each text has one character for each byte. */
    public interface Taking {
        void take(List<Pem> files) throws GeneralSecurityException;
    }

    /** The content of the files, or the read error; two reads are equal if the files did not change. */
    private record Reading(List<Pem> files, @Nullable String trouble) {}

    private final List<Path> files;
    private final Taking taking;
    private Reading taken;
    private Reading last;
    private volatile @Nullable Reading refused;

    private WatchedFiles(List<Path> files, Taking taking, Reading first) {
        this.files = files;
        this.taking = taking;
        this.taken = first;
        this.last = first;
    }

    /**
     * Reads and loads the files for the first time. Blocks.
     *
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if the files are unusable
     */
    public static WatchedFiles open(List<Path> files, Taking taking) throws IOException {
        Reading first = new Reading(read(files), null);
        try {
            taking.take(first.files());
        } catch (GeneralSecurityException | IllegalArgumentException useless) {
            throw new IllegalArgumentException(files + ": " + useless.getMessage(), useless);
        }
        return new WatchedFiles(files, taking, first);
    }

    /** Checks the files every two seconds, on a thread that may block, until the returned task runs. */
    public Runnable refreshOn(ScheduledExecutorService looking, Metrics metrics) {
        Runnable look = () -> {
            try {
                refresh();
            } catch (RuntimeException | Error defect) {
                // A task that throws does not run again, and then the certificates would expire.
                metrics.caught("files");
                log.error("unexpected error while reading {}", files, defect);
            }
        };
        Future<?> checks =
                looking.scheduleWithFixedDelay(look, LOOK_EVERY_SECONDS, LOOK_EVERY_SECONDS, TimeUnit.SECONDS);
        return () -> checks.cancel(false);
    }

    /** Loads changed files again, and warns once about each unusable change. Blocks. */
    void refresh() {
        Reading now = look();
        // A renewal writes the files one by one: a change is loaded after two equal reads.
        boolean isSettled = now.equals(last);
        last = now;
        if (now.equals(taken)) {
            refused = null;
        } else if (isSettled) {
            take(now);
        }
    }

    private void take(Reading now) {
        try {
            if (now.trouble() != null) {
                throw new IOException(now.trouble());
            }
            taking.take(now.files());
            taken = now;
            refused = null;
            log.info("read {} again", files);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException useless) {
            if (!now.equals(refused)) {
                log.warn("{} cannot be used; the previous content stays in use: {}", files, useless.getMessage());
            }
            refused = now;
        }
    }

    /** Returns 1 if the current files are unusable, otherwise 0. */
    public int state() {
        return refused == null ? 0 : 1;
    }

    private Reading look() {
        try {
            return new Reading(read(files), null);
        } catch (IOException unreadable) {
            return new Reading(List.of(), unreadable.toString());
        }
    }

    private static List<Pem> read(List<Path> files) throws IOException {
        List<Pem> texts = new ArrayList<>();
        for (Path file : files) {
            refusePipe(file);
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
                if (bytes.length > MAX_FILE_BYTES) {
                    throw new IOException(file + " has more than " + MAX_FILE_BYTES + " bytes");
                }
                texts.add(new Pem(file, new String(bytes, StandardCharsets.ISO_8859_1)));
            }
        }
        return List.copyOf(texts);
    }

    /** Refuses a pipe, because its open call blocks without a writer. A missing file is left to the caller. */
    static void refusePipe(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " is not a regular file");
        }
    }
}
